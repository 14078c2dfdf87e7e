"""Who asked for each check: by the duty's level for what is owed already."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models.functions import Left, Length

FILL = """
UPDATE duties_obligation SET asked_by = left(station_id, CASE level WHEN 'city' THEN 4 WHEN 'district' THEN 6 ELSE 9 END);
SELECT records_seal_again('duties_obligation');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0006_year_settings"),
        ("records", "0004_seal_again"),
        ("registry", "0003_station_counts"),
        ("stations", "0001_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="obligation",
            name="asked_by",
            field=models.CharField(default="", max_length=9, verbose_name="提出单位"),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="obligation",
            constraint=models.CheckConstraint(
                condition=models.Q(asked_by=Left("station_id", Length("asked_by"))), name="asked_from_above"
            ),
        ),
    ]
