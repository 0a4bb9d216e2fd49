"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from content.views import search
from lerend import health, views
from lerend.mail.delivery import provider

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", views.home, name="home"),
    path("account/", views.account_home, name="account_home"),
    path("account/", include("allauth.account.urls")),
    path("", include("organisations.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("", include("sessions_app.urls")),
    path("pilot/", include("sessions_app.pilot_urls")),
    path("demo/", include("sessions_app.demo_urls")),
    path("beheer/", admin.site.urls),
    path("vak/", include("content.urls")),
    path("zoeken/", search.search, name="search"),
    path("", include("lerend.trust.urls")),
    path("post/", include("lerend.mail.urls")),
]
if events := provider.webhook():
    urlpatterns.append(path("post/gebeurtenissen/", events, name="mail_events"))
