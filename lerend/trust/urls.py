"""Addresses of the pages of trust."""

from django.urls import path

from lerend.trust import views

urlpatterns = [
    path("privacy/", views.privacy, name="privacy"),
    path("toegankelijkheid/", views.accessibility, name="accessibility"),
    path("wie-leest-wat/", views.who_reads, name="who_reads"),
    path("hulp/", views.help_index, name="help"),
    path("hulp/<slug:slug>/", views.help_for, name="help_for"),
]
