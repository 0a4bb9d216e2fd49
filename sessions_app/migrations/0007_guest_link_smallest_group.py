"""The smallest group that guests were promised stays what it was when they were asked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0006_ladingen")]

    operations = [
        migrations.AddField(
            model_name="guestlink",
            name="smallest_group",
            field=models.PositiveSmallIntegerField(default=5),
            preserve_default=False,
        ),
        migrations.RunSQL(
            "UPDATE sessions_app_guestlink link SET smallest_group = organisation.smallest_group"
            " FROM organisations_organisation organisation WHERE organisation.id = link.organisation_id",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="guestlink",
            constraint=models.CheckConstraint(
                condition=models.Q(("smallest_group__gte", 5)), name="guest_link_smallest_group_at_least_five"
            ),
        ),
    ]
