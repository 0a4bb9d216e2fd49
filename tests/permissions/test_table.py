"""Every address as every person, against a written table; an address without a row fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from organisations.domain.invitations import token_of
from sessions_app.domain import polls
from tests.signing_in import Browser

PEOPLE = ("nobody", "noor", "sem", "lina", "joost", "pim", "tess", "ilse", "aart", "roos", "beheer")
CODES = {200: "2", 302: "3", 403: "x", 404: "-", 405: "m", 503: "5"}

# A letter a person, in the order of PEOPLE, for GET and for an empty POST: 2 a page, 3 sent onward, i asked to sign in,
# x refused with a sentence, - does not exist, m no such method, 5 not ready. lina planned, and has a
# passkey; sem and joost take part.
TABLE = {
    "healthz": ("22222222222", "mmmmmmmmmmm"),
    "readyz": ("55555555555", "mmmmmmmmmmm"),
    "home": ("22222222222", "mmmmmmmmmmm"),
    "account_home": ("i2222222222", "mmmmmmmmmmm"),
    "mail_choice": ("i2222222222", "i2222222222"),
    "unsubscribe": ("22222222222", "22222222222"),
    "account_name": ("i2222222222", "i2222222222"),
    "account_login": ("23333333333", "23333333333"),
    "account_logout": ("32222222222", "33333333333"),
    "account_inactive": ("22222222222", "mmmmmmmmmmm"),
    "account_signup": ("23333333333", "23333333333"),
    "account_reauthenticate": ("ixx3xxxxxxx", "ixx3xxxxxxx"),
    "account_email": ("i2222222222", "i3333333333"),
    "account_email_verification_sent": ("22222222222", "mmmmmmmmmmm"),
    "account_change_password": ("i3333333333", "i3333333333"),
    "account_set_password": ("i2222222222", "i2222222222"),
    "account_reset_password": ("22222222222", "22222222222"),
    "account_confirm_login_code": ("i3333333333", "i3333333333"),
    "account_confirm_email": ("22222222222", "-----------"),
    "account_reset_password_from_key_done": ("22222222222", "mmmmmmmmmmm"),
    "account_reset_password_from_key": ("22222222222", "22222222222"),
    "account_reset_password_done": ("22222222222", "mmmmmmmmmmm"),
    "account_request_login_code": ("23333333333", "23333333333"),
    "join": ("22222222222", "22222222222"),
    "join_done": ("22222222222", "mmmmmmmmmmm"),
    "invitation": ("22222222222", "22222222222"),
    "join_list": ("i------22--", "immmmmmmmmm"),
    "join_approve": ("immmmmmmmmm", "i------33--"),
    "join_decline": ("immmmmmmmmm", "i------33--"),
    "door_organisation_list": ("i------22--", "immmmmmmmmm"),
    "door_organisation": ("i------22--", "i------22--"),
    "people": ("i22--------", "immmmmmmmmm"),
    "person": ("i22--------", "i22--------"),
    "person_out_of_team": ("immmmmmmmmm", "i----------"),
    "person_remove": ("i2---------", "i3---------"),
    "leave_organisation": ("i22222-----", "i33333-----"),
    "invite": ("i22--------", "i22--------"),
    "invitation_list": ("i22--------", "immmmmmmmmm"),
    "invitation_again": ("immmmmmmmmm", "i33--------"),
    "invitation_withdraw": ("immmmmmmmmm", "i33--------"),
    "team_list": ("i2---------", "i2---------"),
    "organisation_settings": ("i2---------", "i2---------"),
    "audit_trail": ("i2---------", "immmmmmmmmm"),
    "team_edit": ("i2---------", "i2---------"),
    "team_close": ("i2---------", "i2---------"),
    "member_import": ("i22--------", "i22--------"),
    "member_import_run": ("immmmmmmmmm", "i----------"),
    "member_import_template": ("i22--------", "immmmmmmmmm"),
    "member_import_progress": ("i22--------", "immmmmmmmmm"),
    "member_export": ("immmmmmmmmm", "i22--------"),
    "mfa_index": ("i2222222222", "immmmmmmmmm"),
    "mfa_authenticate": ("i3333333333", "i3333333333"),
    "mfa_reauthenticate": ("ixx3xxxxxxx", "ixx3xxxxxxx"),
    "mfa_activate_totp": ("i2232222222", "i2232222222"),
    "mfa_deactivate_totp": ("i----------", "i----------"),
    "mfa_view_recovery_codes": ("i----------", "immmmmmmmmm"),
    "mfa_generate_recovery_codes": ("i2232222222", "i2232222222"),
    "mfa_download_recovery_codes": ("i----------", "i----------"),
    "mfa_list_webauthn": ("i2222222222", "immmmmmmmmm"),
    "mfa_add_webauthn": ("i2232222222", "i2232222222"),
    "mfa_reauthenticate_webauthn": ("ixx2xxxxxxx", "ixxixxxxxxx"),
    "mfa_remove_webauthn": ("i--3-------", "i--3-------"),
    "mfa_edit_webauthn": ("i--3-------", "i--3-------"),
    "mfa_login_webauthn": ("i3333333333", "i3333333333"),
    "usersessions_list": ("i2222222222", "i3333333333"),
    "today": ("i2222222222", "immmmmmmmmm"),
    "organisation": ("i22222-----", "immmmmmmmmm"),
    "organisation_reminders": ("i2---------", "i2---------"),
    "template_list": ("i22222-----", "immmmmmmmmm"),
    "template_make": ("immmmmmmmmm", "i33xx3-----"),
    "template_edit": ("i22xx2-----", "i22xx2-----"),
    "template_newer": ("i22xx2-----", "i--xx------"),
    "template_put_away": ("immmmmmmmmm", "i33xx3-----"),
    "template_bring_back": ("immmmmmmmmm", "i33xx3-----"),
    "team": ("i22222-----", "immmmmmmmmm"),
    "nji_contributions": ("i------2---", "immmmmmmmmm"),
    "session_list": ("i2222222222", "immmmmmmmmm"),
    "plan_what": ("i2222222222", "i2222222222"),
    "season_start": ("i22xx22xxxx", "i22xx22xxxx"),
    "season": ("i-2--------", "i-2--------"),
    "season_who": ("i-2--------", "i-2--------"),
    "season_when": ("i-2--------", "i-2--------"),
    "season_again": ("immmmmmmmmm", "i-3--------"),
    "season_check": ("i-2--------", "i-3--------"),
    "season_discard": ("immmmmmmmmm", "i-3--------"),
    "session": ("i--22------", "immmmmmmmmm"),
    "plan_who": ("i--2-------", "i--2-------"),
    "plan_when": ("i--2-------", "i--2-------"),
    "poll_start": ("i--2-------", "i--2-------"),
    "poll": ("i--22------", "i--22------"),
    "poll_choose": ("i--2-------", "i--3-------"),
    "poll_change": ("i--2-------", "i--2-------"),
    "poll_remind": ("immmmmmmmmm", "i--3-------"),
    "poll_withdraw": ("i--2-------", "i--3-------"),
    "poll_by_token": ("22222222222", "22222222222"),
    "plan_check": ("i--2-------", "i--3-------"),
    "session_reminders": ("i--2-------", "i--2-------"),
    "plan_discard": ("immmmmmmmmm", "i--3-------"),
    "session_move": ("i--2-------", "i--2-------"),
    "session_people": ("i--2-------", "i--2-------"),
    "session_steps": ("i--2-------", "i--2-------"),
    "session_hand_over": ("i--2-------", "i--2-------"),
    "session_nudge": ("immmmmmmmmm", "i--3-------"),
    "session_send_now": ("immmmmmmmmm", "i--3-------"),
    "session_cancel": ("i--2-------", "i--3-------"),
    "session_mail": ("i--2-------", "immmmmmmmmm"),
    "session_mail_again": ("immmmmmmmmm", "i--3-------"),
    "session_answer": ("i-22-------", "i-22-------"),
    "session_purpose": ("immmmmmmmmm", "i-33-------"),
    "session_cards": ("i-33-------", "immmmmmmmmm"),
    "session_programme_pdf": ("i--22------", "immmmmmmmmm"),
    "session_ics": ("i--22------", "immmmmmmmmm"),
    "calendar_subscription": ("i2222222222", "immmmmmmmmm"),
    "calendar_feed_renew": ("immmmmmmmmm", "i2222222222"),
    "calendar_feed_end": ("immmmmmmmmm", "i3333333333"),
    "calendar_feed": ("22222222222", "mmmmmmmmmmm"),
    "session_close": ("i-22-------", "i-22-------"),
    "session_reopen": ("immmmmmmmmm", "i--33------"),
    "record": ("i--22------", "i--22------"),
    "series": ("i--22------", "immmmmmmmmm"),
    "series_answer": ("immmmmmmmmm", "i--33------"),
    "series_extend": ("immmmmmmmmm", "i--3x------"),
    "series_answer_by_token": ("22222222222", "33333333333"),
    "answer_by_token": ("22222222222", "22222222222"),
    "contribution_list": ("i2222222222", "immmmmmmmmm"),
    "contribution": ("i--22------", "immmmmmmmmm"),
    "contribution_change": ("i--2-------", "i--2-------"),
    "contribution_withdraw": ("i--2-------", "i--3-------"),
    "consent": ("i---2------", "i---2------"),
    "report": ("i--22------", "i--22------"),
    "rules_map": ("i2222222222", "immmmmmmmmm"),
    "own_interpretations": ("i2222222222", "immmmmmmmmm"),
    "rule_cell": ("i2222222222", "i2222x2xxxx"),
    "interpretation_change": ("i--2-------", "i--2-------"),
    "interpretation_erase": ("i--2-------", "i--3-------"),
    "interpretation_reply": ("i2222------", "i2222------"),
    "interpretation_reply_erase": ("i--2-------", "i--3-------"),
    "interpretation_report": ("i2222------", "i3333------"),
    "interpretation_judge": ("i2---------", "i3---------"),
    "departure": ("i---2------", "i---3------"),
    "departure_download": ("i---2------", "immmmmmmmmm"),
    "departure_withdraw_yes": ("immmmmmmmmm", "i---3------"),
    "report_list": ("i2----2----", "immmmmmmmmm"),
    "report_handle": ("immmmmmmmmm", "i3---------"),
    "survey_list": ("i2222222222", "immmmmmmmmm"),
    "survey_start": ("i22xx22xxxx", "i22xx22xxxx"),
    "survey": ("i-222------", "i-333------"),
    "survey_withdraw": ("i2222------", "i3333------"),
    "survey_close": ("i2---2-----", "i3---3-----"),
    "survey_remark_erase": ("immmmmmmmmm", "i--3-------"),
    "survey_remark_report": ("immmmmmmmmm", "i-333------"),
    "survey_remark_hide": ("i2---------", "i3---------"),
    "pilot": ("22222222222", "mmmmmmmmmmm"),
    "pilot_round_new": ("i------2---", "i------2---"),
    "pilot_round_edit": ("i------2---", "i------2---"),
    "pilot_signup_detail": ("i22----2---", "immmmmmmmmm"),
    "pilot_withdraw": ("i22----x---", "i33----x---"),
    "pilot_award": ("immmmmmmmmm", "ixx----3---"),
    "pilot_take_back": ("ixx----3---", "ixx----3---"),
    "pilot_signup": ("i22xxx2xxxx", "i22xxx2xxxx"),
    "pilot_list": ("i------2---", "immmmmmmmmm"),
    "pilot_move_up": ("immmmmmmmmm", "i------3---"),
    "demo": ("-----------", "-----------"),
    "demo_become": ("-----------", "-----------"),
    "demo_mail": ("-----------", "-----------"),
    "demo_mail_detail": ("-----------", "-----------"),
    "demo_clock": ("-----------", "-----------"),
    "vak": ("22222222222", "mmmmmmmmmmm"),
    "print_cards": ("22222222222", "mmmmmmmmmmm"),
    "cards_pdf": ("22222222222", "mmmmmmmmmmm"),
    "programme_pdf": ("22222222222", "mmmmmmmmmmm"),
    "poster_pdf": ("22222222222", "mmmmmmmmmmm"),
    "placemat_pdf": ("22222222222", "mmmmmmmmmmm"),
    "vak_vragen": ("22222222222", "mmmmmmmmmmm"),
    "vak_op_scherm": ("22222222222", "mmmmmmmmmmm"),
    "vak_wolkjes": ("22222222222", "mmmmmmmmmmm"),
    "vak_wolkje": ("22222222222", "mmmmmmmmmmm"),
    "vak_vuistregels": ("22222222222", "mmmmmmmmmmm"),
    "vak_lied": ("22222222222", "22222222222"),
    "team_guests": ("i22222-----", "i22--2-----"),
    "organisation_guests": ("i22222-----", "i2---2-----"),
    "guest_results": ("i-222------", "immmmmmmmmm"),
    "guest_link_renew": ("immmmmmmmmm", "i22--2-----"),
    "guest_link_end": ("immmmmmmmmm", "i33--3-----"),
    "guest_hide": ("immmmmmmmmm", "i-3--------"),
    "guest": ("22222222222", "22222222222"),
    "guest_sheet": ("22222222222", "22222222222"),
    "song_story": ("22222222222", "mmmmmmmmmmm"),
    "song_own": ("i2222222222", "immmmmmmmmm"),
    "song_playing_forget": ("immmmmmmmmm", "i--3-------"),
    "verse_new": ("i2222222222", "i2222222222"),
    "verse": ("i--2-------", "i--2-------"),
    "verse_erase": ("immmmmmmmmm", "i--3-------"),
    "verse_hide": ("immmmmmmmmm", "i3-------3-"),
    "song_desk": ("i2----2--2-", "immmmmmmmmm"),
    "song_name_out": ("immmmmmmmmm", "i3---------"),
    "vak_dagdeel": ("22222222222", "mmmmmmmmmmm"),
    "search": ("22222222222", "mmmmmmmmmmm"),
    "vak_traject": ("22222222222", "mmmmmmmmmmm"),
    "vak_stop_preview": ("mmmmmmmmmmm", "33333333333"),
    "mail_window": ("i---------2", "i---------m"),
    "mail_group": ("i---------3", "i---------3"),
    "privacy": ("22222222222", "mmmmmmmmmmm"),
    "accessibility": ("22222222222", "mmmmmmmmmmm"),
    "who_reads": ("22222222222", "mmmmmmmmmmm"),
    "help": ("22222222222", "mmmmmmmmmmm"),
    "help_for": ("22222222222", "mmmmmmmmmmm"),
}

# The admin: E is for the redactie and the superuser, K for the superuser alone. A row a pattern, so that a page that
# somebody adds has to be thought about; M marks the pages of the admin itself, for all who may enter.
# Contributions, participants, sign-ups, reports and messages are not there at all.
PAGES = ("changelist", "add", "history", "delete", "change", "older")
EDITED = (
    "edition",
    "means",
    "questioncard",
    "theme",
    "ruleofthumb",
    "assignment",
    "song",
    "programme",
    "conversationtemplate",
)
ADMIN_TABLE = {
    "admin:index": "M",
    "admin:login": "M",
    "admin:logout": "M",
    "admin:password_change": "M",
    "admin:password_change_done": "M",
    "admin:autocomplete": "K",
    "admin:jsi18n": "M",
    "admin:view_on_site": "M",
    "admin:app_list": "M",
    "admin:catch_all": "M",
    "admin:auth_user_password_change": "K",
    **{f"admin:content_{model}_{page}": "E" for model in EDITED for page in PAGES},
    **{f"admin:content_edition_{page}": "E" for page in ("import", "import_run", "export")},
    **{
        f"admin:content_edition_{page}": "E"
        for page in ("copy", "preview", "compare", "publish", "plan", "unplan", "roll_back")
    },
    **{f"admin:content_{model}_restore": "E" for model in EDITED},
    **{f"admin:content_{model}_move": "E" for model in EDITED if model not in {"edition", "song", "programme"}},
    **{
        f"admin:{model}_{page}": "K"
        for model in (
            "auth_group",
            "account_emailaddress",
            "organisations_user",
            "organisations_organisation",
            "organisations_team",
            "organisations_membership",
        )
        for page in PAGES
    },
}
ADMIN_TABLE["admin:organisations_user_delete"] = "N"  # that page would list what somebody wrote and took part in
# V: seen by the superuser, changed by nobody here.
for model in ("team", "membership"):
    ADMIN_TABLE |= {f"admin:organisations_{model}_{page}": "N" for page in ("add", "delete")}
    ADMIN_TABLE |= {f"admin:organisations_{model}_{page}": "V" for page in ("change", "changelist", "history")}
ADMIN_TABLE |= {f"admin:organisations_organisation_{page}": "N" for page in ("add", "delete")}
MAY: dict[str, set[str]] = {
    "N": set(),
    "V": {"beheer"},
    "M": {"roos", "beheer"},
    "E": {"roos", "beheer"},
    "K": {"beheer"},
}

# Which talk an address is tried on; the others on the one that was held.
TALKS = {
    **dict.fromkeys(("plan_who", "plan_when", "plan_check", "plan_discard", "poll_start"), "draft"),
    **dict.fromkeys(("session_move", "session_cancel", "session_answer"), "planned"),
    **dict.fromkeys(("session_mail", "session_mail_again", "session_reminders"), "planned"),
    **dict.fromkeys(("session_people", "session_steps", "session_hand_over"), "planned"),
    **dict.fromkeys(("session_nudge", "session_send_now"), "planned"),
    **dict.fromkeys(("session_purpose", "session_cards", "session_close"), "begun"),
}


def patterns(resolver=None, name: str = "", path: str = "/") -> Iterator[tuple[str, str, URLPattern]]:
    """Every address of the site: its name, the start of its path, and its pattern."""
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLResolver):
            below = f"{name}{found.namespace}:" if found.namespace else name
            yield from patterns(found, below, path + str(found.pattern).lstrip("^"))
        else:
            yield f"{name}{found.name}", path, found


PLAIN = [(name, pattern) for name, _, pattern in patterns() if not name.startswith("admin:")]
ADMIN = [(name, path, pattern) for name, path, pattern in patterns() if name.startswith("admin:")]


def admin_row(name: str, path: str) -> str:
    """The row of an admin pattern: some have no name of their own."""
    if name == "admin:None":  # the short address of an object, which leads to its change page, and whatever is left
        return "admin:catch_all"
    if name.endswith("_simple_history"):
        return name.removesuffix("_simple_history") + "_older"
    return name


def test_every_address_has_a_row():
    assert {name for name, _ in PLAIN} == set(TABLE)
    rows = {admin_row(name, path) for name, path, _ in ADMIN}
    assert rows - set(ADMIN_TABLE) == set()
    unused = set(ADMIN_TABLE) - rows
    assert {row for row in unused if not row.endswith("_older")} == set()


@pytest.fixture
def visit(world):
    """Ask for a path as somebody, and undo what it did: ``visit("lina", "post", "/vandaag/")`` gives a letter."""
    cookies = {}
    for person in PEOPLE[1:]:
        client = Browser()
        client.force_login(getattr(world.cast, person))
        cookies[person] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def visit(person: str, method: str, path: str) -> str:
        client = Client()
        if person in cookies:
            client.cookies[settings.SESSION_COOKIE_NAME] = cookies[person]
        with transaction.atomic():
            response = getattr(client, method)(path)
            transaction.set_rollback(True)
        if response.status_code == 302 and "/login/" in response.headers["Location"]:
            return "i"
        return CODES[response.status_code]

    return visit


@pytest.mark.ignore_template_errors
def test_every_address_as_everyone(world, visit):
    ids = {
        "report_id": world.report.id,
        "departure_id": world.departure.id,
        "playing_id": world.playing.id,
        "link_id": world.guest_link.id,
        "answer_id": world.guest_words.id,
        "verse_id": world.verse.id,
        "consent_id": world.yes.id,
        "round_id": world.round.id,
        "interpretation_id": world.lading.id,
        "text_id": world.lading.id,
        "reply_id": world.reply.id,
        "rule_id": world.lading.rule_id,
        "assignment_id": world.lading.assignment_id,
        "season_id": world.season.id,
        "survey_id": world.running.id,
        "poll_id": world.poll.id,
        "option_id": world.poll.options.first().id,
        "remark_id": world.remark.id,
        "signup_id": world.signup.id,
        "organisation_id": world.cast.home.id,
        "team_id": world.cast.north.id,
        "template_id": world.own_template.id,
        "token": world.token,
        "series_id": world.series.series_id,
        "request_id": world.join_request.id,
        "participant_id": world.planned.participants.get(user=world.cast.sem).id,
        "membership_id": world.membership.id,
        "invitation_id": world.invitation.id,
        "batch": world.invitation.batch,
        "form": "xlsx",
        "slug": "het-team",
        "key": "noor",
    }
    by_name = {
        "survey": {"survey_id": world.survey.id},
        "poll_by_token": {"token": polls.answer_token(world.poll.id, world.cast.joost.id)},
        "help_for": {"slug": "professional"},
        "guest": {"token": world.guest_token},
        "series_answer_by_token": {"token": world.series_token},
        "calendar_feed": {"token": world.feed_token},
        "guest_sheet": {"token": world.guest_sheet.token},
        "guest_hide": {"link_id": world.guest_over.id, "answer_id": world.guest_words.id},
        "account_confirm_email": {"key": "x:y:z"},
        "account_reset_password_from_key": {"uidb36": "x", "key": "y-z"},
        "mfa_edit_webauthn": {"pk": world.key.pk},
        "mfa_remove_webauthn": {"pk": world.key.pk},
    }
    found = {}
    for name, pattern in PLAIN:
        talk = getattr(world, TALKS.get(name, "held"))
        here = {
            **ids,
            **({"token": token_of(world.invitation)} if name == "invitation" else {}),
            "session_id": talk.id,
            "contribution_id": world.asked.id if name == "consent" else world.note.id,
        }
        kwargs = by_name.get(name) or {key: here[key] for key in pattern.pattern.converters}
        path = reverse(name, kwargs=kwargs)
        found[name] = tuple("".join(visit(person, method, path) for person in PEOPLE) for method in ("get", "post"))
    assert found == TABLE


@pytest.mark.ignore_template_errors
def test_every_admin_page_as_everyone(world, visit):
    wrong = []
    for name, path, pattern in ADMIN:
        row = admin_row(name, path)
        if row in {"admin:login", "admin:logout", "admin:catch_all"}:
            continue  # they send everyone somewhere else, and give nothing
        target = path + _filled(pattern, path, world)
        for person in PEOPLE:
            only_seen = row == "admin:autocomplete" or ADMIN_TABLE[row] == "V"
            for method in ("get",) if only_seen else ("get", "post"):
                may = visit(person, method, target) not in {"i", "x"}
                if may != (person in MAY[ADMIN_TABLE[row]]):
                    wrong.append((row, person, method, target))
    assert wrong == []


def _filled(pattern: URLPattern, path: str, world) -> str:
    """The end of an admin address, with a real object of its model in it."""
    route = str(pattern.pattern)
    if pattern.name == "autocomplete":
        return f"{route}?app_label=organisations&model_name=membership&field_name=user"
    parts = path.strip("/").split("/")
    model = apps.get_model(parts[1], parts[2]) if len(parts) == 3 else None
    thing = model._default_manager.first() if model else None
    pk = str(thing.pk) if thing else "1"
    version = str(thing.history.first().pk) if thing and hasattr(thing, "history") else "1"
    return (
        route.replace("<path:object_id>", pk)
        .replace("<uuid:pk>", pk)
        .replace("<slug:kind>/<int:line>", "use/1")
        .replace("<id>", str(world.cast.lina.pk))
        .replace("^([^/]+)/history/([^/]+)/$", f"{pk}/history/{version}/")
        .replace("<path:content_type_id>", "1")
        .replace("^(?P<app_label>auth|account|organisations|content)/$", "content/")
    )
