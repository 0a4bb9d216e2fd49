"""Addresses of the demo; each is 404 elsewhere."""

from django.urls import path

from sessions_app.views import demo

urlpatterns = [
    path("", demo.cast, name="demo"),
    path("word/<slug:key>/", demo.become, name="demo_become"),
    path("mail/", demo.mailbox, name="demo_mail"),
    path("mail/<str:key>/", demo.mail, name="demo_mail_detail"),
    path("klok/", demo.clock, name="demo_clock"),
]
