"""A night is added up by hashes of its numbers; what differs is found all the same, and nothing makes up for anything else."""

from __future__ import annotations

import re

import pytest

from checkout.db.session import atomic
from checkout.reconciliation.matching import compare, statements
from checkout.reconciliation.queries import files_of
from tests.reconciliation.conftest import DAY, changed, csv_of, receive


def differing() -> list[tuple[str, int]]:
    """Number and gross of each line that is not what the journal says."""
    with atomic() as session:
        found = compare.differing_lines(session, files_of("stripe", DAY), "stripe")
    return [(line.number, line.gross_minor) for line in found]


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_a_number_that_is_told_twice_is_looked_at_although_its_lines_add_up(db, night, currency):
    """2 000 minor units with a fee of 88 here; there 1 500 with all of the fee, and 500 under the same number."""
    twice, _ = night.charge(2000, 88, currency), night.charge(1000, 59, currency)
    rows = [changed(twice, gross=1500, fee=88), changed(twice, gross=500, fee=0), night.movements[1].row()]
    receive(csv_of(rows))
    assert differing() == [("txn_1", 1500), ("txn_1", 500)]


def test_a_cent_too_many_does_not_make_up_for_one_too_few(db, night):
    """24.91 for 24.90 and 9.99 for 10.00: the night's sums are right, and both lines are found."""
    more, less = night.charge(2490, 102), night.charge(1000, 59)
    receive(csv_of([changed(more, gross=2491), changed(less, gross=999)]))
    assert differing() == [("txn_1", 2491), ("txn_2", 999)]


@pytest.mark.parametrize("hash", ["0::bigint", "ascii(right({}.number, 1))::bigint & 1"])
def test_numbers_of_one_hash_are_told_apart(db, night, monkeypatch, hash):
    """With one hash for all numbers, or for every other: the line that lies, 23.90 for 24.90, is found, and it alone."""
    monkeypatch.setattr(
        statements,
        "REMAINDER",
        re.sub(
            r"hashtextextended\((\w)\.number, hashtext\(\w\.currency\)\)",
            lambda found: hash.format(found[1]),
            statements.REMAINDER,
        ),
    )
    assert "hashtext" not in statements.REMAINDER
    lies = night.charge(2490, 102)
    clean = [night.charge(gross, 59) for gross in (1000, 2490, 1000)]
    receive(csv_of([changed(lies, gross=2390), *(movement.row() for movement in clean)]))
    assert differing() == [("txn_1", 2390)]
