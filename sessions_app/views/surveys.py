"""The wolkjes beside one's own work: beginning a round, answering, and the picture."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations.domain.errors import Refused
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import surveys as domain
from sessions_app.forms.surveys import AnswerForm, StartForm
from sessions_app.models import GuestAbout, ThemeRemark, ThemeSurvey
from sessions_app.queries import surveys as queries
from sessions_app.queries.guests import from_outside


@signed_in
@require_safe
def survey_list(request: SignedIn) -> HttpResponse:
    """All rounds that one answers, reads or looks after, newest first."""
    page = queries.surveys_of(request.user, request.GET.get("vanaf", ""))
    context = {
        "surveys": page.rows,
        "next": page.more(),
        "first_page": not request.GET.get("vanaf"),
        "may_start": bool(queries.places_to_start(request.user)),
    }
    return render(request, "sessions_app/surveys/list.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def start(request: SignedIn) -> HttpResponse:
    """Begin a round; the same form sent twice begins one."""
    places = queries.places_to_start(request.user)
    if not places:
        raise PermissionDenied("Een ronde over de wolkjes begint je leidinggevende, een planner of de bestuurder.")
    form = StartForm(request.POST or None, places=places, where=request.GET.get("voor", ""))
    if request.method == "POST" and form.is_valid():
        organisation, team = form.place
        try:
            domain.start_survey(
                organisation.id,
                team.id if team else None,
                form.cleaned_data["last_day"],
                form_key=form.cleaned_data["form_key"],
                by=request.user,
            )
            messages.success(request, "De ronde loopt. Iedereen die mee kan doen krijgt nu een mail.")
            return redirect("survey_list")
        except Refused as refused:
            form.add_error(None, refused.message)
    return render(request, "sessions_app/surveys/start.html", {"form": form})


@signed_in
@require_http_methods(["GET", "POST"])
def survey(request: SignedIn, survey_id: UUID) -> HttpResponse:
    """A round: one's own answers while it runs, the picture when it is closed."""
    ways = ThemeSurvey.objects.visible_to(request.user).select_related("organisation", "team", "edition")
    found = load(ways, survey_id)
    if found.is_running:
        return _answer(request, found)
    if request.method == "POST":
        messages.error(request, domain.TOO_LATE)
        return redirect("survey", found.id)
    context = {
        "survey": found,
        "picture": queries.picture_of(found, request.user) if found.pictured else None,
        "own_mark": found.mark_of(request.user.id),
        "may_plan": queries.may_plan_about(found, request.user) if found.pictured else False,
        "outside": from_outside(request.user, found.organisation, found.team, GuestAbout.WOLKJES),
    }
    return render(request, "sessions_app/surveys/survey.html", context)


def _answer(request: SignedIn, survey: ThemeSurvey) -> HttpResponse:
    own = queries.answers_of(request.user, survey)
    form = AnswerForm(
        request.POST if request.method == "POST" else None,
        themes=queries.themes_of(survey.edition),
        readers=readers_of(survey),
        answers=own,
    )
    if request.method == "POST" and form.is_valid():
        try:
            domain.answer_survey(survey.id, form.said(), by=request.user)
            messages.success(
                request, "Je antwoord is bewaard. Tot de laatste dag kun je het nog wijzigen of intrekken."
            )
            return redirect("survey", survey.id)
        except Refused as refused:
            form.add_error(None, refused.message)
    context = {"survey": survey, "form": form, "answered": bool(own), "readers": readers_of(survey)}
    return render(request, "sessions_app/surveys/answer.html", context)


def readers_of(survey: ThemeSurvey) -> str:
    """Say in words who reads the picture and the remarks beside it."""
    if survey.team:
        return (
            f"Wie straks meeleest: iedereen in {survey.team.name}, de leidinggevende van het team ook. De bestuurder"
            " niet, behalve als die zelf in dit team zit."
        )
    return (
        f"Wie straks meeleest: alle collega’s van {survey.organisation.name}, leidinggevenden en de bestuurder ook. Wie"
        " alleen planner is niet."
    )


@signed_in
@require_http_methods(["GET", "POST"])
def withdraw(request: SignedIn, survey_id: UUID) -> HttpResponse:
    """Erase one's own answers while the round runs."""
    found = load(ThemeSurvey.objects.visible_to(request.user).select_related("organisation", "team"), survey_id)
    if not found.is_running:
        return redirect("survey", found.id)
    if request.method == "POST":
        if tried(request, lambda: [domain.withdraw_answers(found.id, by=request.user)]):
            messages.success(request, "Je antwoord is gewist.")
        return redirect("survey", found.id)
    return render(request, "sessions_app/surveys/withdraw.html", {"survey": found})


@signed_in
@require_http_methods(["GET", "POST"])
def close(request: SignedIn, survey_id: UUID) -> HttpResponse:
    """Close a round before its last day."""
    found = load(ThemeSurvey.objects.manageable_by(request.user).select_related("organisation", "team"), survey_id)
    if not found.is_running:
        return redirect("survey_list")
    if request.method == "POST":
        domain.close_survey(found.id, by=request.user)
        messages.success(request, "De ronde is gesloten. Wie mee kon doen krijgt bericht.")
        return redirect("survey_list")
    return render(request, "sessions_app/surveys/close.html", {"survey": found})


@signed_in
@require_POST
def erase_remark(request: SignedIn, remark_id: UUID) -> HttpResponse:
    """Erase one's own remark beside a picture."""
    remark = load(ThemeRemark.objects.visible_to(request.user).defer("text"), remark_id)
    domain.erase_remark(remark.id, by=request.user)
    messages.success(request, "Je opmerking is gewist.")
    return redirect("survey", remark.survey_id)


@signed_in
@require_POST
def report_remark(request: SignedIn, remark_id: UUID) -> HttpResponse:
    """Tell the contact that a remark should not stand there."""
    remark = load(ThemeRemark.objects.visible_to(request.user).defer("text"), remark_id)
    domain.report_remark(remark.id, by=request.user)
    messages.success(request, "De contactpersoon van je organisatie krijgt bericht, en kan de opmerking verbergen.")
    return redirect("survey", remark.survey_id)


@signed_in
@require_http_methods(["GET", "POST"])
def hide_remark(request: SignedIn, remark_id: UUID) -> HttpResponse:
    """For the contact: hide a remark. Its text shows only to a contact who is one of its readers."""
    ways = ThemeRemark.objects.manageable_by(request.user).select_related(
        "survey__organisation", "survey__team", "theme"
    )
    remark = load(ways.defer("text"), remark_id)
    if request.method == "POST":
        domain.hide_remark(remark.id, by=request.user)
        messages.success(request, "De opmerking is verborgen. Niemand leest die nog.")
        return redirect("today")
    text = ThemeRemark.objects.visible_to(request.user).filter(id=remark.id).values_list("text", flat=True).first()
    return render(request, "sessions_app/surveys/hide.html", {"remark": remark, "text": text})
