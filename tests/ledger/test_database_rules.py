"""What PostgreSQL refuses by itself, in plain SQL, whoever asks: nothing here goes through the journal's code."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from checkout.core.ids import new_uuid
from checkout.ledger.chart import CHART, ROUNDING, psp_balance
from checkout.ledger.entry import credit, debit
from tests.ledger.conftest import entry, eur, post

TABLES = (
    "ledger_accounts",
    "journal_entries",
    "postings",
    "psp_numbers",
    "balance_snapshots",
    "ledger_seals",
)
ENTRY = """
    INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
    VALUES (%s, 'test', %s, 'alr_1', 'system:test', now(), now())
"""
POSTING = "INSERT INTO postings (entry_id, account_id, currency, amount_minor) VALUES (%s, %s, %s, %s)"


class ByHand:
    """One connection in the application's role, and accounts to post to."""

    def __init__(self, connection):
        self.connection = connection

    def account(self, kind="rounding", owner="platform", currency="EUR"):
        line, id = CHART[kind], new_uuid()
        self.connection.execute(
            "INSERT INTO ledger_accounts VALUES (%s, %s, %s, %s, %s, %s, now())",
            [id, kind, owner, currency, int(line.normal_side), line.either_side],
        )
        return id

    def entry(self):
        id = new_uuid()
        self.connection.execute(ENTRY, [id, str(id)])
        return id

    def posting(self, entry_id, account_id, amount, currency="EUR"):
        self.connection.execute(POSTING, [entry_id, account_id, currency, amount])


@pytest.fixture
def hand(db):
    connection = psycopg.connect(db.url, options="-c role=checkout_app")
    yield ByHand(connection)
    connection.close()


def test_an_entry_may_be_written_piece_by_piece(hand):
    """The control of the refusals below: what is whole at the commit is taken, in whatever steps it was written."""
    a, b, c = hand.account(), hand.account("promotions"), hand.account("psp_fees")
    id = hand.entry()
    hand.posting(id, a, 100)
    hand.posting(id, b, -60)
    hand.posting(id, c, -40)

    hand.connection.commit()

    assert hand.connection.execute("SELECT count(*) FROM postings").fetchone() == (3,)
    assert hand.connection.execute("SELECT sum(amount_minor) FROM postings").fetchone() == (0,)


def test_an_unbalanced_entry_is_refused_at_commit(hand, db):
    """One cent off: nothing of it stays."""
    a, b = hand.account(), hand.account("promotions")
    id = hand.entry()
    hand.posting(id, a, 100)
    hand.posting(id, b, -99)

    with pytest.raises(errors.CheckViolation, match="does not balance") as refused:
        hand.connection.commit()

    assert refused.value.diag.constraint_name == "entry_balances"
    assert db.value("SELECT count(*) FROM journal_entries") == 0


def test_an_entry_written_in_one_statement_is_refused_just_the_same(hand):
    """The journal's own way of writing has no way around."""
    a, b = hand.account(), hand.account("promotions")
    id = new_uuid()
    hand.connection.execute(
        f"WITH e AS ({ENTRY} RETURNING id) INSERT INTO postings (entry_id, account_id, currency, amount_minor)"
        " SELECT e.id, leg.* FROM e, (VALUES (%s::uuid, 'EUR', 100), (%s, 'EUR', -99)) AS leg",
        [id, str(id), a, b],
    )

    with pytest.raises(errors.CheckViolation, match="does not balance"):
        hand.connection.commit()


def test_an_entry_with_one_posting_is_refused(hand):
    """Half of a movement is none."""
    id = hand.entry()
    hand.posting(id, hand.account(), 100)

    with pytest.raises(errors.CheckViolation, match="does not balance"):
        hand.connection.commit()


def test_an_entry_without_postings_is_refused(hand):
    """A trigger on postings alone would not see it."""
    hand.entry()

    with pytest.raises(errors.CheckViolation, match="has no postings"):
        hand.connection.commit()


def test_an_entry_balances_in_each_currency(hand):
    """100 EUR against 100 USD is no balance."""
    a, b = hand.account(), hand.account("promotions", currency="USD")
    id = hand.entry()
    hand.posting(id, a, 100)
    hand.posting(id, b, -100, "USD")

    with pytest.raises(errors.CheckViolation, match="every currency"):
        hand.connection.commit()


def test_a_posting_of_zero_is_refused(hand):
    """It says nothing."""
    id = hand.entry()

    with pytest.raises(errors.CheckViolation, match="posting_not_zero"):
        hand.posting(id, hand.account(), 0)


def test_a_posting_is_in_the_currency_of_its_account(hand):
    """Nor may it stand on an account that does not exist."""
    a, id = hand.account(), hand.entry()

    with (
        pytest.raises(errors.ForeignKeyViolation, match="currency of its account"),
        hand.connection.transaction(),
    ):
        hand.posting(id, a, 100, "USD")
    with pytest.raises(errors.ForeignKeyViolation, match="which exists"), hand.connection.transaction():
        hand.posting(id, new_uuid(), 100)


def test_a_posting_without_an_entry_is_refused(hand):
    """There is nothing it could belong to."""
    with pytest.raises(errors.CheckViolation, match="transaction that creates their entry"):
        hand.posting(new_uuid(), hand.account(), 100)


def test_a_balanced_pair_cannot_be_added_to_an_old_entry(hand):
    """It would balance, and be a forgery."""
    a, b = hand.account(), hand.account("promotions")
    id = hand.entry()
    hand.posting(id, a, 100)
    hand.posting(id, b, -100)
    hand.connection.commit()

    with pytest.raises(errors.CheckViolation, match="transaction that creates their entry"):
        hand.connection.execute(
            "INSERT INTO postings (entry_id, account_id, currency, amount_minor)"
            " VALUES (%(e)s, %(a)s, 'EUR', 5), (%(e)s, %(b)s, 'EUR', -5)",
            {"e": id, "a": a, "b": b},
        )


def test_an_entry_cannot_claim_a_later_transaction(hand):
    """Else that one could append to it."""
    with pytest.raises(errors.CheckViolation, match="names the transaction that writes it"):
        hand.connection.execute(
            "INSERT INTO journal_entries (id, transaction, kind, source_key, source, cause, effective_at, recorded_at)"
            " VALUES (%s, (pg_current_xact_id()::text::bigint + 10)::text::xid8, 'test', 'k', 's', 'c', now(), now())",
            [new_uuid()],
        )


def test_checking_early_does_not_open_the_entry_again(hand):
    """SET CONSTRAINTS checks what is there; what is added after it is checked as well."""
    a, b = hand.account(), hand.account("promotions")
    id = hand.entry()
    hand.posting(id, a, 100)
    hand.posting(id, b, -100)
    hand.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(errors.CheckViolation, match="does not balance"):
        hand.posting(id, a, 50)


def test_temporary_tables_do_not_stand_in_for_the_journal(hand):
    """Tables of the same names, which PostgreSQL would look at first, with everything in order in them."""
    a, b = hand.account(), hand.account("promotions")
    old = hand.entry()
    hand.posting(old, a, 100)
    hand.posting(old, b, -100)
    hand.connection.commit()
    for table in ("journal_entries", "postings", "ledger_accounts"):
        hand.connection.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING DEFAULTS)")
        hand.connection.execute(
            f"INSERT INTO pg_temp.{table} OVERRIDING SYSTEM VALUE SELECT * FROM public.{table}"
        )
    hand.connection.execute("UPDATE pg_temp.journal_entries SET transaction = pg_current_xact_id()")

    with pytest.raises(errors.CheckViolation, match="transaction that creates their entry"):
        hand.connection.execute(POSTING.replace("INTO postings", "INTO public.postings"), [old, a, "EUR", 5])


def test_a_rolled_back_savepoint_leaves_no_hole(hand):
    """The leg that is taken back to a savepoint is missing at the commit."""
    a, b = hand.account(), hand.account("promotions")
    id = hand.entry()
    hand.posting(id, a, 100)
    hand.connection.execute("SAVEPOINT before_the_second_leg")
    hand.posting(id, b, -100)
    hand.connection.execute("ROLLBACK TO before_the_second_leg")

    with pytest.raises(errors.CheckViolation, match="does not balance"):
        hand.connection.commit()


@pytest.mark.parametrize("kind", sorted(name for name, line in CHART.items() if not line.either_side))
def test_an_account_with_one_side_may_not_end_on_the_other(hand, kind):
    """One cent too much is refused at the commit; on the way there it may pass through."""
    line = CHART[kind]
    account, other = hand.account(kind, "somebody"), hand.account()
    order = new_uuid()
    posting = "INSERT INTO postings (entry_id, account_id, order_id, currency, amount_minor) VALUES (%s, %s, %s, 'EUR', %s)"
    for amount in (-101, 100):
        id = hand.entry()
        hand.connection.execute(posting, [id, account, order, amount * line.normal_side])
        hand.connection.execute(posting, [id, other, order, -amount * line.normal_side])

    with pytest.raises(errors.CheckViolation, match="wrong side") as refused:
        hand.connection.commit()

    assert refused.value.diag.constraint_name == "account_on_its_side"


def test_the_way_may_lead_over_the_wrong_side(hand, db):
    """Drawn on first and filled afterwards: what counts is the end of the transaction."""
    account, other = hand.account("seller_reserve", "sel_1"), hand.account()
    for amount in (100, -100):
        id = hand.entry()
        hand.posting(id, account, amount)
        hand.posting(id, other, -amount)

    hand.connection.commit()

    assert db.value("SELECT count(*) FROM ledger_checks_due") == 0


@pytest.mark.parametrize("kind", ["seller_pending", "commission_revenue", "logistics_revenue", "tax_payable"])
def test_postings_of_an_order_name_it(hand, kind):
    """What an order still holds must be the sum of its postings."""
    id = hand.entry()
    account = hand.account(kind, "sel_1" if kind == "seller_pending" else "platform")

    with pytest.raises(errors.CheckViolation, match="names its order"):
        hand.posting(id, account, -100)


@pytest.mark.parametrize("role", ["checkout_app", None])
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_rows_of_record_cannot_be_changed(db, role, table, change):
    """Not by the application, which has no right to, and not by the owner, whom a trigger stops."""
    post(entry(debit(ROUNDING, eur(1)), credit(psp_balance("stripe"), eur(1))))
    db.rows("INSERT INTO psp_numbers SELECT 'stripe', 'txn_1', 'movement', id FROM journal_entries")
    db.rows("INSERT INTO balance_snapshots SELECT id, 1, 0, now() FROM ledger_accounts LIMIT 1")
    db.rows("INSERT INTO ledger_seals VALUES (1, 1, 1, 1, sha256(''), sha256(''), sha256(''), now())")
    column = {
        "postings": "amount_minor",
        "psp_numbers": "psp",
        "balance_snapshots": "balance_minor",
        "ledger_seals": "digest",
    }.get(table, "id")
    statement = change.format(table, column, column)

    options = f"-c role={role}" if role else ""
    either = (errors.InsufficientPrivilege, errors.RestrictViolation)
    with (
        psycopg.connect(db.url, autocommit=True, options=options) as connection,
        pytest.raises(either) as refused,
    ):
        connection.execute(statement)

    expected = errors.InsufficientPrivilege if role else errors.RestrictViolation
    assert isinstance(refused.value, expected)
    assert db.value(f"SELECT count(*) FROM {table}") > 0


def test_the_application_may_insert_and_select_and_nothing_else(db):
    """Its rights on the ledger's tables, by name; on the table of due checks it has none."""
    rows = db.rows(
        "SELECT table_name, array_agg(privilege_type::text ORDER BY privilege_type::text) AS rights"
        " FROM information_schema.role_table_grants WHERE grantee = 'checkout_app' AND table_name = ANY(%(tables)s)"
        " GROUP BY table_name",
        tables=[*TABLES, "ledger_checks_due"],
    )

    assert {row["table_name"]: row["rights"] for row in rows} == {
        table: ["INSERT", "SELECT"] for table in TABLES
    }


def test_drawing_under_repeatable_read_is_refused(db):
    """An older snapshot would not see what another transaction has drawn since."""
    with psycopg.connect(db.url, options="-c role=checkout_app") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        hand = ByHand(connection)
        id = hand.entry()
        with pytest.raises(errors.FeatureNotSupported, match="READ COMMITTED"):
            hand.posting(id, hand.account("seller_reserve", "sel_1"), 100)
