"""Evidence tells of persons: it goes with them, and not while the bank still decides."""

from __future__ import annotations

import pytest

from checkout.core.cause import Cause
from checkout.disputes.draft import read_draft
from checkout.disputes.errors import InvalidDisputeState
from checkout.disputes.evidence_key import own_key
from checkout.disputes.files import files_of
from checkout.privacy import ErasureRefused, erase_person, export_person
from tests.disputes.test_evidence import add, save, submit
from tests.tables import everything_in

CAUSE = Cause("cli", "test")


def test_an_open_dispute_forbids_the_erasure(bank):
    """The refusal names it."""
    payment = bank.paid(1500)
    bank.released(payment)
    dispute = bank.now(bank.told(payment))

    with pytest.raises(ErasureRefused, match=f"{dispute.public_id} is needs response"):
        erase_person("jo@example.org", reason="asked for it", cause=CAUSE)


def test_evidence_is_shown_to_the_person_and_erased_with_them(bank):
    """Words, documents, what was handed in, and the key that opened them; the dispute and its money stay."""
    payment = bank.paid(1500)
    bank.released(payment)
    told = bank.told(payment)
    dispute = bank.now(told)
    save(dispute.id, 0, service_date="on Jo's birthday")
    add(dispute.id, name="Jo's slip.pdf")
    submit(dispute.id)
    bank.tells(bank.psp.decide(told.id, "lost"), "closed")

    (shown,) = export_person("jo@example.org", cause=CAUSE)["shoppers"][0]["payments"][0]["disputes"]
    erase_person("jo@example.org", reason="asked for it", cause=CAUSE)

    assert shown["evidence"] == {"service_date": "on Jo's birthday"}
    assert shown["files"] == [{"field": "receipt", "name": "Jo_s slip.pdf"}]
    left = read_draft(dispute.id)
    assert (left.texts, left.is_erased, list(files_of(dispute.id))) == ({}, True, [])
    kept = bank.db.rows("SELECT key_sealed, texts FROM dispute_evidence")
    assert kept == [{"key_sealed": None, "texts": None}]
    assert bank.db.rows("SELECT content, name FROM dispute_files") == [{"content": None, "name": None}]
    assert bank.db.rows("SELECT request, wire FROM dispute_answers") == [{"request": None, "wire": None}]
    assert bank.now(told).status == "lost"
    assert "birthday" not in "".join(everything_in(bank.db).values())
    with pytest.raises(InvalidDisputeState, match="erased"):
        own_key(dispute.id, by="cli:test")
