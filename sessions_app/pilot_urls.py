"""Addresses of the pilot."""

from django.urls import path

from sessions_app.views import pilot as views

urlpatterns = [
    path("", views.pilot, name="pilot"),
    path("ronde/nieuw/", views.round_new, name="pilot_round_new"),
    path("ronde/<uuid:round_id>/", views.round_edit, name="pilot_round_edit"),
    path("aanmelding/<uuid:signup_id>/", views.signup, name="pilot_signup_detail"),
    path("aanmelding/<uuid:signup_id>/intrekken/", views.withdraw, name="pilot_withdraw"),
    path("aanmelding/<uuid:signup_id>/plek/", views.award, name="pilot_award"),
    path("aanmelding/<uuid:signup_id>/plek-terug/", views.take_back, name="pilot_take_back"),
    path("<uuid:round_id>/aanmelden/", views.signup_new, name="pilot_signup"),
    path("<uuid:round_id>/aanmeldingen/", views.signup_list, name="pilot_list"),
    path("<uuid:round_id>/volgorde/", views.move_up, name="pilot_move_up"),
]
