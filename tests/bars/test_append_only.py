"""T4: what the application and the auditor may not do is refused by the database itself, whatever the code above it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from qianshao.site.database import address, make_roles
from qianshao.site.settings import HOME
from qianshao.site.setup import migrate

DENIED, READ_ONLY = "42501", "25006"
UNSEALED = (
    "INSERT INTO records_event ({}chain, at, actor_name, actor_role, unit, verb, subject_type, subject_id, payload, rows)"
    " VALUES ({}0, now(), '审计', 'system', '4406', 'try', 'attempt', '1', '{{}}', '[]')"
)

BY_THE_APP = {
    "change an event": "UPDATE records_event SET verb = 'other'",
    "change no event at all": "UPDATE records_event SET verb = 'other' WHERE false",
    "delete events": "DELETE FROM records_event",
    "empty the record": "TRUNCATE records_event",
    "empty it by another table": "TRUNCATE records_attachment, records_event CASCADE",
    "replace on conflict": UNSEALED.format("id, ", "1, ") + " ON CONFLICT (id) DO UPDATE SET verb = 'other'",
    "merge over an event": (
        "MERGE INTO records_event e USING (SELECT 1 AS one) o ON e.id = o.one WHEN MATCHED THEN UPDATE SET verb = 'other'"
    ),
    "lock out the others": "LOCK TABLE records_event IN ACCESS EXCLUSIVE MODE",
    "bring an event sealed": UNSEALED.format(
        "position, prev, hash, ", "99, repeat('a', 64), repeat('b', 64), "
    ),
    "bring an event with a place": UNSEALED.format("position, ", "99, "),
    "bring an event with a link": UNSEALED.format("prev, ", "repeat('a', 64), "),
    "change an attachment": "UPDATE records_attachment SET media_type = 'text/plain'",
    "delete an attachment": "DELETE FROM records_attachment",
    "empty the attachments": "TRUNCATE records_attachment",
    "switch the seal off": "ALTER TABLE records_event DISABLE TRIGGER seal_at_commit",
    "switch all triggers off": "ALTER TABLE records_event DISABLE TRIGGER ALL",
    "drop the guard": "DROP TRIGGER only_append_rows ON records_event",
    "add a trigger": (
        "CREATE TRIGGER sly BEFORE INSERT ON records_event FOR EACH ROW EXECUTE FUNCTION"
        " suppress_redundant_updates_trigger()"
    ),
    "add a rule": "CREATE RULE sly AS ON INSERT TO records_event DO INSTEAD NOTHING",
    "replay without triggers": "SET session_replication_role = replica",
    "take a column away": "ALTER TABLE records_event DROP COLUMN hash",
    "take the table away": "DROP TABLE records_event",
    "rename the table": "ALTER TABLE records_event RENAME TO elsewhere",
    "let the chain fork": "ALTER TABLE records_event DROP CONSTRAINT event_chain_never_forks",
    "hide events by policy": "CREATE POLICY hide ON records_event USING (false)",
    "count anew": "ALTER SEQUENCE records_event_id_seq RESTART WITH 1",
    "set the count back": "SELECT setval('records_event_id_seq', 1)",
    "rewrite the seal": (
        "CREATE OR REPLACE FUNCTION public.records_seal_event() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'"
    ),
    "drop the seal": "DROP FUNCTION records_seal_event() CASCADE",
    "ask the seal's hands": "SELECT records_row_hashes('[]')",
    "make a function": "CREATE FUNCTION public.sly() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "make a table": "CREATE TABLE public.sly (one int)",
    "make a schema": "CREATE SCHEMA sly",
    "load an extension": "CREATE EXTENSION file_fdw",
    "become the owner": "SET ROLE qianshao_owner",
    "become the auditor": "SET ROLE qianshao_audit",
    "become the superuser": "SET SESSION AUTHORIZATION postgres",
    "raise oneself": "ALTER ROLE qianshao_app SUPERUSER",
    "join the owners": "GRANT qianshao_owner TO qianshao_app",
    "free the auditor's hands": "ALTER ROLE qianshao_audit SET default_transaction_read_only = off",
    "read the passwords": "SELECT rolpassword FROM pg_authid",
    "read the server's files": "SELECT pg_read_file('pg_hba.conf')",
    "write a server's file": "COPY (SELECT 1) TO '/tmp/sly'",
    "run a program": "COPY records_event FROM PROGRAM 'true'",
    "stop the owner's log": "SET log_statement = 'none'",
    "say a migration was done": "INSERT INTO django_migrations (app, name, applied) VALUES ('records', '0099', now())",
    "say a migration was not done": "DELETE FROM django_migrations",
}

BY_THE_AUDITOR = {
    "record something": (UNSEALED.format("", ""), DENIED),
    "change an event": ("UPDATE records_event SET verb = 'other'", DENIED),
    "delete events": ("DELETE FROM records_event", DENIED),
    "empty the record": ("TRUNCATE records_event", DENIED),
    "change a business": ("UPDATE registry_entity SET name = '他'", DENIED),
    "delete an order": ("DELETE FROM cases_rectification_order", DENIED),
    "open an account": ("DELETE FROM access_account", DENIED),
    "switch the seal off": ("ALTER TABLE records_event DISABLE TRIGGER seal_at_commit", DENIED),
    "replay without triggers": ("SET session_replication_role = replica", DENIED),
    "make a function": ("CREATE FUNCTION public.sly() RETURNS int LANGUAGE sql AS 'SELECT 1'", DENIED),
    "make a table": ("CREATE TABLE public.sly (one int)", DENIED),
    "fill the staging": ("CREATE TABLE staging.sly (one int)", DENIED),
    "use a number up": ("SELECT nextval('records_event_id_seq')", DENIED),
    "become the application": ("SET ROLE qianshao_app", DENIED),
    "read the passwords": ("SELECT rolpassword FROM pg_authid", DENIED),
}


@pytest.fixture(scope="module", autouse=True)
def _schema() -> None:
    """The instance's own database, whose roles are the real ones."""
    make_roles(HOME)
    migrate()


@pytest.fixture(scope="module")
def app(_schema: None) -> Iterator[psycopg.Connection[Any]]:
    with address(HOME, "qianshao_app").connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def auditor(_schema: None) -> Iterator[psycopg.Connection[Any]]:
    with address(HOME, "qianshao_audit").connect() as connection:
        yield connection


def refusal(connection: psycopg.Connection[Any], statement: str) -> str | None:
    """The SQLSTATE with which the database refuses; None when it lets the statement through, which is then undone."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except psycopg.Error as refused:
        return refused.sqlstate
    return None


@pytest.mark.parametrize("attempt", BY_THE_APP)
def test_the_database_refuses_the_application(attempt: str, app: psycopg.Connection[Any]) -> None:
    assert refusal(app, BY_THE_APP[attempt]) == DENIED


def test_the_database_refuses_the_application_a_setting_of_the_server(app: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.Error) as refused:
        app.execute("ALTER SYSTEM SET log_min_messages = 'error'")
    assert refused.value.sqlstate == DENIED


@pytest.mark.parametrize(
    ("statement", "role", "right", "held"),
    [
        ("GRANT DELETE ON records_event TO qianshao_app", "qianshao_app", "DELETE", False),
        ("GRANT ALL ON records_event TO PUBLIC", "qianshao_app", "UPDATE", False),
        ("REVOKE SELECT ON records_event FROM qianshao_audit", "qianshao_audit", "SELECT", True),
        ("REVOKE INSERT ON records_event FROM qianshao_app", "qianshao_app", "INSERT", True),
    ],
)
def test_a_grant_of_the_application_changes_nobodys_rights(
    app: psycopg.Connection[Any], statement: str, role: str, right: str, held: bool
) -> None:
    """PostgreSQL answers these with a warning, not an error; what counts is that nothing came of them."""
    with app.transaction(force_rollback=True):
        app.execute(statement)  # type: ignore[call-overload]
        found = app.execute("SELECT has_table_privilege(%s, 'records_event', %s)", [role, right]).fetchone()
    assert found == (held,)


def test_the_application_may_add_an_event_and_the_database_seals_it(app: psycopg.Connection[Any]) -> None:
    with app.transaction(force_rollback=True):
        app.execute(UNSEALED.format("", ""))
        app.execute("SET CONSTRAINTS ALL IMMEDIATE")
        row = app.execute(
            "SELECT length(hash), length(prev) FROM records_event ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row == (64, 64)


@pytest.mark.parametrize("attempt", BY_THE_AUDITOR)
def test_the_database_refuses_the_auditor_even_in_a_writing_transaction(
    attempt: str, auditor: psycopg.Connection[Any]
) -> None:
    statement, code = BY_THE_AUDITOR[attempt]
    with auditor.transaction(force_rollback=True):
        auditor.execute("SET TRANSACTION READ WRITE")
        assert refusal(auditor, statement) == code


def test_the_auditors_transactions_are_read_only_before_any_right_is_asked(
    auditor: psycopg.Connection[Any],
) -> None:
    assert refusal(auditor, "CREATE TEMP TABLE sly (one int)") == READ_ONLY
    assert refusal(auditor, BY_THE_AUDITOR["delete events"][0]) in {READ_ONLY, DENIED}


def test_the_auditor_reads_every_table_of_the_instance_but_changes_none(
    auditor: psycopg.Connection[Any],
) -> None:
    rights = auditor.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
        " AND NOT has_table_privilege('qianshao_audit', c.oid, 'SELECT')"
    ).fetchall()
    writes = auditor.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
        " AND has_table_privilege('qianshao_audit', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
    ).fetchall()
    assert (rights, writes) == ([], [])


def test_the_application_holds_no_right_to_truncate_refer_or_trigger_on_any_table(
    app: psycopg.Connection[Any],
) -> None:
    held = app.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
        " AND (has_table_privilege(c.oid, 'TRUNCATE, REFERENCES, TRIGGER') OR pg_has_role(c.relowner, 'USAGE'))"
    ).fetchall()
    assert held == []


def test_control_with_the_right_granted_the_table_of_attempts_goes_red(app: psycopg.Connection[Any]) -> None:
    with address(HOME, "qianshao_owner").connect() as owner:
        owner.execute("GRANT DELETE ON records_attachment TO qianshao_app")
        try:
            assert refusal(app, BY_THE_APP["delete an attachment"]) is None
        finally:
            owner.execute("REVOKE DELETE ON records_attachment FROM qianshao_app")
    assert refusal(app, BY_THE_APP["delete an attachment"]) == DENIED
