"""Addresses of talks, of what they brought, and of the places where it was shared."""

from django.urls import path

from sessions_app.views import contributions, departures, holding, paper, places, planning, sessions, templates

urlpatterns = [
    path("vandaag/", places.today, name="today"),
    path("organisaties/<uuid:organisation_id>/", places.organisation, name="organisation"),
    path("organisaties/<uuid:organisation_id>/sjablonen/", templates.template_list, name="template_list"),
    path("organisaties/<uuid:organisation_id>/sjablonen/maken/", templates.template_make, name="template_make"),
    path(
        "organisaties/<uuid:organisation_id>/sjablonen/<uuid:template_id>/",
        templates.template_edit,
        name="template_edit",
    ),
    path(
        "organisaties/<uuid:organisation_id>/sjablonen/<uuid:template_id>/nieuwere-uitgave/",
        templates.template_newer,
        name="template_newer",
    ),
    path(
        "organisaties/<uuid:organisation_id>/sjablonen/<uuid:template_id>/wegleggen/",
        templates.template_put_away,
        name="template_put_away",
    ),
    path(
        "organisaties/<uuid:organisation_id>/sjablonen/<uuid:template_id>/terughalen/",
        templates.template_bring_back,
        name="template_bring_back",
    ),
    path("teams/<uuid:team_id>/", places.team, name="team"),
    path("nji/opbrengst/", places.nji, name="nji_contributions"),
    path("gesprekken/", sessions.session_list, name="session_list"),
    path("gesprekken/plannen/", planning.what, name="plan_what"),
    path("gesprekken/<uuid:session_id>/", sessions.session, name="session"),
    path("gesprekken/<uuid:session_id>/wie/", planning.who, name="plan_who"),
    path("gesprekken/<uuid:session_id>/wanneer/", planning.when, name="plan_when"),
    path("gesprekken/<uuid:session_id>/controle/", planning.check, name="plan_check"),
    path("gesprekken/<uuid:session_id>/weg/", planning.discard, name="plan_discard"),
    path("gesprekken/<uuid:session_id>/verzetten/", sessions.reschedule, name="session_move"),
    path("gesprekken/<uuid:session_id>/annuleren/", sessions.cancel, name="session_cancel"),
    path("gesprekken/<uuid:session_id>/antwoord/", sessions.answer, name="session_answer"),
    path("gesprekken/<uuid:session_id>/doel/", holding.confirm_purpose, name="session_purpose"),
    path("gesprekken/<uuid:session_id>/programma.pdf", paper.session_programme, name="session_programme_pdf"),
    path("gesprekken/<uuid:session_id>/kaarten/", holding.cards, name="session_cards"),
    path("gesprekken/<uuid:session_id>/afsluiten/", holding.close, name="session_close"),
    path("gesprekken/<uuid:session_id>/heropenen/", holding.reopen, name="session_reopen"),
    path("gesprekken/<uuid:session_id>/vastleggen/", contributions.record, name="record"),
    path("antwoord/<str:token>/", sessions.answer_by_token, name="answer_by_token"),
    path("opbrengst/", contributions.contribution_list, name="contribution_list"),
    path("opbrengst/<uuid:contribution_id>/", contributions.contribution, name="contribution"),
    path("opbrengst/<uuid:contribution_id>/wijzigen/", contributions.change, name="contribution_change"),
    path("opbrengst/<uuid:contribution_id>/wissen/", contributions.withdraw, name="contribution_withdraw"),
    path("opbrengst/<uuid:contribution_id>/instemmen/", contributions.consent, name="consent"),
    path("opbrengst/<uuid:contribution_id>/melden/", contributions.report, name="report"),
    path("vertrek/<uuid:departure_id>/", departures.departure, name="departure"),
    path("vertrek/<uuid:departure_id>/meenemen/", departures.download, name="departure_download"),
    path("vertrek/<uuid:departure_id>/ja/<uuid:consent_id>/", departures.withdraw_yes, name="departure_withdraw_yes"),
    path("meldingen/", contributions.report_list, name="report_list"),
    path("meldingen/<uuid:report_id>/", contributions.handle_report, name="report_handle"),
]
