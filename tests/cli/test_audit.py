"""`flask audit` lists what was done and proves that nobody has changed it."""

import json

import psycopg

from tests.cli.conftest import Run
from tests.conftest import Database


def test_a_command_is_in_the_log_with_who_ran_it_and_filters_find_it(
    flask_command: Run, db: Database
) -> None:
    flask_command("psp", "open", "stripe", "--reason", "their incident")
    flask_command("psp", "close", "stripe", "--reason", "over")

    listed = flask_command("audit", "list", "--action", "psp.circuit_o", "--actor", "cli:", "--json")

    (row,) = json.loads(listed.stdout)["items"]
    assert (row["action"], row["object"], row["role"]) == ("psp.circuit_opened", "stripe", "command")
    for filters in (["--request", "req_x"], ["--object", "other"], ["--before", "2020-01-01T00:00:00Z"]):
        assert json.loads(flask_command("audit", "list", *filters, "--json").stdout)["items"] == []
    assert flask_command("audit", "list", "--from", "yesterday").exit_code == 2


def test_verify_ends_with_6_and_names_the_first_row_that_was_changed(
    flask_command: Run, db: Database
) -> None:
    """Before that it ends with 0; both results are kept."""
    flask_command("psp", "open", "stripe", "--reason", "their incident")
    sealed = flask_command("audit", "seal", "--json")
    assert [item["rows"] for item in json.loads(sealed.stdout)["items"]] == [1]
    holds = flask_command("audit", "verify", "--json")
    assert (holds.exit_code, json.loads(holds.stdout)["holds"]) == (0, True)

    with psycopg.connect(db.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE audit_log SET reason = 'another'")
    broken = flask_command("audit", "verify", "--json")
    words = flask_command("audit", "verify")

    number = db.value("SELECT sequence FROM audit_log")
    assert (broken.exit_code, words.exit_code) == (6, 6)
    shown = json.loads(broken.stdout.splitlines()[0])
    assert [d["subject"] for d in shown["differences"]] == [f"row {number}"]
    assert f"row_not_as_sealed  row {number}" in words.output
    assert db.value("SELECT count(*) FROM audit_checks WHERE differences = 1") == 2
