"""Every address of the site, and next to them the bare pages that they are measured against."""

from django.urls import include, path

from tests.bench import bare

urlpatterns = [
    path("", include("lerend.urls")),
    path("bare/session_list/", bare.talks),
    path("bare/today/", bare.today),
    path("bare/organisation/<uuid:organisation_id>/", bare.of_organisation),
    path("bare/team/<uuid:team_id>/", bare.of_team),
    path("bare/contribution_list/", bare.own),
    path("bare/nji_contributions/", bare.nji),
    path("bare/pilot_list/<uuid:round_id>/", bare.signups),
]
