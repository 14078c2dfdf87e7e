"""Fresh statistics after many obligations were added; the application role owns no table and may not analyse."""

from __future__ import annotations

from django.db import migrations

ANALYSE = """
CREATE FUNCTION duties_after_deriving() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE duties_obligation;
    ANALYZE risk_assessment;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("duties", "0002_tables"), ("risk", "0001_tables")]

    operations = [migrations.RunSQL(ANALYSE, "DROP FUNCTION duties_after_deriving()")]
