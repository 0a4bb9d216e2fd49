"""Recording, sharing, finding back, and reporting."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lerend import keyset
from organisations.domain.errors import Refused
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import contributions as domain
from sessions_app.forms.contributions import RecordForm, ReportForm, initial_of
from sessions_app.models import Consent, Contribution, ContributionKind, Participant, Report, Session, State
from sessions_app.queries import contributions as queries
from sessions_app.queries.sessions import shown, with_anchors

KINDS = {
    "gedachte": ContributionKind.NOTE,
    "zin": ContributionKind.SENTENCE,
    "afspraak": ContributionKind.AGREEMENT,
}


def _own_place(session: Session, request: SignedIn) -> Participant | None:
    places = Participant.objects.taking_part(request.user).select_related("user", "organisation")
    return places.filter(session=session).first()


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def record(request: SignedIn, session_id: UUID) -> HttpResponse:
    """Record one thing; afterwards the same page is ready for the next."""
    session = load(Session.objects.visible_to(request.user).select_related("edition"), session_id)
    own = _own_place(session, request)
    if own is None:
        raise PermissionDenied("Vastleggen kan alleen wie bij het gesprek was.")
    word = request.GET.get("soort", "gedachte")
    if word not in KINDS:
        raise Http404
    if own.organisation is None or session.state in {State.DRAFT, State.CANCELLED, State.SETTLED}:
        messages.error(request, "Bij dit gesprek kun je niets vastleggen.")
        return redirect("session", session.id)
    if (session.state == State.PLANNED and not session.started) or (session.state == State.HELD and not own.present):
        messages.error(request, "Vastleggen kan vanaf het begin van het gesprek, door wie erbij was.")
        return redirect("session", session.id)
    form = RecordForm(
        request.POST or None,
        session=session,
        own=own,
        kind=KINDS[word],
        initial={"about": f"card:{request.GET['kaart']}"} if "kaart" in request.GET else None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = domain.record_contribution(session.id, form.words(), by=request.user)
            messages.success(request, _kept(made))
            if "nog" in request.POST:
                return redirect(f"{request.path}?{urlencode({'soort': word})}")
            return redirect("session", session.id)
        except Refused as refused:
            form.add_error(None, refused.message)
    context = {"session": session, "own": own, "form": form, "word": word, "change": False}
    return render(request, "sessions_app/record.html", context)


def _kept(made: Contribution) -> str:
    if made.needs_consent:
        return "Bewaard. Wie erbij was krijgt de vraag of het verder gedeeld mag worden."
    return "Bewaard."


@signed_in
@require_safe
def contribution_list(request: SignedIn) -> HttpResponse:
    """All that one wrote oneself, and the questions of others that wait for an answer."""
    found = keyset.page(
        with_anchors(Contribution.objects.own(request.user)),
        "created_at",
        request.GET.get("vanaf", ""),
        newest_first=True,
    )
    context = {
        "items": shown(found.rows, request.user),
        "next": found.more(),
        "first_page": not request.GET.get("vanaf"),
        "questions": queries.open_questions(request.user),
    }
    return render(request, "sessions_app/contribution_list.html", context)


@signed_in
@require_safe
def contribution(request: SignedIn, contribution_id: UUID) -> HttpResponse:
    """One contribution."""
    found = load(with_anchors(Contribution.objects.visible_to(request.user)), contribution_id)
    item = shown([found], request.user)[0]
    context = {
        "item": item,
        "in_session": Session.objects.visible_to(request.user).filter(id=found.session_id).exists(),
    }
    return render(request, "sessions_app/contribution.html", context)


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change(request: SignedIn, contribution_id: UUID) -> HttpResponse:
    """Change one's own text or who reads it."""
    found = load(Contribution.objects.own(request.user), contribution_id)
    session = Session.objects.visible_to(request.user).select_related("edition").filter(id=found.session_id).first()
    own = _own_place(session, request) if session else None
    if session is None or own is None:
        messages.error(request, "Je hoort niet meer bij dit gesprek. Je kunt wat je schreef nog wel wissen.")
        return redirect("contribution", found.id)
    form = RecordForm(request.POST or None, session=session, own=own, kind=found.kind, initial=initial_of(found))
    del form.fields["unnamed"]
    if request.method == "POST" and form.is_valid():
        form.cleaned_data["unnamed"] = found.author_id is None
        try:
            made = domain.change_contribution(found.id, form.words(), by=request.user)
            messages.success(request, _kept(made))
            return redirect("contribution", found.id)
        except Refused as refused:
            form.add_error(None, refused.message)
    context = {"session": session, "own": own, "form": form, "change": True, "contribution": found}
    return render(request, "sessions_app/record.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def withdraw(request: SignedIn, contribution_id: UUID) -> HttpResponse:
    """Ask whether to erase one's own text; on POST erase it."""
    found = load(Contribution.objects.own(request.user), contribution_id)
    if request.method == "POST":
        domain.withdraw_contribution(found.id, by=request.user)
        messages.success(request, "Gewist, overal waar het gedeeld was.")
        return redirect("contribution_list")
    return render(request, "sessions_app/contribution_withdraw.html", {"contribution": found})


@signed_in
@require_http_methods(["GET", "POST"])
def consent(request: SignedIn, contribution_id: UUID) -> HttpResponse:
    """Say whether a text may be shared beyond the talk. Nobody else sees the answer."""
    found = load(with_anchors(Contribution.objects.visible_to(request.user)), contribution_id)
    asked = Consent.objects.filter(contribution=found, participant__user=request.user).first()
    if asked is None:
        raise Http404
    if request.method == "POST" and request.POST.get("antwoord") in {"ja", "nee"}:
        agreed = request.POST["antwoord"] == "ja"
        question = request.POST.get("vraag", "")
        try:
            asked_about = UUID(question)
        except ValueError:
            raise Http404 from None
        if tried(request, lambda: domain.answer_consent(found.id, agreed, question=asked_about, by=request.user)):
            messages.success(request, "Je antwoord is bewaard. Niemand anders ziet het.")
        return redirect("consent", found.id)
    item = shown([found], request.user)[0]
    return render(request, "sessions_app/consent.html", {"item": item, "asked": asked})


@signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def report(request: SignedIn, contribution_id: UUID) -> HttpResponse:
    """Report a text that one can read."""
    found = load(with_anchors(Contribution.objects.visible_to(request.user)), contribution_id)
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if tried(request, lambda: _report(found, form.cleaned_data["reason"], request)):
            messages.success(request, "Dank je. De contactpersoon krijgt bericht.")
        return redirect("today")
    item = shown([found], request.user)[0]
    return render(request, "sessions_app/report.html", {"item": item, "form": form})


def _report(found: Contribution, reason: str, request: SignedIn) -> bool:
    domain.report_contribution(found.id, reason, by=request.user)
    return True


@signed_in
@require_safe
def report_list(request: SignedIn) -> HttpResponse:
    """Reports for the contact. The text itself shows only when the contact belongs to its readers."""
    if not queries.is_contact(request.user):
        raise Http404
    found = keyset.page(
        Report.objects.manageable_by(request.user).select_related("contribution__organisation"),
        "created_at",
        request.GET.get("vanaf", ""),
        newest_first=True,
    )
    context = {
        "rows": queries.report_rows(found.rows, request.user),
        "elsewhere": [] if request.GET.get("vanaf") else queries.reported_elsewhere(request.user),
        "next": found.more(),
    }
    return render(request, "sessions_app/report_list.html", context)


@signed_in
@require_POST
def handle_report(request: SignedIn, report_id: UUID) -> HttpResponse:
    """Hide the reported text, or leave it."""
    found = load(Report.objects.manageable_by(request.user), report_id)
    domain.handle_report(found.id, hide=request.POST.get("doe") == "verberg", by=request.user)
    messages.success(request, "De melding is afgehandeld.")
    return redirect("report_list")
