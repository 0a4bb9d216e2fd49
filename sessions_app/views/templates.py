"""The templates of an organisation: the redactie's, and its own versions of them."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.models import ConversationTemplate, Edition
from content.words import PLACEHOLDERS
from organisations.domain.errors import Refused
from organisations.models import Organisation
from organisations.views.loading import SignedIn, load, signed_in, tried
from sessions_app.domain import templates as verbs
from sessions_app.forms.templates import TemplateEditor
from sessions_app.mail.examples import EXAMPLE_PLACE, as_seen
from sessions_app.queries import templates as queries

ONLY_PLANNERS = (
    "Een eigen versie maken of wijzigen doet wie hier met teams plant: een bestuurder, een planner of een "
    "leidinggevende. Vraag het hun."
)
SAVE, PREVIEW = "bewaar", "voorbeeld"


def _organisation(request: SignedIn, organisation_id: UUID, *, to_change: bool) -> tuple[Organisation, bool]:
    """Return the organisation and whether this person may change its templates; 403 where they must and may not."""
    found = load(Organisation.objects.visible_to(request.user), organisation_id)
    may = Organisation.objects.plannable_by(request.user).filter(id=found.id).exists()
    if to_change and not may:
        raise PermissionDenied(ONLY_PLANNERS)
    return found, may


def _own(request: SignedIn, organisation_id: UUID, template_id: UUID) -> ConversationTemplate:
    organisation, _ = _organisation(request, organisation_id, to_change=True)
    found = ConversationTemplate.objects.own_of(organisation).manageable_by(request.user)
    return load(found.select_related("organisation", "edition", "based_on__edition"), template_id)


@signed_in
@require_safe
def template_list(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """What people here plan from: own versions, those put away, and the redactie's."""
    organisation, may = _organisation(request, organisation_id, to_change=False)
    context = {
        "organisation": organisation,
        "may_change": may,
        "list": queries.template_list(organisation),
        "form_key": uuid4(),
    }
    return render(request, "sessions_app/templates/list.html", context)


@signed_in
@require_POST
def template_make(request: SignedIn, organisation_id: UUID) -> HttpResponse:
    """Make an own version of one of the redactie's; the same form twice leads to the same one."""
    organisation, _ = _organisation(request, organisation_id, to_change=True)
    try:
        chosen, key = UUID(request.POST.get("sjabloon", "")), UUID(request.POST.get("form_key", ""))
    except ValueError:
        messages.error(request, "Kies een sjabloon uit de lijst.")
        return redirect("template_list", organisation.id)
    # The page has one key for all its buttons.
    key = UUID(int=key.int ^ chosen.int)
    made = tried(request, lambda: verbs.make_own_version(chosen, organisation.id, key, by=request.user))
    if made is None:
        return redirect("template_list", organisation.id)
    messages.success(request, "Dit is jullie eigen versie. Geef haar een titel en verander wat je wilt.")
    return redirect("template_edit", organisation.id, made.id)


@signed_in
@require_http_methods(["GET", "POST"])
def template_edit(request: SignedIn, organisation_id: UUID, template_id: UUID) -> HttpResponse:
    """Change an own version: what it says, its steps and reminders, and the words of the invitation."""
    own = _own(request, organisation_id, template_id)
    action = request.POST.get("doe", SAVE)
    stale = ""
    if request.method != "POST":
        editor = TemplateEditor.opened(own)
    elif action not in {SAVE, PREVIEW}:
        editor = TemplateEditor.rearranged(own, request.POST, action)
    else:
        editor = TemplateEditor.sent(own, request.POST)
        if editor.is_valid(by=request.user) and action == SAVE:
            version = editor.form.cleaned_data["version"]
            try:
                verbs.change_template(own.id, editor.words(), version=version, by=request.user)
            except verbs.Stale as refused:
                stale = refused.message
                # Who saves once more has read what stands there now, and chooses.
                again = request.POST.copy()
                again["version"] = str(own.version)
                editor = TemplateEditor.sent(own, again)
                editor.is_valid(by=request.user)
            except Refused as refused:
                editor.form.add_error("title" if "titel" in refused.message else None, refused.message)
            else:
                messages.success(request, "Bewaard. Wie nu plant, begint met deze versie.")
                return redirect("template_edit", own.organisation_id, own.id)
    newest = own.history.select_related("history_user").first()
    context = {
        "organisation": own.organisation,
        "template": own,
        "editor": editor,
        "form": editor.form,
        "placeholders": PLACEHOLDERS.items(),
        "stale": stale,
        "now": queries.words_of(own) if stale else None,
        "newer": queries.newer_of(own),
        "changed": newest,
    }
    if editor.example:
        receiver, mail = editor.example
        context |= {"receiver": receiver, "mail": mail, "seen": as_seen(mail), "place": EXAMPLE_PLACE}
    return render(request, "sessions_app/templates/edit.html", context)


@signed_in
@require_POST
def template_put_away(request: SignedIn, organisation_id: UUID, template_id: UUID) -> HttpResponse:
    """Take an own version out of the choices for new talks."""
    own = _own(request, organisation_id, template_id)
    verbs.put_away(own.id, by=request.user)
    messages.success(request, f"{own.title} is weggelegd. Gesprekken die al gepland zijn, gaan gewoon door.")
    return redirect("template_list", organisation_id)


@signed_in
@require_POST
def template_bring_back(request: SignedIn, organisation_id: UUID, template_id: UUID) -> HttpResponse:
    """Let people plan from it again."""
    own = _own(request, organisation_id, template_id)
    verbs.bring_back(own.id, by=request.user)
    messages.success(request, f"{own.title} is terug. Je kunt er weer mee plannen.")
    return redirect("template_list", organisation_id)


@signed_in
@require_http_methods(["GET", "POST"])
def template_newer(request: SignedIn, organisation_id: UUID, template_id: UUID) -> HttpResponse:
    """What the edition on show changes in what an own version was made from; take it over, or leave it so."""
    own = _own(request, organisation_id, template_id)
    newer = queries.newer_of(own)
    if request.method == "POST":
        if newer is None:
            raise Http404
        return _followed(request, own)
    context = {
        "organisation": own.organisation,
        "template": own,
        "newer": newer,
        "edition": Edition.objects.published().first(),
        "changes": queries.changes(own, newer) if newer else [],
    }
    return render(request, "sessions_app/templates/newer.html", context)


def _followed(request: SignedIn, own: ConversationTemplate) -> HttpResponse:
    try:
        newer_id, version = UUID(request.POST.get("nieuwere", "")), int(request.POST.get("version", ""))
    except ValueError:
        messages.error(request, "Er ging iets mis met het formulier. Kies opnieuw.")
        return redirect("template_newer", own.organisation_id, own.id)
    keys = request.POST.getlist("neem") if request.POST.get("doe") == "neem" else []
    done = tried(request, lambda: verbs.follow_newer(own.id, newer_id, keys, version=version, by=request.user))
    if done is None:
        return redirect("template_newer", own.organisation_id, own.id)
    said = "De wijzigingen zijn overgenomen." if keys else "Jullie versie is gebleven zoals ze was."
    messages.success(request, said)
    return redirect("template_edit", own.organisation_id, own.id)
