"""Counts of one station renewed by themselves, for the one row that a person puts right: nobody waits for the whole city."""

from __future__ import annotations

from django.db import migrations

COUNTS = """
CREATE FUNCTION registry_renew_station_counts(renewed text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(720577);
    DELETE FROM registry_facet_count WHERE unit = renewed;
    INSERT INTO registry_facet_count (unit, facet, value, count)
    WITH mine AS MATERIALIZED (SELECT * FROM registry_entity WHERE station_id = renewed)
    SELECT renewed, 'all', '', count(*) FROM mine HAVING count(*) > 0
    UNION ALL SELECT renewed, 'kind', kind, count(*) FROM mine GROUP BY 3
    UNION ALL SELECT renewed, 'section', section, count(*) FROM mine GROUP BY 3
    UNION ALL SELECT renewed, 'state', state, count(*) FROM mine GROUP BY 3
    UNION ALL SELECT renewed, 'risk', risk_class, count(*) FROM mine GROUP BY 3
    UNION ALL SELECT renewed, 'tag', tag, count(*) FROM mine, unnest(tags) AS tag GROUP BY 3
    UNION ALL SELECT renewed, 'licence', l.kind, count(DISTINCT mine.id)
        FROM mine JOIN registry_licence l ON l.entity_id = mine.id GROUP BY 3
    UNION ALL SELECT renewed, 'equipment', q.category, count(DISTINCT mine.id)
        FROM mine JOIN registry_equipment q ON q.entity_id = mine.id GROUP BY 3;
    DELETE FROM registry_facet_count WHERE unit IN (left(renewed, 4), left(renewed, 6));
    INSERT INTO registry_facet_count (unit, facet, value, count)
    SELECT left(unit, digits), facet, value, sum(count)
    FROM registry_facet_count, unnest(ARRAY[4, 6]) AS digits
    WHERE length(unit) = 9 AND left(unit, digits) = left(renewed, digits) GROUP BY 1, 2, 3;
END $$;
"""


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("registry", "0002_search")]
    operations = [migrations.RunSQL(COUNTS, "DROP FUNCTION registry_renew_station_counts(text)")]
