"""A table that gets a new column: the rows that events have named hash to something else from then on.

`records_seal_again(table)` names them all in one event of the system, in the migration that changes the table, so that the
verifier knows the new form. Only the owner of the tables may call it.
"""

from __future__ import annotations

from django.db import migrations

SEAL_AGAIN = """
CREATE FUNCTION records_seal_again(changed text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO records_event (chain, at, actor_name, actor_role, unit, verb, subject_type, subject_id, payload, rows)
    SELECT 0, now(), '系统', 'system', '4406', 'change_table', 'table', changed, '{}',
        jsonb_agg(jsonb_build_object('table', changed, 'pk', named.pk))
    FROM (SELECT DISTINCT entry->>'pk' AS pk FROM records_event, jsonb_array_elements(rows) AS entry
        WHERE entry->>'table' = changed) AS named
    HAVING count(*) > 0;
END $$;
REVOKE EXECUTE ON FUNCTION records_seal_again(text) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0003_seal_every_column")]

    operations = [migrations.RunSQL(SEAL_AGAIN, "DROP FUNCTION records_seal_again(text)")]
