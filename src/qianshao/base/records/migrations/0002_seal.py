"""Seal every event at commit: the hash chain that several writers cannot fork, and the guard that keeps it append-only.

The seal waits for the commit (deferred constraint trigger) and takes one lock per chain, so that the order of the chain
is the order of commits. It hashes the business rows as they stand at commit. Its SQL is the writer; the verifier in
`records.rules` is written apart from it and shares nothing with it.
"""

from __future__ import annotations

from django.db import migrations

SEAL = """
CREATE FUNCTION records_row_hashes(wanted jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found jsonb := '[]'::jsonb;
    part jsonb;
    batch record;
    key_column name;
    key_type text;
BEGIN
    FOR batch IN
        SELECT entry->>'table' AS tbl, array_agg(DISTINCT entry->>'pk') AS keys
        FROM jsonb_array_elements(wanted) AS entry GROUP BY 1 ORDER BY 1
    LOOP
        SELECT a.attname, format_type(a.atttypid, NULL) INTO STRICT key_column, key_type
        FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = to_regclass('public.' || quote_ident(batch.tbl)) AND i.indisprimary;
        EXECUTE format(
            'SELECT jsonb_agg(jsonb_build_object(''table'', %L::text, ''pk'', t.%I::text, ''sha256'','
            ' encode(sha256(convert_to(to_jsonb(t)::text, ''UTF8'')), ''hex'')) ORDER BY t.%I)'
            ' FROM public.%I t WHERE t.%I = ANY ($1::%s[])',
            batch.tbl, key_column, key_column, batch.tbl, key_column, key_type
        ) INTO part USING batch.keys;
        found := found || COALESCE(part, '[]'::jsonb);
    END LOOP;
    RETURN found;
END $$;

CREATE FUNCTION records_seal_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
        hash = encode(sha256(convert_to(concat_ws(E'\\x1f',
            NEW.chain, place, before_hash,
            to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            COALESCE(NEW.actor_id::text, '-'), NEW.actor_name, NEW.actor_role, NEW.unit, NEW.verb,
            NEW.subject_type, NEW.subject_id, NEW.payload::text, hashed::text
        ), 'UTF8')), 'hex')
    WHERE id = NEW.id;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER seal_at_commit AFTER INSERT ON records_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION records_seal_event();

CREATE FUNCTION records_only_append() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    keeper name;
BEGIN
    SELECT pg_get_userbyid(relowner) INTO keeper FROM pg_class WHERE oid = TG_RELID;
    IF current_user = keeper THEN
        IF TG_OP = 'UPDATE' AND OLD.hash IS NOT NULL THEN
            RAISE EXCEPTION 'records_event is append-only: event % is sealed', OLD.id USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF TG_OP = 'TRUNCATE' OR TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'records_event is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER only_append_rows BEFORE UPDATE OR DELETE ON records_event
    FOR EACH ROW EXECUTE FUNCTION records_only_append();
CREATE TRIGGER only_append_table BEFORE TRUNCATE ON records_event
    FOR EACH STATEMENT EXECUTE FUNCTION records_only_append();

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'qianshao_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON records_event FROM qianshao_app;
        REVOKE UPDATE, DELETE, TRUNCATE ON records_attachment FROM qianshao_app;
    END IF;
END $$;
"""

UNSEAL = """
DROP TRIGGER only_append_table ON records_event;
DROP TRIGGER only_append_rows ON records_event;
DROP FUNCTION records_only_append();
DROP TRIGGER seal_at_commit ON records_event;
DROP FUNCTION records_seal_event();
DROP FUNCTION records_row_hashes(jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0001_tables")]

    operations = [migrations.RunSQL(SEAL, UNSEAL)]
