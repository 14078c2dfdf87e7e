"""Search and list indexes of the register, and the counts that are kept instead of counted.

The application role may only write rows; what needs the owner (indexes, keys, statistics) stands in functions that run as
the owner. A first load puts search indexes and foreign keys aside and makes them again afterwards, each key checked over all
rows at once: several times faster than row by row. What was put aside is written down, so that nothing can be forgotten.
"""

from __future__ import annotations

from django.db import migrations

SEARCH = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE FUNCTION registry_bigrams(t text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 20000 AS $$
    SELECT coalesce(array_agg(DISTINCT substr(t, i, 2)), '{}') FROM generate_series(1, length(t) - 1) AS i
$$;

CREATE TABLE registry_pair_count (pair text PRIMARY KEY, count bigint NOT NULL);

-- The database sorts by code point, so that the plain unique index answers LIKE as well: these would be the same again.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname ~ '^registry_.*_like$' LOOP
        EXECUTE format('DROP INDEX %I', found.indexname);
    END LOOP;
END $$;

CREATE TABLE registry_put_aside (
    table_name text NOT NULL, name text NOT NULL, definition text NOT NULL, PRIMARY KEY (table_name, name)
);

CREATE FUNCTION registry_put_foreign_keys_aside() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found record;
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    FOR found IN
        SELECT conrelid::regclass::text AS table_name, conname AS name, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text LIKE 'registry_%'
    LOOP
        INSERT INTO registry_put_aside VALUES (found.table_name, found.name, found.definition);
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', found.table_name, found.name);
    END LOOP;
END $$;

CREATE FUNCTION registry_restore_foreign_keys() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found record;
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    FOR found IN SELECT * FROM registry_put_aside LOOP
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', found.table_name, found.name, found.definition);
    END LOOP;
    DELETE FROM registry_put_aside;
END $$;

CREATE FUNCTION registry_drop_search_indexes() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'registry_find_%' LOOP
        EXECUTE format('DROP INDEX %I', found.indexname);
    END LOOP;
END $$;

CREATE FUNCTION registry_build_entity_indexes() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SET LOCAL maintenance_work_mem = '512MB';
    SET LOCAL max_parallel_maintenance_workers = 2;
    CREATE INDEX IF NOT EXISTS registry_find_bigrams ON registry_entity USING gin (registry_bigrams(name));
    CREATE INDEX IF NOT EXISTS registry_find_name ON registry_entity USING gin (name gin_trgm_ops);
    CREATE INDEX IF NOT EXISTS registry_find_address ON registry_entity USING gin (address gin_trgm_ops);
    CREATE INDEX IF NOT EXISTS registry_find_person ON registry_entity (legal_person, id);
    CREATE INDEX IF NOT EXISTS registry_find_station ON registry_entity (station_id, id DESC);
    CREATE INDEX IF NOT EXISTS registry_find_district ON registry_entity (left(station_id, 6), id DESC);
    CREATE INDEX IF NOT EXISTS registry_find_kind ON registry_entity (kind, section, id DESC);
    CREATE INDEX IF NOT EXISTS registry_find_risk ON registry_entity (risk_class, id DESC);
    CREATE INDEX IF NOT EXISTS registry_find_station_risk ON registry_entity (station_id, risk_class, id DESC);
    CREATE INDEX IF NOT EXISTS registry_find_station_industry ON registry_entity (station_id, industry, id DESC);
    CREATE INDEX IF NOT EXISTS registry_find_industry ON registry_entity (industry, id DESC);
    CREATE INDEX IF NOT EXISTS registry_find_tags ON registry_entity USING gin (tags);
    CREATE INDEX IF NOT EXISTS registry_find_state ON registry_entity (state, id DESC) WHERE state <> 'active';
    ANALYZE registry_entity;
END $$;

CREATE FUNCTION registry_build_search_indexes() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SET LOCAL maintenance_work_mem = '512MB';
    SET LOCAL max_parallel_maintenance_workers = 2;
    PERFORM registry_build_entity_indexes();
    CREATE INDEX IF NOT EXISTS registry_find_licence_kind ON registry_licence (kind, entity_id);
    CREATE INDEX IF NOT EXISTS registry_find_equipment_category ON registry_equipment (category, entity_id);
    ANALYZE registry_licence;
    ANALYZE registry_equipment;
    ANALYZE registry_annual_report;
    ANALYZE registry_complaint;
    ANALYZE registry_past_inspection;
    ANALYZE registry_penalty;
END $$;

CREATE FUNCTION registry_renew_counts() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM registry_facet_count;
    INSERT INTO registry_facet_count (unit, facet, value, count)
    WITH counted AS (
        SELECT station_id, kind, section, state, risk_class, count(*) AS n FROM registry_entity GROUP BY 1, 2, 3, 4, 5
    ), per_station AS (
        SELECT station_id, 'all' AS facet, '' AS value, sum(n) AS n FROM counted GROUP BY 1
        UNION ALL SELECT station_id, 'kind', kind, sum(n) FROM counted GROUP BY 1, 3
        UNION ALL SELECT station_id, 'section', section, sum(n) FROM counted GROUP BY 1, 3
        UNION ALL SELECT station_id, 'state', state, sum(n) FROM counted GROUP BY 1, 3
        UNION ALL SELECT station_id, 'risk', risk_class, sum(n) FROM counted GROUP BY 1, 3
        UNION ALL SELECT station_id, 'tag', tag, count(*) FROM registry_entity, unnest(tags) AS tag GROUP BY 1, 3
        UNION ALL SELECT e.station_id, 'licence', l.kind, count(DISTINCT e.id)
            FROM registry_licence l JOIN registry_entity e ON e.id = l.entity_id GROUP BY 1, 3
        UNION ALL SELECT e.station_id, 'equipment', q.category, count(DISTINCT e.id)
            FROM registry_equipment q JOIN registry_entity e ON e.id = q.entity_id GROUP BY 1, 3
    )
    SELECT left(station_id, digits), facet, value, sum(n)
    FROM per_station, unnest(ARRAY[4, 6, 9]) AS digits GROUP BY 1, 2, 3;
    ANALYZE registry_facet_count;
    -- How often each pair of characters stands in a name, from every hundredth business: rare or common is all that matters.
    DELETE FROM registry_pair_count;
    INSERT INTO registry_pair_count (pair, count)
    -- Under the empty pair, how many names were looked at.
    WITH looked AS MATERIALIZED (
        SELECT name FROM registry_entity
        WHERE id % greatest(1, (SELECT coalesce(max(id), 0) / 150000 FROM registry_entity)) = 0
    )
    SELECT pair, count(*) FROM looked, unnest(registry_bigrams(name)) AS pair GROUP BY 1
    UNION ALL SELECT '', count(*) FROM looked;
    ANALYZE registry_pair_count;
END $$;

SELECT registry_build_search_indexes();
"""

FORGET = """
SELECT registry_drop_search_indexes();
DROP FUNCTION registry_renew_counts();
DROP FUNCTION registry_build_search_indexes();
DROP FUNCTION registry_build_entity_indexes();
DROP FUNCTION registry_restore_foreign_keys();
DROP FUNCTION registry_put_foreign_keys_aside();
DROP TABLE registry_put_aside;
DROP FUNCTION registry_drop_search_indexes();
DROP FUNCTION registry_bigrams(text);
DROP TABLE registry_pair_count;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_tables")]

    operations = [migrations.RunSQL(SEARCH, FORGET)]
