"""The addresses under /vak/."""

from django.urls import path

from content import views

urlpatterns = [
    path("", views.overview, name="vak"),
    path("vragen/", views.questions, name="vak_vragen"),
    path("wolkjes/", views.themes, name="vak_wolkjes"),
    path("wolkjes/<slug:slug>/", views.theme, name="vak_wolkje"),
    path("vuistregels/", views.rules, name="vak_vuistregels"),
    path("lied/", views.song, name="vak_lied"),
    path("dagdeel/", views.programme, name="vak_dagdeel"),
    path("traject/", views.about, name="vak_traject"),
]
