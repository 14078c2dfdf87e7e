"""Seal the event's own number as well, and the length of each part; take nothing sealed from outside.

The first form of the seal left out the number that stands on receipts, and joined its parts by a character that a name
may contain. Events sealed in the first form stay valid as long as none of the second form stands before them.
"""

from __future__ import annotations

from django.db import migrations

SEAL = """
ALTER FUNCTION records_row_hashes(jsonb) SET TimeZone = 'UTC';
ALTER FUNCTION records_row_hashes(jsonb) SET extra_float_digits = 1;
REVOKE EXECUTE ON FUNCTION records_row_hashes(jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION records_seal_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
    head record;
    hashed jsonb;
    place bigint;
    before_hash text;
BEGIN
    PERFORM pg_advisory_xact_lock(7205759, NEW.chain);
    SELECT e.position, e.hash INTO head FROM records_event e
        WHERE e.chain = NEW.chain AND e.position IS NOT NULL ORDER BY e.position DESC LIMIT 1;
    place := COALESCE(head.position, 0) + 1;
    before_hash := COALESCE(head.hash, repeat('0', 64));
    hashed := records_row_hashes(NEW.rows);
    UPDATE records_event SET
        position = place,
        prev = before_hash,
        rows = hashed,
        hash = (
            SELECT encode(sha256(convert_to(
                string_agg(octet_length(part)::text || ':' || part, '' ORDER BY turn), 'UTF8')), 'hex')
            FROM unnest(ARRAY[
                NEW.id::text, NEW.chain::text, place::text, before_hash,
                to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                COALESCE(NEW.actor_id::text, '-'), NEW.actor_name, NEW.actor_role, NEW.unit, NEW.verb,
                NEW.subject_type, NEW.subject_id, NEW.payload::text, hashed::text
            ]) WITH ORDINALITY AS parts (part, turn)
        )
    WHERE id = NEW.id;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION records_seal_event() FROM PUBLIC;

CREATE FUNCTION records_arrive_unsealed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.position IS NOT NULL OR NEW.prev IS NOT NULL OR NEW.hash IS NOT NULL THEN
        RAISE EXCEPTION 'records_event is sealed by the database alone' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER arrive_unsealed BEFORE INSERT ON records_event
    FOR EACH ROW EXECUTE FUNCTION records_arrive_unsealed();

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'qianshao_app')
            AND to_regclass('public.django_migrations') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM qianshao_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'qianshao_audit') THEN
        GRANT SELECT ON SEQUENCE records_event_id_seq TO qianshao_audit;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0002_seal")]

    operations = [migrations.RunSQL(SEAL)]
