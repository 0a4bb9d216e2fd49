"""Addresses that go wrong in the ways a page can, each with a mark in what must not be told."""

from celery import shared_task
from django.db import connection, transaction
from django.http import Http404
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from lerend.urls import urlpatterns as whole_site

MARK = "merkteken van jan@voorbeeld.test"


@csrf_exempt
def says(request, token=""):
    kept = request.POST.get("text", "")  # a local variable
    raise RuntimeError(f"what was written: {kept}")


@csrf_exempt
def chained(request):
    try:
        says(request)
    except RuntimeError as error:
        raise ValueError(f"again {MARK}") from error


def row(request):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE refusing (text text CONSTRAINT short CHECK (length(text) < 3))")
        cursor.execute("INSERT INTO refusing VALUES (%s)", [MARK])


def nowhere(request, token):
    raise Http404(f"no {MARK}")


@shared_task(name="tests.failing")
def fail(text):
    raise RuntimeError(f"about {text}")


urlpatterns = [
    path("mis/gaat/<str:token>/", says, name="says"),
    path("mis/keten/", chained, name="chained"),
    path("mis/rij/", row, name="row"),
    path("mis/weg/<str:token>/", nowhere, name="nowhere"),
    *whole_site,
]
