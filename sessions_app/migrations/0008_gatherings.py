"""Series, what people were told, and answers with a word."""

import django.db.models.deletion
import django.utils.timezone
import lerend.crypto
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0005_editions"),
        ("organisations", "0003_organisation_names"),
        ("sessions_app", "0007_guest_link_smallest_group"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="participant",
            name="proposes",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="participant",
            name="word",
            field=lerend.crypto.EncryptedTextField(null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="called_off_because",
            field=lerend.crypto.EncryptedTextField(null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="changed_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="session",
            name="nudged_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="occurrence",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.CreateModel(
            name="Removal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sessions_app.session"
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
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("about", models.UUIDField()),
                ("sequence", models.PositiveIntegerField()),
                ("what", models.JSONField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="revision_by_age")],
                "constraints": [models.UniqueConstraint(fields=("about", "sequence"), name="revision_once")],
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("starts_at", models.DateTimeField()),
                ("interval", models.PositiveSmallIntegerField(default=1)),
                ("nth", models.SmallIntegerField(null=True)),
                ("count", models.PositiveSmallIntegerField()),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("form_key", models.UUIDField(default=uuid.uuid4)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
                (
                    "planned_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "reeks",
                "verbose_name_plural": "reeksen",
            },
        ),
        migrations.AddField(
            model_name="session",
            name="series",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="sessions_app.series",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.UniqueConstraint(fields=("series", "occurrence"), name="session_once_an_occurrence"),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("occurrence", None), ("series", None)),
                    models.Q(("occurrence__isnull", False), ("series__isnull", False)),
                    _connector="OR",
                ),
                name="session_in_series_has_number",
            ),
        ),
        migrations.AddIndex(
            model_name="removal",
            index=models.Index(fields=["user", "session"], name="removal_by_user"),
        ),
        migrations.AddConstraint(
            model_name="removal",
            constraint=models.UniqueConstraint(fields=("session", "user"), name="removal_once"),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.UniqueConstraint(fields=("planned_by", "form_key"), name="series_form_key_once"),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.CheckConstraint(
                condition=models.Q(("count__gte", 2), ("count__lte", 52)), name="series_count"
            ),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.CheckConstraint(
                condition=models.Q(("interval__gte", 1), ("interval__lte", 26)), name="series_interval"
            ),
        ),
        migrations.AddConstraint(
            model_name="series",
            constraint=models.CheckConstraint(
                condition=models.Q(("nth", None), ("nth__in", [-1, 1, 2, 3, 4]), _connector="OR"),
                name="series_nth_known",
            ),
        ),
    ]
