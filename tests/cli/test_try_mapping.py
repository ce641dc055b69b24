"""`flask reconcile try-mapping` shows what a mapping makes of a file, and names what is wrong with either."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.reconciliation.writers import mapped
from tests.reconciliation.writers.told import Told

AT = datetime(2026, 3, 14, 1, 0, tzinfo=UTC)


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "a-bank.v2.yaml"
    path.write_text(mapped.MAPPING, encoding="utf-8")
    return path


@pytest.fixture
def try_file(tmp_path, mapping, flask_command):
    def tried(content: bytes):
        path = tmp_path / "night.csv"
        path.write_bytes(content)
        return flask_command("reconcile", "try-mapping", str(path), "--mapping", str(mapping), "--json")

    return tried


def test_the_first_lines_are_shown(try_file):
    """1.234,50 in the file of a bank in Tokyo is 1234.50 EUR at one o'clock in UTC."""
    result = try_file(mapped.write([Told("payout", 123450, 0, "EUR", AT, "Müller")]))

    (line,) = json.loads(result.stdout)["items"]

    assert (line["gross"], line["reference"], line["kind"], line["line"]) == (
        "1234.50 EUR",
        "Müller",
        "payout",
        3,
    )
    assert line["at"].startswith("2026-03-14T01:00:00")


def test_a_row_that_cannot_be_read_is_named(try_file):
    """The good line is shown, the other one named with its number; the command fails."""
    night = [Told("payout", 100, 0, "EUR", AT, "a"), Told("fee", -5, 0, "EUR", AT, "b", garbled=True)]
    result = try_file(mapped.write(night))
    assert (result.exit_code, "line 4  row_rejected" in result.output) == (1, True)


def test_a_file_of_other_columns_is_told(try_file):
    """Its header names none of the mapping's columns."""
    result = try_file(b"preamble\r\na;b\r\n1;2\r\n")
    assert result.exit_code == 1
    assert "has no column Referenz" in result.output


def test_a_wrong_mapping_names_its_key(try_file, mapping):
    """An unknown unit: the key's whole path is told."""
    mapping.write_text(mapped.MAPPING.replace("{sign: side,", "{sign: side, unit: cents,"))
    result = try_file(mapped.write([]))
    assert result.exit_code == 1
    assert "amounts.unit" in result.output
