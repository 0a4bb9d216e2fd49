"""Date polls: moments proposed for a draft, and who can when."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0010_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DateOption",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("starts_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("starts_at",),
            },
        ),
        migrations.CreateModel(
            name="DatePoll",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=120)),
                ("minutes", models.PositiveSmallIntegerField()),
                ("shows_names", models.BooleanField()),
                ("closes_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Loopt"), ("closed", "Moment gekozen"), ("withdrawn", "Ingetrokken")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("form_key", models.UUIDField()),
                ("reminded_at", models.DateTimeField(null=True)),
                ("chased_at", models.DateTimeField(null=True)),
                ("over_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "chosen",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="sessions_app.dateoption",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="sessions_app.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "datumprikker",
                "verbose_name_plural": "datumprikkers",
            },
        ),
        migrations.AddField(
            model_name="dateoption",
            name="poll",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="options", to="sessions_app.datepoll"
            ),
        ),
        migrations.CreateModel(
            name="DateVote",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "says",
                    models.CharField(choices=[("yes", "Ja"), ("maybe", "Als het moet"), ("no", "Nee")], max_length=5),
                ),
                (
                    "option",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sessions_app.dateoption"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="datepoll",
            index=models.Index(condition=models.Q(("state", "open")), fields=["closes_at"], name="poll_due"),
        ),
        migrations.AddIndex(
            model_name="datepoll",
            index=models.Index(
                condition=models.Q(("state", "open"), _negated=True), fields=["over_at"], name="poll_over"
            ),
        ),
        migrations.AddConstraint(
            model_name="datepoll",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("session",), name="poll_one_runs"
            ),
        ),
        migrations.AddConstraint(
            model_name="datepoll",
            constraint=models.UniqueConstraint(fields=("session", "form_key"), name="poll_form_key_once"),
        ),
        migrations.AddConstraint(
            model_name="datepoll",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "closed", "withdrawn"])), name="poll_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="datepoll",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "open"), _negated=True), ("session__isnull", False), _connector="OR"
                ),
                name="poll_open_has_a_talk",
            ),
        ),
        migrations.AddConstraint(
            model_name="datepoll",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("chosen__isnull", False), ("state", "closed")),
                    models.Q(models.Q(("state", "closed"), _negated=True), ("chosen", None)),
                    _connector="OR",
                ),
                name="poll_closed_has_a_choice",
            ),
        ),
        migrations.AddConstraint(
            model_name="datepoll",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("over_at", None), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("over_at__isnull", False)),
                    _connector="OR",
                ),
                name="poll_over_when_not_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="datepoll",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes__gte", 1), ("minutes__lte", 720)), name="poll_minutes"
            ),
        ),
        migrations.AddConstraint(
            model_name="dateoption",
            constraint=models.UniqueConstraint(fields=("poll", "starts_at"), name="poll_moment_once"),
        ),
        migrations.AddConstraint(
            model_name="datevote",
            constraint=models.UniqueConstraint(fields=("option", "user"), name="poll_vote_once"),
        ),
        migrations.AddConstraint(
            model_name="datevote",
            constraint=models.CheckConstraint(
                condition=models.Q(("says__in", ["yes", "maybe", "no"])), name="poll_vote_known"
            ),
        ),
    ]
