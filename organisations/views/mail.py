"""Choosing which mail one gets."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lerend.mail.choice import MailChoice
from organisations.domain.mail_choice import choose_by_token, choose_mail
from organisations.forms import MailChoiceForm
from organisations.views.loading import SignedIn, limited_to, signed_in


@signed_in
@require_http_methods(["GET", "POST"])
def mail_choice(request: SignedIn) -> HttpResponse:
    """Choose whether optional mail comes one by one, once a day or not."""
    initial = {"mail_choice": request.user.mail_choice}
    form = MailChoiceForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        choose_mail(MailChoice(form.cleaned_data["mail_choice"]), by=request.user)
        messages.success(request, "Je keuze is bewaard.")
        return redirect("account_home")
    return render(request, "account/mail.html", {"form": form})


# A mail program posts here by itself (RFC 8058): without a cookie, and so without a token against forgery. The address
# holds one already, that only the receiver has.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Turn optional mail off, or to once a day, from a mail. Opening the page changes nothing.

    Whether the token is known makes no difference to what is shown.
    """
    chosen = None
    if request.method == "POST":
        if limited := limited_to(request, "unsubscribe"):
            return limited
        chosen = MailChoice.DAILY if request.POST.get("keuze") == MailChoice.DAILY else MailChoice.NONE
        choose_by_token(token, chosen)
    return render(request, "organisations/unsubscribe.html", {"chosen": chosen})
