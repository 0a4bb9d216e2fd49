"""The window on all mail, for superusers. It is not in the admin: a change there would pass by the verbs."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from lerend.mail import window as mail
from lerend.mail.kinds import registry

LAST_DONE = 10


def _for_superusers(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let in superusers; for everybody else the page does not exist."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if not request.user.is_superuser:
            raise Http404
        response = view(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return wrapped


@_for_superusers
@require_safe
def window(request: HttpRequest) -> HttpResponse:
    """Show how much mail of which kind stands where, and groups of it, filtered by the address."""
    now = timezone.now()
    domains = mail.known_domains()
    chosen = {name: _asked(request, name) for name in ("stand", "soort", "domein")}
    chosen["stand"] = chosen["stand"] if chosen["stand"] in {*mail.STATUSES, mail.ALL} else mail.ATTENTION
    page = mail.groups(
        status=chosen["stand"],
        kind=chosen["soort"],
        domain=chosen["domein"],
        after=_asked(request, "vanaf"),
        domains=domains,
        now=now,
    )
    age = mail.queue_age(now)
    totals = mail.totals(now)
    context: dict[str, Any] = {
        "chosen": chosen,
        "groups": page.rows,
        "next": urlencode({**chosen, "vanaf": page.next}) if page.next else "",
        "first_page": not request.GET.get("vanaf"),
        "statuses": [
            (mail.ATTENTION, "Wat aandacht vraagt"),
            *mail.STATUSES.items(),
            (mail.ALL, "Alles"),
        ],
        "kinds": sorted(((name, mail.label(name)) for name in registry), key=lambda kind: kind[1]),
        "domains": domains,
        "totals": totals,
        "columns": list(mail.STATUSES.values()),
        "queue_age": mail.how_long(age) if age is not None else "",
        "kept_days": settings.MAIL_KEPT_DAYS,
        "done": mail.done_by_hand()[:LAST_DONE],
        "enough": mail.ENOUGH_PEOPLE,
    }
    return render(request, "lerend/mail/window.html", context)


@_for_superusers
@require_http_methods(["GET", "POST"])
def group(request: HttpRequest) -> HttpResponse:
    """Show one group; on POST send it again or take it back, as ``doen`` says."""
    status, kind, domain, error = (_asked(request, name) for name in ("stand", "soort", "domein", "fout"))
    found = mail.group(status, kind, domain, error, timezone.now()) if status in mail.STATUSES else None
    if found is None:
        messages.info(request, "Deze post is er niet meer: er is intussen iets mee gebeurd.")
        return redirect("mail_window")
    if request.method == "GET":
        return render(request, "lerend/mail/group.html", {"group": found})
    if request.POST.get("doen") == "opnieuw":
        many = mail.send_again(found, by=request.user)  # type: ignore[arg-type]
        messages.success(request, f"{_mails(many)} opnieuw op weg.")
    elif request.POST.get("doen") == "intrekken":
        many = mail.take_back(found, by=request.user)  # type: ignore[arg-type]
        messages.success(request, f"{_mails(many)} ingetrokken.")
    else:
        messages.error(request, "Kies wat er met deze post gebeurt.")
        return redirect(request.get_full_path())
    return redirect("mail_window")


def _asked(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "")  # a sign that PostgreSQL does not take


def _mails(many: int) -> str:
    return "Eén bericht is" if many == 1 else f"{many} berichten zijn"
