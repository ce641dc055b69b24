"""Posting: a fact enters the journal once, whole, whoever brings it and however often."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.audit.context import acting
from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import chart, journal, recipes
from checkout.ledger.accounts import account_ids
from checkout.ledger.chart import PROMOTIONS, PSP_FEES, ROUNDING, psp_balance
from checkout.ledger.entry import PspNumber, credit, debit
from checkout.ledger.errors import NumberTaken, PostedDifferently
from checkout.ledger.recipes import OrderPart
from tests.ledger.conftest import CAUSE, balance, entry, eur, post

COUNTS = """
    SELECT (SELECT count(*) FROM journal_entries) AS entries, (SELECT count(*) FROM postings) AS postings,
           (SELECT count(*) FROM ledger_checks_due) AS due
"""


def fee(number="txn_1", amount=61):
    return recipes.psp_fee(source="pay_1", psp="stripe", number=number, fee=eur(amount))


def test_an_entry_is_stored_with_all_it_says(db):
    """Kind, key, source, cause, both times, and each leg with its order."""
    payment, order, seller = new_uuid(), new_uuid(), new_uuid()

    posted = post(
        recipes.payment_captured(
            payment_id=payment,
            psp="stripe",
            charge_id="ch_1",
            amount=Money(2490, "KWD"),
            orders=[OrderPart(order, seller, Money(2490, "KWD"))],
        )
    )

    (stored,) = db.rows("SELECT * FROM journal_entries")
    assert (stored["id"], stored["kind"], stored["source_key"]) == (posted.id, "payment_captured", "ch_1")
    assert (stored["source"][:4], stored["cause"]) == ("pay_", "system:test")
    assert stored["effective_at"] == stored["recorded_at"] == posted.recorded_at
    assert db.rows("""
        SELECT kind, owner, p.currency, amount_minor, order_id FROM postings AS p
          JOIN ledger_accounts AS a ON a.id = account_id ORDER BY p.id
    """) == [
        {"kind": "psp_balance", "owner": "stripe", "currency": "KWD", "amount_minor": 2490, "order_id": None},
        {
            "kind": "seller_pending",
            "owner": chart.seller_pending(seller).owner,
            "currency": "KWD",
            "amount_minor": -2490,
            "order_id": order,
        },
    ]


def test_a_fact_that_comes_again_is_not_posted_again(db):
    """The second caller is told None; the books show it once."""
    assert post(fee()) is not None
    assert post(fee()) is None

    assert db.rows(COUNTS) == [{"entries": 1, "postings": 2, "due": 0}]
    assert balance(PSP_FEES) == 61


def test_a_fact_that_comes_again_with_another_amount_is_refused(db):
    """61 cents under a number that was booked with 60: nothing is posted, and it does not pass in silence."""
    post(fee(amount=60))

    with pytest.raises(PostedDifferently, match="psp_fee txn_1"):
        post(fee(amount=61))

    assert balance(PSP_FEES) == 60


def test_what_is_rolled_back_was_never_posted(db):
    """Neither the entry nor the accounts it made; the next caller makes them anew."""
    with pytest.raises(RuntimeError), atomic() as session:
        journal.post(session, fee(), cause=CAUSE)
        raise RuntimeError

    assert db.value("SELECT count(*) FROM ledger_accounts") == 0
    assert post(fee()) is not None
    assert balance(PSP_FEES) == 61


def test_the_number_of_a_movement_is_registered_with_it(db):
    """An entry keyed by the PSP's number is found by it; the fee under the same number is another part."""
    posted = post(fee("txn_1"))

    with atomic() as session:
        assert journal.entry_by_number(session, "stripe", "txn_1", part="fee") == posted.id
        assert journal.entry_by_number(session, "stripe", "txn_1") is None


def test_a_number_is_learnt_once_and_names_one_entry(db):
    """Learning it again is nothing; under another entry it is refused."""
    first, second = post(entry_of(100)), post(entry_of(200))
    with atomic() as session:
        journal.learn_number(session, "stripe", "txn_9", first.id)
    with atomic() as session:
        journal.learn_number(session, "stripe", "txn_9", first.id)

    with pytest.raises(NumberTaken, match="txn_9"), atomic() as session:
        journal.learn_number(session, "stripe", "txn_9", second.id)

    assert db.value("SELECT entry_id FROM psp_numbers") == first.id


def test_one_number_cannot_move_money_twice_under_two_kinds(db):
    """A refund booked under txn_5 cannot be booked again as an external one."""
    legs = (debit(PROMOTIONS, eur(5)), credit(psp_balance("stripe"), eur(5)))
    sent = journal.Entry("refund_sent", "txn_5", "re_1", legs, psp_number=PspNumber("stripe", "txn_5"))
    again = journal.Entry("external_refund", "txn_5", "re_1", legs, psp_number=PspNumber("stripe", "txn_5"))
    post(sent)

    with pytest.raises(NumberTaken):
        post(again)

    assert balance(psp_balance("stripe")) == -5


def test_a_batch_is_posted_in_one_go_and_says_which_were_new(db):
    """120 entries of which one was there before: the answers stand in the order of the questions."""
    old = entry_of(1)
    post(old)
    batch = [entry_of(n) for n in range(1, 61)] + [old] + [entry_of(n) for n in range(61, 120)]

    with atomic() as session:
        posted = journal.post_many(session, batch, cause=CAUSE)

    assert [index for index, line in enumerate(posted) if line is None] == [60]
    assert [line.source_key for line in posted if line] == [e.source_key for e in batch if e is not old]
    assert balance(ROUNDING) == 1 + sum(range(1, 120))
    assert db.rows(COUNTS) == [{"entries": 120, "postings": 240, "due": 0}]


def test_the_same_fact_twice_in_a_batch_is_posted_once(db):
    """The second one finds the first."""
    twice = entry_of(7)

    with atomic() as session:
        posted = journal.post_many(session, [twice, twice], cause=CAUSE)

    assert sorted(line is None for line in posted) == [False, True]
    assert balance(ROUNDING) == 7


def test_more_than_one_statement_takes_a_large_batch(db, monkeypatch):
    """Batches are bounded; what is past the bound goes into the next statement of the same transaction."""
    monkeypatch.setattr(journal, "BATCH_AT_MOST", 10)

    with atomic() as session:
        posted = journal.post_many(session, [entry_of(1) for _ in range(25)], cause=CAUSE)

    assert len({line.id for line in posted}) == 25
    assert balance(ROUNDING) == 25


def test_an_empty_batch_is_nothing(db):
    """No statement is sent for it."""
    with atomic() as session:
        assert journal.post_many(session, [], cause=CAUSE) == []


def test_an_account_is_remembered_only_after_its_commit(db):
    """Ids of a transaction that rolled back are not handed out again."""
    key = ("rounding", "platform", "EUR")
    with pytest.raises(RuntimeError), atomic() as session:
        lost = account_ids(session, [key])[key]
        raise RuntimeError
    with atomic() as session:
        kept = account_ids(session, [key])[key]
    with atomic() as session:
        again = account_ids(session, [key])[key]

    assert lost != kept == again


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.lists(
            st.tuples(st.integers(1, 8), st.integers(1, 99_999_999), st.sampled_from(["EUR", "JPY", "KWD"]))
        ),
        max_size=4,
    )
)
def test_the_ledger_sums_to_zero_whatever_is_posted_in_whatever_batches(db, batches):
    """Any facts, any repeats, one by one or together: sums are zero, and the cached way and the long way agree."""
    run = new_uuid().hex
    seen = set()
    for batch in batches:
        entries = []
        for key, amount, currency in batch:
            if (key, currency) in seen:
                continue
            seen.add((key, currency))
            money = Money(amount, currency)
            entries.append(
                entry(
                    debit(ROUNDING, money),
                    credit(psp_balance("stripe"), money),
                    key=f"{run}:{key}:{currency}",
                )
            )
        with atomic() as session:
            assert None not in journal.post_many(session, entries, cause=CAUSE)

    assert db.rows("SELECT currency FROM postings GROUP BY currency HAVING sum(amount_minor) <> 0") == []
    assert (
        db.rows("""
        SELECT id FROM ledger_accounts AS a
         WHERE account_balance(id) <> (SELECT coalesce(sum(amount_minor), 0) FROM postings WHERE account_id = a.id)
    """)
        == []
    )


def entry_of(amount_minor):
    return entry(debit(ROUNDING, eur(amount_minor)), credit(psp_balance("stripe"), eur(amount_minor)))


def test_every_entry_has_its_audit_row(db):
    """Who moved the money, in one entry and in a batch; a fact that comes again leaves none."""
    single = entry(debit(ROUNDING, eur(1)), credit(psp_balance("stripe"), eur(1)))
    with acting("task:tsk_1", "payouts.run_due"):
        posted = post(single)
        post(single)
        with atomic() as session:
            several = [
                entry(debit(ROUNDING, eur(2)), credit(psp_balance("stripe"), eur(2))),
                single,
            ]
            batch = journal.post_many(session, several, cause=Cause("request", "req_1"))

    rows = db.rows("SELECT actor, role, action, object, after, request_id FROM audit_log ORDER BY sequence")
    assert [row["after"]["entry"] for row in rows] == [encode("jrn", posted.id), encode("jrn", batch[0].id)]
    assert {(row["action"], row["object"]) for row in rows} == {(f"ledger.{single.kind}", single.source)}
    assert [(row["actor"], row["role"], row["request_id"]) for row in rows] == [
        ("system:test", "payouts.run_due", None),
        ("task:tsk_1", "payouts.run_due", "req_1"),
    ]
