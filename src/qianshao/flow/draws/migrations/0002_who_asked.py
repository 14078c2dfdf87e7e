"""What a draw decided was asked for by the unit whose draw it is, not by the level of the duty."""

from __future__ import annotations

from django.db import migrations

FILL = """
UPDATE duties_obligation o SET asked_by = d.unit FROM draws_draw d
WHERE o.origin = 'draw' AND o.origin_ref = 'draw:' || d.id AND o.asked_by <> d.unit;
SELECT records_seal_again('duties_obligation');
"""


class Migration(migrations.Migration):
    dependencies = [("draws", "0001_tables"), ("duties", "0007_who_asked")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
