"""Statements by literal amounts: opening + lines = closing, one closing is the next opening, and no silent change."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import exc

from checkout.core.errors import NotFound
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.core.strict_json import canonical
from checkout.db.statement import run
from checkout.identity.access import EVERYTHING
from checkout.ledger import chart, release_recipes
from checkout.ledger.entry import credit, debit
from checkout.statements import StatementUnsound, issue_month, issue_payout, verify_statement
from checkout.statements.document import check_code
from tests.explanations.conftest import of_seller, paid_order, pay_out, psp, release, shop
from tests.ledger.conftest import entry, post
from tests.payouts.conftest import fund, seller_of

__all__ = ["paid_order", "pay_out", "psp", "seller_of", "shop"]

BERLIN = "Europe/Berlin"


def earn(seller, minor, at, currency="EUR", commission=0):
    """An order is captured and released at that moment."""
    order, amount, nothing = new_uuid(), Money(minor, currency), Money.zero(currency)
    post(
        entry(
            debit(chart.psp_balance("stripe"), amount),
            credit(chart.seller_pending(seller), amount, order_id=order),
            kind="payment_captured",
        )
    )
    post(
        release_recipes.order_released(
            order_id=order,
            seller_id=seller,
            left=amount,
            commission=Money(commission, currency),
            logistics_fee=nothing,
            tax=nothing,
            reserve=nothing,
            effective_at=at,
        )
    )


def day(month, number=10, hour=12):
    return datetime(2025, month, number, hour, tzinfo=UTC)


def month(seller, number, currency="EUR"):
    return issue_month(seller, currency, f"2025-{number:02d}", BERLIN)


def lines(statement):
    return {line["line"]: line["amount"] for line in statement.document["lines"]}


@pytest.mark.parametrize(
    ("currency", "amount", "net", "found"),
    [
        ("EUR", 1500, 1050, {"sales": 1500, "commission": -150, "logistics": -300, "payouts": -1050}),
        ("JPY", 1000, 600, {"sales": 1000, "commission": -100, "logistics": -300, "payouts": -600}),
        ("KWD", 7000, 6000, {"sales": 7000, "commission": -700, "logistics": -300, "payouts": -6000}),
    ],
)
def test_a_payouts_statement_names_each_deduction(paid_order, pay_out, currency, amount, net, found):
    order = paid_order(amount=amount, currency=currency)
    release(order.id)
    payout = pay_out(order.seller_id, currency)

    statement = issue_payout(payout.id)

    assert payout.amount == Money(net, currency)
    assert (statement.document["opening"], lines(statement), statement.document["closing"]) == (0, found, 0)
    (released,) = statement.document["entries"]
    assert (released["order"], released["amount"]) == (order.public_id, net)
    assert issue_payout(payout.id) == statement


def test_what_a_payout_carries_is_the_opening_of_the_next(seller_of, pay_out):
    """6.492 KWD: 6.490 paid, 0.002 carried; the next one opens with 0.002."""
    seller = seller_of()
    fund(seller, 6492, "KWD")
    first = issue_payout(pay_out(seller, "KWD").id)
    fund(seller, 1008, "KWD")
    second = issue_payout(pay_out(seller, "KWD").id)

    assert (first.opening.amount_minor, first.closing.amount_minor) == (0, 2)
    assert (second.opening.amount_minor, second.closing.amount_minor) == (2, 0)


def test_months_follow_each_other_in_the_platforms_zone(seller_of):
    """Half past eleven at night in UTC is the next month in Berlin."""
    seller = seller_of()
    earn(seller, 1000, day(5), commission=100)
    earn(seller, 500, day(5, 31, 23))
    may, june, july = (month(seller, n) for n in (5, 6, 7))

    assert (may.opening.amount_minor, lines(may)) == (0, {"sales": 1000, "commission": -100})
    assert (june.opening, lines(june)) == (may.closing, {"sales": 500})
    assert (july.opening, lines(july), july.closing) == (june.closing, {}, june.closing)


def test_a_late_entry_makes_a_new_revision_that_says_what_changed(seller_of):
    """The first one stays as it was, and is known as superseded."""
    seller = seller_of()
    earn(seller, 1000, day(5))
    first = month(seller, 5)
    earn(seller, 250, day(5, 20))

    second = month(seller, 5)

    assert (second.id, second.revision) == (first.id, 2)
    assert second.document["corrects"] == {
        "revision": 1,
        "check_code": first.check_code,
        "changes": [
            {"line": "sales", "before": 1000, "after": 1250},
            {"line": "closing", "before": 1000, "after": 1250},
            {"line": "entry_count", "before": 1, "after": 2},
        ],
    }
    assert verify_statement(first.file, EVERYTHING).status == "superseded"
    assert verify_statement(second.file, EVERYTHING).status == "genuine"
    assert month(seller, 5).revision == 2


def test_what_was_changed_in_a_statement_is_named(seller_of):
    """An amount; an amount with a fitting code; a code; another id; no statement at all."""
    seller = seller_of()
    earn(seller, 1000, day(5))
    statement = month(seller, 5)
    sent = json.loads(statement.file)

    def verdict(**changed):
        return verify_statement(json.dumps({**sent, **changed}, indent=2).encode(), EVERYTHING)

    assert verdict().status == "genuine"
    assert (verdict(closing=9999).status, verdict(closing=9999).differing) == ("altered", ["/closing"])
    line = verdict(lines=[{**sent["lines"][0], "amount": 1}])
    assert (line.code_fits, line.differing) == (False, ["/lines/0/amount"])
    forged = {**{k: v for k, v in sent.items() if k != "check_code"}, "closing": 9999}
    clever = verdict(closing=9999, check_code=check_code(canonical(forged)))
    assert (clever.code_fits, clever.differing) == (True, ["/closing", "/check_code"])
    assert verdict(revision=7).status == "unknown"
    assert verify_statement(statement.file, of_seller(seller_of())).status == "unknown"
    assert verify_statement(b"[1]", EVERYTHING).status == "unreadable"


def test_a_statement_that_does_not_add_up_is_not_issued(db, seller_of, pay_out):
    """Somebody changed a payout's row past the application: a person is called instead."""
    seller = seller_of()
    fund(seller, 1000)
    payout = pay_out(seller)
    db.rows("UPDATE payouts SET amount_minor = 999")

    with pytest.raises(StatementUnsound, match=r"-0\.01 EUR"):
        issue_payout(payout.id)

    assert db.value("SELECT code FROM alerts") == "ledger_unbalanced"
    assert db.value("SELECT count(*) FROM statements") == 0


def test_issued_statements_are_never_changed(seller_of):
    seller = seller_of()
    earn(seller, 1000, day(5))
    month(seller, 5)

    for change in ("UPDATE statements SET closing_minor = 0", "DELETE FROM statements"):
        with pytest.raises(exc.DBAPIError):
            run(change)


@pytest.mark.parametrize("wanted", ["2025-13", "2025-5", "1999-01", "x", "2025-04", "2025-06"])
def test_no_statement_of_a_month_that_is_none(seller_of, wanted):
    """No month, one before the first movement, one that is not over."""
    seller = seller_of()
    earn(seller, 1000, day(5))

    with time_machine.travel(day(6, 15)), pytest.raises(NotFound):
        issue_month(seller, "EUR", wanted, BERLIN)


def test_any_history_of_months_chains(seller_of):
    """Whatever was earned and owed when: each adds up, and closes where the next one opens."""
    moves = st.lists(
        st.tuples(st.integers(1, 6), st.integers(1, 28), st.integers(-3_000, 3_000).filter(bool)), max_size=12
    )

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(moves=moves)
    def history(moves):
        seller = seller_of()
        earn(seller, 1, day(1, 1))
        for number, on, minor in moves:
            amount = Money(abs(minor), "EUR")
            sides = (chart.seller_available(seller), chart.psp_balance("stripe"))
            taken, given_ = sides if minor < 0 else sides[::-1]
            made = entry(debit(taken, amount), credit(given_, amount), kind="dispute_withdrawn")
            post(replace(made, effective_at=day(number, on)))
        issued = [month(seller, number) for number in range(1, 7)]

        assert all(one.closing == two.opening for one, two in pairwise(issued))
        assert issued[-1].closing.amount_minor == 1 + sum(minor for _, _, minor in moves)

    history()
