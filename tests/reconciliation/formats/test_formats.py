"""Every format: what a writer writes the reader reads back, byte for byte; a bad row is named by its line; bytes that were
changed anywhere are refused or read, and nothing else happens."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.reconciliation.files import opening
from checkout.reconciliation.files.opening import open_file
from checkout.reconciliation.formats.line import OtherLine, SettlementFileInvalid, SettlementLine
from tests.reconciliation.writers import WRITERS, mapped
from tests.reconciliation.writers.told import GARBLED, Told, nights

FORMATS = sorted(WRITERS)
MUTATIONS = 200


@pytest.fixture(scope="module", autouse=True)
def mappings(tmp_path_factory):
    """The mapped bank's file is known beside camt.053."""
    folder = tmp_path_factory.mktemp("mappings")
    (folder / "a-bank.v2.yaml").write_text(mapped.MAPPING, encoding="utf-8")
    opening.configure(mappings_dir=folder)
    yield
    opening.configure(mappings_dir=None)


def read(writer, content: bytes) -> list[SettlementLine | OtherLine]:
    return list(open_file(io.BytesIO(content), writer.PSP).rows())


def a_night(writer, count: int = 5) -> list[Told]:
    kinds = sorted(writer.KINDS)
    at = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
    return [
        Told(
            kinds[n % len(kinds)], writer.KINDS[kinds[n % len(kinds)]] * (1000 + n), 29, "EUR", at, f"pay_{n}"
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_is_read_back(name):
    """Any night: the same lines in our units and words, and all rows' bytes together are the file."""
    writer = WRITERS[name]

    @settings(max_examples=25, deadline=None)
    @given(nights(writer.KINDS, writer.CURRENCIES))
    def holds(night):
        content = writer.write(night)
        rows = read(writer, content)
        assert b"".join(row.raw for row in rows) == content
        lines = [row for row in rows if isinstance(row, SettlementLine)]
        assert [
            {key: row._asdict()[key] for key in writer.read(told, 0)}
            for row, told in zip(lines, night, strict=True)
        ] == [writer.read(told, n) for n, told in enumerate(night)]
        assert not [row for row in rows if isinstance(row, OtherLine) and row.role == "rejected"]
        assert [row.line for row in rows] == sorted({row.line for row in rows})

    holds()


@pytest.mark.parametrize("name", FORMATS)
def test_a_bad_row_is_named_by_its_line(name):
    """One amount with letters in it: that row is kept out with its line and its number, the others are there."""
    writer = WRITERS[name]

    @settings(max_examples=10, deadline=None)
    @given(nights(writer.KINDS, writer.CURRENCIES), st.data())
    def holds(night, data):
        bad = data.draw(st.integers(0, len(night) - 1))
        content = writer.write([replace(told, garbled=n == bad) for n, told in enumerate(night)])
        if name == "adyen" and len(night) == 1:
            with pytest.raises(SettlementFileInvalid, match="names its batch"):
                read(writer, content)
            return
        rows = read(writer, content)
        (rejected,) = [row for row in rows if isinstance(row, OtherLine) and row.role == "rejected"]
        assert GARBLED.encode() in content.split(b"\n")[rejected.line - 1]
        assert (rejected.code, rejected.number) == ("row_rejected", writer.read(night[bad], bad)["number"])
        assert sum(isinstance(row, SettlementLine) for row in rows) == len(night) - 1
        assert b"".join(row.raw for row in rows) == content

    holds()


@pytest.mark.parametrize("name", FORMATS)
def test_changed_bytes_are_refused_or_read(name):
    """Two hundred files with bytes changed, cut out or doubled: no other error, and what is read whole is the file."""
    writer, chance = WRITERS[name], random.Random(name)
    content = writer.write(a_night(writer))
    outcomes = set()
    for _ in range(MUTATIONS):
        changed = mutated(content, chance)
        try:
            rows = read(writer, changed)
        except SettlementFileInvalid as error:
            outcomes.add(error.code)
        else:
            outcomes.add("read")
            assert b"".join(row.raw for row in rows) == changed
    assert {"read", "header"} <= outcomes


def mutated(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(changed)), chance.randint(1, 12)
        match chance.randrange(4):
            case 0:
                changed[at] = chance.randrange(256)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length]
            case _:
                changed[at : at + 1] = chance.choice(
                    [b'"', b",", b"\n", b"<", b"-", b"9" * 30, b"\xff", b"&", b"0001-"]
                )
    return bytes(changed)
