"""`flask secrets`, as an operator and a script use it."""

import json


def test_status_then_rotate(flask_command, db):
    """Both end with 0 where nothing is left; the rotation is in the audit log."""
    before = json.loads(flask_command("secrets", "status", "--json").stdout)

    result = flask_command("secrets", "rotate", "--settle-seconds", "0", "--json")

    done = json.loads(result.stdout)
    after = json.loads(flask_command("secrets", "status", "--json").stdout)
    assert (before["data_key"], before["values_behind"]) == (None, 0)
    assert (result.exit_code, done["complete"], done["values_left"]) == (0, True, 0)
    assert after["data_key"] == done["data_key"]
    assert "wrapped" not in json.dumps(after)
    assert db.value("SELECT action FROM audit_log") == "secrets.rotate"
    assert flask_command("secrets", "status").exit_code == 0


def test_what_is_left_under_the_old_key_ends_with_one(flask_command, db, monkeypatch):
    monkeypatch.setattr(
        "checkout.secrets.rotate.count_by_key", lambda columns: {("people.seed_sealed", None): 3}
    )

    result = flask_command("secrets", "rotate", "--settle-seconds", "0")

    assert result.exit_code == 1
    assert "3 values and 0 data keys are still under an old key" in result.stderr
