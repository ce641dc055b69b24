"""Seals: everything final, once, in order, each holding the one before."""

from __future__ import annotations

from hashlib import sha256

import psycopg

from checkout.core.ids import new_uuid
from checkout.db.session import engine
from checkout.ledger import chart, horizon, merkle, seals
from checkout.ledger.chart import ROUNDING, psp_balance
from checkout.ledger.entry import credit, debit
from checkout.ledger.horizon import settled_horizon
from checkout.ledger.queries import get_entry
from checkout.ledger.seals import seal_ledger
from checkout.ledger.verify import verify_ledger
from tests.concurrency import at_once
from tests.ledger.conftest import entry, eur, post, post_some


def test_the_chain_covers_everything_without_a_gap(db):
    """Three runs over 3, 2 and 0 new entries: two seals that follow on one another."""
    post_some(3)
    (first,) = seal_ledger()
    post_some(2)
    (second,) = seal_ledger()

    assert seal_ledger() == []
    assert (first.number, first.entries, second.number, second.entries) == (1, 3, 2, 2)
    assert second.first_sequence == first.last_sequence + 1
    assert verify_ledger().head_digest == second.digest.hex()


def test_a_long_journal_is_sealed_in_bounded_pieces(db, monkeypatch):
    """Seven entries, at most three a seal."""
    monkeypatch.setattr(seals, "SEAL_ENTRIES_AT_MOST", 3)
    post_some(7)

    assert [seal.entries for seal in seal_ledger()] == [3, 3, 1]
    assert verify_ledger().holds


def test_two_sealers_at_once_make_one_chain(db):
    """Four jobs over the same entries: each entry sealed once."""
    post_some(5)

    at_once(*[seal_ledger] * 4)

    assert db.value("SELECT sum(entries) FROM ledger_seals") == 5
    assert verify_ledger().holds


def test_an_entry_still_uncommitted_below_others_is_waited_for(db):
    """A slow transaction holds a low number while a later one commits: nothing is sealed past it, then all is."""
    post_some(1)
    with psycopg.connect(db.url) as slow:
        slow.execute("""
            WITH e AS (INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
                       VALUES (gen_random_uuid(), 'slow', 'k', 's', 'c', now(), now()) RETURNING id)
            INSERT INTO postings (entry_id, account_id, currency, amount_minor)
            SELECT e.id, a.id, 'EUR', CASE a.kind WHEN 'rounding' THEN 5 ELSE -5 END FROM e, ledger_accounts AS a
        """)
        post_some(1)
        assert settled_horizon(wait_seconds=0.1) is None
        slow.commit()

    (seal,) = seal_ledger()

    assert seal.entries == 3
    assert verify_ledger().holds


def test_a_long_transaction_that_does_not_write_to_the_journal_is_not_waited_for(db):
    """It has changed another table and read the journal: the seal does not concern it."""
    post_some(2)
    with psycopg.connect(db.url) as slow:
        slow.execute("INSERT INTO heartbeats (process, role, seen_at) VALUES ('p', 'test', now())")
        slow.execute("SELECT count(*) FROM journal_entries")

        assert settled_horizon(wait_seconds=0.0) is not None
        (seal,) = seal_ledger()
        slow.rollback()

    assert seal.entries == 2


def test_control_a_seal_that_does_not_wait_is_caught_by_the_proof(db, monkeypatch):
    """The wait left out: the slow entry appears below a seal, and verify names it."""
    post_some(1)
    with psycopg.connect(db.url) as slow:
        slow.execute("""
            WITH e AS (INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
                       VALUES (gen_random_uuid(), 'slow', 'k', 's', 'c', now(), now()) RETURNING id)
            INSERT INTO postings (entry_id, account_id, currency, amount_minor)
            SELECT e.id, a.id, 'EUR', CASE a.kind WHEN 'rounding' THEN 5 ELSE -5 END FROM e, ledger_accounts AS a
        """)
        post_some(1)
        monkeypatch.setattr(seals, "settled_horizon", lambda: horizon.Horizon(10**9, 10**9))
        seal_ledger()
        slow.commit()

    report = verify_ledger()

    assert [difference.code for difference in report.differences] == ["entry_not_as_sealed"]


def test_under_traffic_every_snapshot_holds_and_nothing_is_left_out(db, seller):
    """Six threads post 40 entries each, one by one, while others seal and prove: no proof finds a difference, and at
    the end every entry is under a seal."""

    def traffic():
        for _ in range(40):
            order = new_uuid()
            post(
                entry(
                    debit(psp_balance("stripe"), eur(10)),
                    credit(chart.seller_pending(seller), eur(10), order_id=order),
                )
            )

    def prove():
        return [verify_ledger().differences for _ in range(6)]

    outcomes = at_once(*[traffic] * 6, lambda: [seal_ledger() for _ in range(6)], prove, prove)
    seal_ledger()

    assert outcomes[:6] == [None] * 6
    assert outcomes[7:] == [[()] * 6] * 2
    report = verify_ledger()
    assert (report.holds, report.entries, report.unsealed_entries) == (True, 240, 0)


def test_a_long_account_is_snapshotted_and_its_balance_stays_the_same(db):
    """201 postings on two accounts: two snapshots; balances before, after, and with more postings on top."""
    post_some(201)
    total = "SELECT account_balance(id) FROM ledger_accounts WHERE kind = 'rounding'"
    assert db.value(total) == 201

    seal_ledger()

    assert db.value("SELECT count(*) FROM balance_snapshots") == 2
    assert db.value(total) == 201
    post_some(3)
    assert db.value(total) == 204
    seal_ledger()
    assert db.value("SELECT count(*) FROM balance_snapshots") == 2
    assert verify_ledger().holds


def test_the_canonical_form_is_what_is_written_down(db):
    """Anybody can compute a leaf from the description alone: this test does."""
    posted = post(entry(debit(ROUNDING, eur(7)), credit(psp_balance("stripe"), eur(7)), key="ö"))
    with engine().connect() as connection:
        stored = get_entry(connection, posted.id)
    numbers = [line.number for line in stored.lines]
    at = posted.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    expected = (
        f'{{"cause":"system:test","effective_at":"{at}","id":"{posted.id}","kind":"suspense_cleared",'
        f'"postings":[[{numbers[0]},"rounding","platform",null,"EUR",7],[{numbers[1]},"psp_balance","stripe",null,'
        f'"EUR",-7]],"recorded_at":"{at}","reverses":null,"sequence":{stored.sequence},"source":"alr_test",'
        f'"source_key":"ö"}}'
    ).encode()

    assert merkle.canonical_form(stored) == expected
    assert merkle.leaf(stored) == sha256(b"\x00" + expected).digest()
