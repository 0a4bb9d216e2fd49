"""Addresses of coming in, and of running an organisation."""

from django.urls import path

from organisations.views import doors, importing, mail, people

urlpatterns = [
    path("meedoen/", doors.join, name="join"),
    path("meedoen/gelukt/", doors.join_done, name="join_done"),
    path("uitnodiging/<str:token>/", doors.invitation, name="invitation"),
    path("account/naam/", people.account_name, name="account_name"),
    path("account/mail/", mail.mail_choice, name="mail_choice"),
    path("minder-mail/<str:token>/", mail.unsubscribe, name="unsubscribe"),
    path("toelating/", doors.join_list, name="join_list"),
    path("toelating/<uuid:request_id>/toelaten/", doors.join_approve, name="join_approve"),
    path("toelating/<uuid:request_id>/afwijzen/", doors.join_decline, name="join_decline"),
    path("toelating/organisaties/", doors.organisation_list, name="door_organisation_list"),
    path("toelating/organisaties/<uuid:organisation_id>/", doors.door_organisation, name="door_organisation"),
    path("organisaties/<uuid:organisation_id>/mensen/", people.people, name="people"),
    path("organisaties/<uuid:organisation_id>/mensen/<uuid:membership_id>/", people.person, name="person"),
    path(
        "organisaties/<uuid:organisation_id>/mensen/<uuid:membership_id>/uit-team/",
        people.person_out_of_team,
        name="person_out_of_team",
    ),
    path(
        "organisaties/<uuid:organisation_id>/mensen/<uuid:membership_id>/verwijderen/",
        people.person_remove,
        name="person_remove",
    ),
    path("organisaties/<uuid:organisation_id>/vertrekken/", people.leave_organisation, name="leave_organisation"),
    path("organisaties/<uuid:organisation_id>/uitnodigen/", people.invite, name="invite"),
    path("organisaties/<uuid:organisation_id>/uitnodigingen/", people.invitation_list, name="invitation_list"),
    path(
        "organisaties/<uuid:organisation_id>/uitnodigingen/<uuid:invitation_id>/opnieuw/",
        people.invitation_again,
        name="invitation_again",
    ),
    path(
        "organisaties/<uuid:organisation_id>/uitnodigingen/<uuid:invitation_id>/intrekken/",
        people.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("organisaties/<uuid:organisation_id>/importeren/", importing.member_import, name="member_import"),
    path("organisaties/<uuid:organisation_id>/importeren/doe/", importing.member_import_run, name="member_import_run"),
    path(
        "organisaties/<uuid:organisation_id>/importeren/sjabloon.<str:form>",
        importing.member_import_template,
        name="member_import_template",
    ),
    path(
        "organisaties/<uuid:organisation_id>/importeren/<uuid:batch>/",
        importing.member_import_progress,
        name="member_import_progress",
    ),
    path("organisaties/<uuid:organisation_id>/mensen.<str:form>", importing.member_export, name="member_export"),
    path("organisaties/<uuid:organisation_id>/teams/", people.team_list, name="team_list"),
    path(
        "organisaties/<uuid:organisation_id>/instellingen/", people.organisation_settings, name="organisation_settings"
    ),
    path("organisaties/<uuid:organisation_id>/logboek/", people.audit_trail, name="audit_trail"),
    path("teams/<uuid:team_id>/naam/", people.team_edit, name="team_edit"),
    path("teams/<uuid:team_id>/sluiten/", people.team_close, name="team_close"),
]
