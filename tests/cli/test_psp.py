"""`flask psp` takes a PSP out of service and puts it back, each with a reason that the audit log keeps."""

import json

import pytest

from checkout.psp import CircuitOpen
from checkout.psp.breaker import Breaker
from tests.cli.conftest import Run
from tests.conftest import Database


def test_open_stops_the_calls_of_every_process_and_close_lets_them_through(
    flask_command: Run, db: Database
) -> None:
    """A breaker made afterwards, as another process has it, refuses; after close it sends."""
    opened = flask_command("psp", "open", "stripe", "--reason", "their incident", "--json")

    assert opened.exit_code == 0, opened.output
    shown = json.loads(opened.stdout)
    assert (shown["in_service"], shown["reason"], shown["until"]) == (False, "their incident", None)
    with pytest.raises(CircuitOpen):
        Breaker("stripe").call(lambda: "sent")

    closed = flask_command("psp", "close", "stripe", "--reason", "over", "--json")

    assert json.loads(closed.stdout)["in_service"] is True
    assert Breaker("stripe").call(lambda: "sent") == "sent"
    assert [
        (row["action"], row["object"], row["reason"])
        for row in db.rows("SELECT * FROM audit_log ORDER BY at")
    ] == [
        ("psp.circuit_opened", "stripe", "their incident"),
        ("psp.circuit_closed", "stripe", "over"),
    ]


def test_open_for_some_minutes_says_until_when(flask_command: Run) -> None:
    opened = flask_command("psp", "open", "stripe", "--reason", "maintenance", "--minutes", "30", "--json")

    assert json.loads(opened.stdout)["until"] is not None


def test_status_says_that_it_is_in_service(flask_command: Run) -> None:
    status = flask_command("psp", "status", "--json")

    assert status.exit_code == 0
    assert json.loads(status.stdout)["in_service"] is True


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["open", "stripe"], 2),
        (["open", "adyen", "--reason", "x"], 2),
        (["open", "stripe", "--reason", "x", "--minutes", "0"], 2),
        (["close", "stripe", "--reason", "x"], 5),
    ],
    ids=["no-reason", "another-psp", "no-minutes", "not-open"],
)
def test_what_makes_no_sense_is_refused(flask_command: Run, arguments: list[str], exit_code: int) -> None:
    assert flask_command("psp", *arguments).exit_code == exit_code
