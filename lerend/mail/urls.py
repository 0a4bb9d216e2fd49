"""Addresses of the window on all mail."""

from django.urls import path

from lerend.mail import views

urlpatterns = [
    path("", views.window, name="mail_window"),
    path("groep/", views.group, name="mail_group"),
]
