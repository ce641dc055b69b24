"""What was received is explained down to the row of the PSP's file, byte for byte; before its file it is not settled."""

from __future__ import annotations

import pytest

from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.explanations.evidence import settlement_of
from checkout.reconciliation.settled import settled_of
from tests.reconciliation.conftest import Night, csv_of, receive


@pytest.mark.parametrize(
    ("gross", "fee", "currency", "said"),
    [
        (2490, 102, "EUR", "24.90 EUR less 1.02 EUR is 23.88 EUR"),
        (1000, 29, "JPY", "1000 JPY less 29 JPY is 971 JPY"),
        (12340, 458, "KWD", "12.340 KWD less 0.458 KWD is 11.882 KWD"),
    ],
)
def test_the_row_that_tells_of_it_is_its_evidence(db, gross, fee, currency, said):
    """File, SHA-256, line and the row as it stands; the platform's people alone see the row."""
    night = Night()
    charge = night.charge(gross, fee, currency)
    payment = decode("pay", charge.payment)
    with atomic() as session:
        assert settlement_of(session, payment, with_raw=True) == ()
        assert settled_of(session, [payment]) == {}
    content = csv_of(night.rows())
    file, _ = receive(content, name="tonight.csv")

    with atomic() as session:
        (piece,) = settlement_of(session, payment, with_raw=True)
        (of_others,) = settlement_of(session, payment, with_raw=False)

    assert (piece.kind, piece.id, piece.name) == ("settlement", file.public_id, "tonight.csv")
    assert piece.note == f"line 2 of the file with SHA-256 {file.sha256}: {said}"
    assert piece.raw == content.decode().splitlines()[1]
    assert of_others.raw is None


def test_a_file_that_was_refused_settles_nothing(db):
    night = Night()
    charge = night.charge(2490, 102)
    receive(csv_of(night.rows()))
    db.rows("UPDATE settlement_files SET status = 'rejected'")

    with atomic() as session:
        assert settled_of(session, [decode("pay", charge.payment)]) == {}
