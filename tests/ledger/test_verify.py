"""The proof names what was tampered with. Rows are changed as a superuser with every trigger off."""

from __future__ import annotations

import pytest

from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import chart, journal, recipes
from checkout.ledger.chart import ROUNDING, psp_balance
from checkout.ledger.entry import credit, debit
from checkout.ledger.recipes import OrderPart
from checkout.ledger.reverse import reverse_entry
from checkout.ledger.seals import seal_ledger
from checkout.ledger.verify import verify_ledger
from tests.ledger.conftest import CAUSE, entry, eur, post, post_some


@pytest.fixture
def ledger(db, seller, captured):
    """Three orders, 201 roundings, one reversal, in three seals and two snapshots; then one entry not yet sealed."""
    captured(1500)
    captured(990)
    seal_ledger()
    post_some(100)
    mistake = post(entry(debit(ROUNDING, eur(9)), credit(chart.PROMOTIONS, eur(9))))
    with atomic() as session:
        reverse_entry(session, mistake.id, cause=CAUSE)
    seal_ledger()
    post_some(101)
    seal_ledger()
    captured(500)
    assert verify_ledger().holds
    return db


def tamper(db, statement, **parameters):
    with db.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement, parameters).rowcount > 0


def codes():
    return {difference.code for difference in verify_ledger().differences}


def test_an_untouched_ledger_holds(ledger):
    """Counts as they were posted; the one entry since the last seal is unsealed."""
    report = verify_ledger()

    assert (report.entries, report.postings, report.seals, report.unsealed_entries) == (206, 412, 3, 1)
    assert (report.difference_count, report.differences) == (0, ())


def test_an_empty_ledger_holds(db):
    """There is nothing wrong with nothing."""
    assert verify_ledger().holds


SEALED = "(SELECT id FROM journal_entries ORDER BY sequence LIMIT 1)"
TAMPERINGS = {
    "an amount": (f"UPDATE postings SET amount_minor = amount_minor + 1 WHERE entry_id = {SEALED} AND amount_minor > 0",
                  {"snapshot_differs", "entry_not_as_sealed", "entry_unbalanced", "trial_balance"}),
    "both amounts": (f"UPDATE postings SET amount_minor = amount_minor * 2 WHERE entry_id = {SEALED}",
                     {"snapshot_differs", "entry_not_as_sealed"}),
    "a posting's order": (f"UPDATE postings SET order_id = gen_random_uuid() WHERE entry_id = {SEALED} AND order_id IS NOT NULL",
                          {"entry_not_as_sealed"}),
    "a posting's account": (f"UPDATE postings SET account_id = (SELECT id FROM ledger_accounts WHERE kind = 'promotions')"
                            f" WHERE entry_id = {SEALED} AND amount_minor > 0", {"snapshot_differs", "entry_not_as_sealed"}),
    "a posting gone": (f"DELETE FROM postings WHERE entry_id = {SEALED} AND amount_minor > 0",
                       {"snapshot_differs", "entry_not_as_sealed", "entry_unbalanced", "entry_incomplete", "trial_balance"}),
    "a posting added": ("INSERT INTO postings (entry_id, account_id, currency, amount_minor) SELECT id, "
                        "(SELECT id FROM ledger_accounts WHERE kind = 'rounding'), 'EUR', 5 FROM journal_entries"
                        " ORDER BY sequence LIMIT 1", {"entry_not_as_sealed", "entry_unbalanced", "trial_balance"}),
    "a posting of nobody": ("INSERT INTO postings (entry_id, account_id, currency, amount_minor) SELECT gen_random_uuid(), "
                            "id, 'EUR', 5 FROM ledger_accounts WHERE kind = 'rounding'", {"posting_orphan", "trial_balance"}),
    "a posting's currency": (f"UPDATE postings SET currency = 'USD' WHERE entry_id = {SEALED}",
                             {"entry_not_as_sealed", "posting_currency"}),
    "an entry's kind": (f"UPDATE journal_entries SET kind = 'payment_unapplied' WHERE id = {SEALED}", {"entry_not_as_sealed"}),
    "an entry's key": (f"UPDATE journal_entries SET source_key = 'ch_other' WHERE id = {SEALED}", {"entry_not_as_sealed"}),
    "an entry's time": (f"UPDATE journal_entries SET effective_at = effective_at - interval '1 day' WHERE id = {SEALED}",
                        {"entry_not_as_sealed"}),
    "an entry's cause": (f"UPDATE journal_entries SET cause = 'person:usr_1' WHERE id = {SEALED}", {"entry_not_as_sealed"}),
    "an entry gone": (f"DELETE FROM journal_entries WHERE id = {SEALED}", {"entry_missing", "posting_orphan"}),
    "an account's owner": ("UPDATE ledger_accounts SET owner = 'adyen' WHERE kind = 'psp_balance'", {"entry_not_as_sealed"}),
    "an account gone": ("DELETE FROM ledger_accounts WHERE kind = 'promotions'", {"entry_not_as_sealed", "account_missing"}),
    "a snapshot": ("UPDATE balance_snapshots SET balance_minor = balance_minor + 1", {"snapshot_differs"}),
    "a seal's digest": ("UPDATE ledger_seals SET digest = sha256('x') WHERE number = 1", {"seal_digest"}),
    "a seal's root": ("UPDATE ledger_seals SET merkle_root = sha256('x') WHERE number = 2", {"seal_root", "seal_digest"}),
    "a seal's leaves": ("UPDATE ledger_seals SET leaves = sha256('x') || substr(leaves, 33) WHERE number = 2",
                        {"seal_root", "entry_not_as_sealed"}),
    "a seal's range": ("UPDATE ledger_seals SET last_sequence = last_sequence - 1 WHERE number = 2",
                       {"seal_digest", "seal_range", "entry_missing", "entry_not_as_sealed"}),
    "a seal gone": ("DELETE FROM ledger_seals WHERE number = 2",
                    {"seal_missing", "seal_range", "seal_digest", "entry_not_as_sealed"}),
    "a reversal": ("UPDATE postings SET amount_minor = amount_minor * 2 WHERE entry_id = (SELECT id FROM journal_entries"
                   " WHERE kind = 'reversal')", {"reversal_differs", "snapshot_differs", "entry_not_as_sealed"}),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERINGS)
def test_each_kind_of_tampering_is_named(ledger, what):
    """Exactly what follows from the change, and nothing else."""
    statement, expected = TAMPERINGS[what]
    tamper(ledger, statement)

    assert codes() == expected


def test_an_account_that_was_given_another_side_is_named(ledger):
    """The constraint that says the chart is dropped first, as a forger would."""
    definition = ledger.value(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'account_as_in_the_chart'"
    )
    ledger.rows("ALTER TABLE ledger_accounts DROP CONSTRAINT account_as_in_the_chart")
    try:
        tamper(ledger, "UPDATE ledger_accounts SET either_side = true WHERE kind = 'seller_pending'")
        assert codes() == {"account_not_as_in_the_chart"}
        tamper(ledger, "UPDATE ledger_accounts SET either_side = false WHERE kind = 'seller_pending'")
    finally:
        ledger.rows(f"ALTER TABLE ledger_accounts ADD CONSTRAINT account_as_in_the_chart {definition}")


def test_the_entry_is_named_by_its_id(ledger):
    """Not only that something is wrong somewhere."""
    first = ledger.value("SELECT id FROM journal_entries ORDER BY sequence LIMIT 1")
    tamper(ledger, "UPDATE journal_entries SET source = 'pay_other' WHERE id = %(id)s", id=first)

    (difference,) = verify_ledger().differences

    assert (difference.code, difference.subject) == ("entry_not_as_sealed", encode("jrn", first))


def test_a_forged_entry_below_a_seal_is_named(ledger):
    """Balanced, complete, and with a sequence number that was sealed long ago."""
    forged = new_uuid()
    tamper(
        ledger,
        "DELETE FROM journal_entries WHERE sequence = (SELECT max(sequence) - 50 FROM journal_entries)",
    )
    with ledger.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO journal_entries OVERRIDING SYSTEM VALUE SELECT %s, transaction, sequence - 50, kind,"
            " 'forged', source, cause, effective_at, recorded_at, NULL FROM journal_entries ORDER BY sequence DESC LIMIT 1",
            [forged],
        )

    found = {difference.subject for difference in verify_ledger().differences}

    assert encode("jrn", forged) in found


def test_an_account_on_its_wrong_side_is_named(ledger, seller):
    """Money of one order taken twice, past every trigger: the account and the order are named."""
    order = ledger.value("SELECT order_id FROM postings WHERE order_id IS NOT NULL ORDER BY id LIMIT 1")
    with ledger.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        forged = new_uuid()
        connection.execute(
            "INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)"
            " VALUES (%s, 'x', 'x', 'x', 'x', now(), now())",
            [forged],
        )
        connection.execute(
            "INSERT INTO postings (entry_id, account_id, order_id, currency, amount_minor)"
            " SELECT %(e)s, id, %(o)s, 'EUR', CASE kind WHEN 'rounding' THEN -9999 ELSE 9999 END"
            " FROM ledger_accounts WHERE kind IN ('rounding', 'seller_pending')",
            {"e": forged, "o": order},
        )

    report = verify_ledger()

    assert {d.code for d in report.differences} == {"account_on_wrong_side", "order_overdrawn"}
    assert encode("ord", order) in {d.subject for d in report.differences}


def test_only_the_first_differences_are_named_and_all_are_counted(ledger):
    """A ledger that is wrong everywhere does not fill the screen."""
    tamper(ledger, "UPDATE journal_entries SET cause = 'x'")

    report = verify_ledger()

    assert report.difference_count == 205
    assert len(report.differences) == 10


class TestPayments:
    """The payments' table against the journal."""

    @pytest.fixture
    def payment(self, db):
        """A succeeded payment of two orders, booked."""
        ids = {name: new_uuid() for name in ("payment", "storefront", "shopper", "seller", "plan", "a", "b")}
        with db.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(
                """
                INSERT INTO payments (id, storefront_id, shopper_id, fingerprint, livemode, status, amount_minor,
                    amount_received_minor, currency, return_url, psp, psp_idempotency_key, psp_request,
                    session_expires_at, created_at, updated_at)
                VALUES (%(payment)s, %(storefront)s, %(shopper)s, '', false, 'succeeded', 2490, 2490, 'EUR', 'http://x',
                    'stripe', 'k', '{}', now(), now(), now())
                """,
                ids,
            )
            for position, (name, amount) in enumerate((("a", 1500), ("b", 990))):
                connection.execute(
                    """
                    INSERT INTO orders (id, payment_id, storefront_id, seller_id, position, status, amount_minor,
                        currency, commission_minor, fee_plan_id, created_at, updated_at)
                    VALUES (%(id)s, %(payment)s, %(storefront)s, %(seller)s, %(position)s, 'paid', %(amount)s, 'EUR', 0,
                        %(plan)s, now(), now())
                    """,
                    ids | {"id": ids[name], "position": position, "amount": amount},
                )
        post(
            recipes.payment_captured(
                payment_id=ids["payment"],
                psp="stripe",
                charge_id="ch_1",
                amount=eur(2490),
                orders=[
                    OrderPart(ids["a"], ids["seller"], eur(1500)),
                    OrderPart(ids["b"], ids["seller"], eur(990)),
                ],
            )
        )
        assert verify_ledger().holds
        return ids

    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            ("UPDATE payments SET amount_received_minor = 2489", {"amount_received_differs"}),
            ("UPDATE payments SET status = 'expired'", {"status_differs"}),
            (
                "UPDATE orders SET amount_minor = 1499 WHERE position = 0",
                {"order_differs", "order_held_differs"},
            ),
            ("DELETE FROM orders WHERE position = 1", {"order_differs"}),
        ],
    )
    def test_a_payment_that_says_something_else_is_named(self, db, payment, statement, expected):
        """What it received, whether it succeeded, what its orders are worth, which orders it has."""
        tamper(db, statement)

        assert codes() == expected

    def test_orders_paid_after_a_review_are_compared_too(self, db, payment):
        """15.00 were applied to the first order; it says 14.99."""
        tamper(db, "UPDATE journal_entries SET kind = 'unapplied_applied'")
        assert codes() == set()

        tamper(db, "UPDATE orders SET amount_minor = 1499 WHERE position = 0")

        assert codes() == {"order_differs", "order_held_differs"}

    def test_a_payment_that_succeeded_without_money_is_named(self, db, payment):
        """The entry belongs to another payment: neither the money nor the success has the other."""
        tamper(db, "UPDATE payments SET id = gen_random_uuid()")
        tamper(db, "UPDATE orders SET payment_id = (SELECT id FROM payments)")

        assert codes() == {"amount_received_differs", "status_differs"}


def test_other_currencies_are_summed_by_themselves(db):
    """A EUR and a KWD entry: both hold, and a difference says which currency it is in."""
    for currency in ("EUR", "KWD"):
        money = Money(12345, currency)
        with atomic() as session:
            journal.post(
                session, entry(debit(ROUNDING, money), credit(psp_balance("stripe"), money)), cause=CAUSE
            )
    tamper(
        db, "UPDATE postings SET amount_minor = amount_minor + 5 WHERE currency = 'KWD' AND amount_minor > 0"
    )

    details = {d.code: d.detail for d in verify_ledger().differences}

    assert details["trial_balance"] == "all postings add up to 0.005 KWD"
