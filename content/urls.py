"""The addresses under /vak/."""

from django.urls import path

from content.views import pages

urlpatterns = [
    path("", pages.overview, name="vak"),
    path("vragen/", pages.questions, name="vak_vragen"),
    path("wolkjes/", pages.themes, name="vak_wolkjes"),
    path("wolkjes/<slug:slug>/", pages.theme, name="vak_wolkje"),
    path("vuistregels/", pages.rules, name="vak_vuistregels"),
    path("lied/", pages.song, name="vak_lied"),
    path("dagdeel/", pages.programme, name="vak_dagdeel"),
    path("traject/", pages.about, name="vak_traject"),
    path("voorbeeld/stop/", pages.stop_preview, name="vak_stop_preview"),
]
