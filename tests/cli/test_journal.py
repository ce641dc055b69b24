"""`flask journal`: the file, its checksum, and what is left alone when it cannot be written."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.accounting.conftest import a_march


@pytest.fixture
def march(db):
    a_march()


def test_export_writes_the_whole_file_and_says_its_checksum(march, flask_command, tmp_path):
    """Nine postings of March, and nothing beside the file."""
    out = tmp_path / "books" / "f.csv"
    out.parent.mkdir()

    result = flask_command(
        "journal", "export", "--period", "2026-03", "--profile", "generic", "--out", str(out), "--json"
    )

    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["rows"], said["totals"]["JPY"]) == (9, {"debit": 1000, "credit": 1000})
    assert said["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert list(out.parent.iterdir()) == [out]
    listed = json.loads(flask_command("journal", "exports", "--json").stdout)["items"]
    assert (listed[0]["sha256"], listed[0]["by"].partition(":")[0]) == (said["sha256"], "cli")


def test_export_tells_what_a_profile_does_not_take(march, flask_command, tmp_path):
    result = flask_command(
        "journal",
        "export",
        "--period",
        "2026-03",
        "--profile",
        "datev-like",
        "--out",
        str(tmp_path / "f.csv"),
    )

    assert result.exit_code == 0
    assert "2 postings in KWD are not in the file" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--period", "March"), 2, "a period is 2026-03"),
        (("--period", "2026-03", "--profile", "none"), 3, "there is no profile none"),
        (
            ("--period", "2026-03", "--format", "jsonl", "--profile", "datev-like"),
            2,
            "JSON lines have the generic",
        ),
    ],
)
def test_a_refused_export_leaves_the_old_file(march, flask_command, tmp_path, arguments, code, said):
    """What was there stays, and no piece of a new one lies beside it."""
    out = tmp_path / "f.csv"
    out.write_text("of last month")

    result = flask_command("journal", "export", *arguments, "--out", str(out))

    assert (result.exit_code, said in result.stderr) == (code, True)
    assert [path.read_text() for path in tmp_path.glob("f.csv*")] == ["of last month"]


def test_profiles_are_listed(db, flask_command):
    items = json.loads(flask_command("journal", "profiles", "--json").stdout)["items"]

    assert {item["profile"] for item in items} >= {"generic@1", "datev-like@1", "quickbooks-like@1"}
