from datetime import UTC, date, datetime, time

import pytest
from django import forms
from django.http import QueryDict

from lerend.fields import FOLD, GAP, LocalDateTimeField, LocalDateTimeWidget


class MomentForm(forms.Form):
    starts_at = LocalDateTimeField(label="Wanneer begint het?")


class MaybeForm(forms.Form):
    starts_at = LocalDateTimeField(label="Wanneer?", required=False)


def filled(day: str, hour: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update({"starts_at_datum": day, "starts_at_tijd": hour})
    return data


@pytest.mark.parametrize(
    ("day", "hour", "moment"),
    [
        ("2027-02-03", "14:30", datetime(2027, 2, 3, 13, 30, tzinfo=UTC)),
        ("2027-07-03", "14:30", datetime(2027, 7, 3, 12, 30, tzinfo=UTC)),
        ("3-2-2027", "14.30", datetime(2027, 2, 3, 13, 30, tzinfo=UTC)),
        # The night that the clock goes forward, 28 March 2027, around the missing hour.
        ("2027-03-28", "01:59", datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        ("2027-03-28", "03:00", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        # The night that it goes back, 31 October 2027, around the double hour.
        ("2027-10-31", "01:59", datetime(2027, 10, 30, 23, 59, tzinfo=UTC)),
        ("2027-10-31", "03:00", datetime(2027, 10, 31, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_amsterdam(day, hour, moment):
    form = MomentForm(filled(day, hour))
    assert form.errors == {}
    assert form.cleaned_data == {"starts_at": moment}
    assert form.cleaned_data["starts_at"].tzinfo is not None


@pytest.mark.parametrize(
    ("day", "hour", "errors"),
    [
        ("", "", ["Vul een datum en een tijd in."]),
        ("2027-02-03", "", ["Vul ook een tijd in."]),
        ("", "14:30", ["Vul ook een datum in."]),
        ("2027-02-30", "14:30", ["Dit is geen datum. Schrijf hem als 24-02-2027."]),
        ("2027-02-03", "25:00", ["Dit is geen tijd. Schrijf hem als 14:30."]),
        (
            "overmorgen",
            "vroeg",
            ["Dit is geen datum. Schrijf hem als 24-02-2027.", "Dit is geen tijd. Schrijf hem als 14:30."],
        ),
        ("0001-01-01", "00:00", ["Kies een jaar tussen 2000 en 2100."]),
        ("9999-12-31", "23:59", ["Kies een jaar tussen 2000 en 2100."]),
        ("2027-03-28", "02:00", [GAP]),
        ("2027-03-28", "02:59", [GAP]),
        ("2027-10-31", "02:00", [FOLD]),
        ("2027-10-31", "02:59", [FOLD]),
    ],
)
def test_what_is_wrong_is_said(day, hour, errors):
    form = MomentForm(filled(day, hour))
    assert form.errors == {"starts_at": errors}


def test_a_moment_may_be_left_open_where_the_form_allows_it():
    form = MaybeForm(filled("", ""))
    assert form.errors == {}
    assert form.cleaned_data == {"starts_at": None}


def test_a_known_moment_is_shown_in_amsterdam():
    bound = MomentForm(initial={"starts_at": datetime(2027, 7, 3, 12, 30, 59, tzinfo=UTC)})["starts_at"]
    parts = bound.field.widget.get_context("starts_at", bound.value(), {"id": "id_starts_at"})["widget"]["subwidgets"]
    assert [(part["name"], part["type"], part["value"], part["attrs"]["id"], part["label"]) for part in parts] == [
        ("starts_at_datum", "date", "2027-07-03", "id_starts_at_0", "Datum"),
        ("starts_at_tijd", "time", "14:30", "id_starts_at_1", "Tijd"),
    ]


def test_what_was_typed_is_kept_and_each_input_has_its_label():
    html = MomentForm(filled("2027-03-28", "02:30"))["starts_at"].as_field_group()
    for piece in (
        "<legend>Wanneer begint het?</legend>",
        '<label for="id_starts_at_0">Datum</label><input type="date" name="starts_at_datum" value="2027-03-28"',
        '<label for="id_starts_at_1">Tijd</label><input type="time" name="starts_at_tijd" value="02:30"',
        GAP,
    ):
        assert piece in html


def test_the_value_is_unchanged_when_the_form_comes_back_as_it_was():
    field = LocalDateTimeField()
    moment = datetime(2027, 7, 3, 12, 30, tzinfo=UTC)
    shown = LocalDateTimeWidget().decompress(moment)
    assert shown == [date(2027, 7, 3), time(14, 30)]
    assert field.has_changed(moment, ["2027-07-03", "14:30"]) is False
    assert field.has_changed(moment, ["2027-07-03", "14:31"]) is True
