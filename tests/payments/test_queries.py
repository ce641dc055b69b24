"""Reads: by either id, of one's own storefront only; lists that stay put while payments arrive; the whole story."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from uuid import uuid4

import pytest

from checkout.core.clock import utcnow
from checkout.core.errors import NotFound
from checkout.core.ids import new_uuid
from checkout.db.statement import run
from checkout.orders.queries import get_order
from checkout.payments import start_statements, statements, timeline
from checkout.payments.queries import Edge, PaymentFilter, find_view, list_views


def page(shop, *, limit=25, after=None, before=None, **filters):
    found = list_views(PaymentFilter(shop.storefront_id, **filters), limit=limit, after=after, before=before)
    return [view.id for view in found]


def edge(shop, payment_id):
    return Edge(shop.view(payment_id).created_at, payment_id)


def test_a_payment_is_found_by_our_id_and_by_the_clients(db, shop):
    """Two names, one payment."""
    client_id = uuid4()
    view = shop.view(shop.start(shop.command(payment_id=client_id)))

    assert find_view(view.public_id, storefront_id=shop.storefront_id) == view
    assert find_view(str(client_id), storefront_id=shop.storefront_id) == view
    assert find_view(str(client_id).upper(), storefront_id=shop.storefront_id) == view


@pytest.mark.parametrize(
    "text",
    [
        "pay_",
        "pay_zzz",
        "",
        "x",
        "{0}",
        "5f0c6a2e-8b1d-4a55-9a3e-0d6f6c1a7b11",
        "ord_01a1fbe435ba7f9bbdf4c34033",
    ],
)
def test_malformed_unknown_and_foreign_are_one(db, shop, text):
    """The same refusal for all."""
    view = shop.started()
    with pytest.raises(NotFound):
        find_view(text, storefront_id=shop.storefront_id)
    with pytest.raises(NotFound):
        find_view(view.public_id, storefront_id=new_uuid())
    with pytest.raises(NotFound):
        get_order(view.orders[0].id, storefront_id=new_uuid())


def test_an_order_is_read_alone_as_within_its_payment(db, shop):
    """One view of an order."""
    view = shop.paid()

    assert get_order(view.orders[0].id) == view.orders[0]
    assert get_order(view.orders[0].id, storefront_id=shop.storefront_id).status == "paid"


def test_pages_do_not_shift_while_payments_arrive(db, shop):
    """A cursor is the last row's own time and id: newer payments change nothing of the next page."""
    made = [shop.started().id for _ in range(5)]
    first = page(shop, limit=2)
    shop.started()

    second = page(shop, limit=2, after=edge(shop, first[-1]))
    third = page(shop, limit=2, after=edge(shop, second[-1]))

    assert [*first, *second, *third] == made[::-1]
    assert page(shop, limit=2, before=edge(shop, third[0])) == second


def test_payments_of_the_same_moment_are_neither_lost_nor_repeated(db, shop):
    """The id decides where the time does not."""
    made = {shop.started().id for _ in range(5)}
    db.rows("UPDATE payments SET created_at = '2026-11-01T00:00:00Z'")

    seen, after = [], None
    while found := page(shop, limit=2, after=after):
        seen += found
        after = edge(shop, found[-1])

    assert len(seen) == 5
    assert set(seen) == made


def test_filters(db, shop):
    """Status, currency, time, seller, reference: each alone and together; another storefront sees nothing."""
    paid, yen, alone = shop.paid(), shop.started((1000, 490), "JPY"), shop.started((1000,))

    assert page(shop, status="succeeded") == [paid.id]
    assert page(shop, currency="JPY") == [yen.id]
    assert page(shop, seller_id=shop.bao) == [yen.id, paid.id]
    assert page(shop, reference="1042-A") == [alone.id, yen.id, paid.id]
    assert page(shop, reference="1042-A", seller_id=shop.bao) == []
    assert page(shop, seller_id=shop.ada, status="succeeded", currency="EUR") == [paid.id]
    assert page(shop, created_from=paid.created_at, created_before=yen.created_at) == [paid.id]
    assert page(shop, created_from=utcnow() + timedelta(seconds=1)) == []
    assert list_views(PaymentFilter(new_uuid()), limit=10) == []
    assert len(list_views(PaymentFilter(None), limit=10)) == 3


def test_the_timeline_tells_the_whole_story_oldest_first(db, shop):
    """Both machines' transitions, the fact, the entry with its postings, the events; public ids throughout."""
    view = shop.paid()

    story = timeline(view.id, storefront_id=shop.storefront_id)

    assert [item.at for item in story] == sorted(item.at for item in story)
    assert [(item.kind, item.name) for item in story if item.object == view.public_id] == [
        ("transition", "created"),
        ("event", "payment.created"),
        ("transition", "awaiting_shopper"),
        ("transition", "succeeded"),
        ("fact", "captured"),
        ("event", "payment.succeeded"),
        ("ledger_entry", "payment_captured"),
    ]
    entry = next(item for item in story if item.kind == "ledger_entry")
    assert [(p["account"], p["amount"], p["order"]) for p in entry.data["postings"]] == [
        ("psp_balance", 2490, None),
        ("seller_pending", -1500, view.orders[0].public_id),
        ("seller_pending", -990, view.orders[1].public_id),
    ]
    assert entry.data["id"].startswith("jrn_")
    paid = [item for item in story if item.object == view.orders[0].public_id]
    assert [(item.kind, item.name) for item in paid] == [
        ("transition", "pending"),
        ("transition", "paid"),
        ("event", "order.paid"),
    ]
    assert {item.cause for item in story} == {"request:req_test", "event:evt_1"}


def test_the_timeline_shows_alerts_and_emails(db, shop):
    """What a person was called for, and what the shopper was told."""
    payment = shop.started()
    shop.psp.becomes(payment.psp_session_id, "expired")
    shop.hears(shop.psp.news(payment.psp_session_id, "ended"), shop.psp.sessions[payment.psp_session_id])
    shop.hears(shop.psp.captured(payment.psp_session_id), event="evt_2")
    db.rows(
        "INSERT INTO emails (message_id, template, object, created_at) VALUES ('m', 'payment_expired', %(o)s, now())",
        o=payment.public_id,
    )

    story = timeline(payment.id)

    assert [item.name for item in story if item.kind == "alert"] == ["late_capture"]
    assert [item.name for item in story if item.kind == "notification"] == ["payment_expired"]
    with pytest.raises(NotFound):
        timeline(payment.id, storefront_id=new_uuid())


INDEXED = {
    "a view by id": (statements.VIEW_BY_ID, {"id": new_uuid(), "storefront_id": new_uuid()}),
    "a view by the client's id": (
        statements.VIEW_BY_CLIENT_ID,
        {"id": new_uuid(), "storefront_id": new_uuid()},
    ),
    "an existing payment": (
        start_statements.EXISTING,
        {"storefront_id": new_uuid(), "client_payment_id": new_uuid()},
    ),
    "the keys that wait": (start_statements.UNFINISHED_KEYS, {"payment_id": new_uuid()}),
}


@pytest.mark.parametrize("name", INDEXED)
def test_a_statement_of_the_hot_path_reads_by_index(db, shop, name):
    """Whatever the table's size: no plan falls back to reading payments or keys whole."""
    sql, parameters = INDEXED[name]
    plan = "\n".join(_explain(sql, parameters))

    assert "Seq Scan on payments" not in plan
    assert "Seq Scan on idempotency_keys" not in plan


def _explain(sql, parameters):
    from checkout.db.session import atomic
    from checkout.db.statement import execute

    with atomic() as session:
        execute(session, "SET LOCAL enable_seqscan = off")
        return [row[0] for row in execute(session, f"EXPLAIN {sql}", **parameters)]


def test_the_statements_of_lists_answer_nothing_for_nobody(db):
    """Each direction, with each filter alone and with all of them, against an empty database."""
    values = {
        "storefront_id": new_uuid(),
        "storefront_ids": [new_uuid()],
        "status": "created",
        "currency": "EUR",
        "created_from": utcnow(),
        "created_before": utcnow(),
        "seller_id": new_uuid(),
        "reference": "1042-A",
    }
    assert list(values) == list(statements.FILTERS) + list(statements.OF_AN_ORDER)
    assert set(values) == {each.name for each in fields(PaymentFilter)}
    edge_of = {"newest": {}, "older": {"edge_at": utcnow(), "edge_id": new_uuid()}}
    edge_of["newer"] = edge_of["older"]

    for direction, edge in edge_of.items():
        for names in ([], *([name] for name in values), list(values)):
            asked = {name: values[name] for name in names}
            assert run(statements.page(direction, frozenset(names), 5), **asked, **edge) == []


@pytest.mark.parametrize("direction", statements.EDGES)
@pytest.mark.parametrize(
    "names", [[], ["storefront_id"], ["storefront_id", "status"], ["seller_id", "currency"]]
)
def test_a_list_says_only_what_it_is_narrowed_by(direction, names):
    """No parameter that may be anything, and a literal limit: PostgreSQL keeps a plan only when one for all values is as
    cheap as one for these. Whether it does hangs on the table's statistics of the moment, so that the text is looked at."""
    sql = statements.page(direction, frozenset(names), 26)
    parameters = set(re.findall(r"%\((\w+)\)s", sql.removeprefix(statements.VIEW)))

    assert parameters == {*names, *(() if direction == "newest" else ("edge_at", "edge_id"))}
    assert " IS NULL" not in sql.removeprefix(statements.VIEW)
    assert sql.endswith("LIMIT 26")


def test_a_new_checkout_names_its_sellers_one_by_one():
    """An array's length is not known to a plan for all values, which PostgreSQL would therefore never keep."""
    sql = start_statements.prepare_statement(2)

    assert "IN (%(seller_0)s, %(seller_1)s)" in sql
    assert "ANY(" not in sql


def test_three_sellers_take_the_statement_of_four():
    """One statement for each power of two, however many sellers a checkout has."""
    sellers = [new_uuid() for _ in range(3)]

    parameters = start_statements.seller_parameters([*sellers, sellers[0]])

    assert len(parameters) == 4
    assert set(parameters.values()) == set(sellers)


def test_the_driver_can_remember_every_statement():
    """A statement beyond 4 096 characters would be read anew each time."""
    found = [
        (name, sql)
        for module in (statements, start_statements)
        for name, sql in vars(module).items()
        if name.isupper() and isinstance(sql, str)
    ]

    found += [
        (
            "a list",
            statements.page("older", frozenset(statements.FILTERS) | frozenset(statements.OF_AN_ORDER), 101),
        )
    ]

    assert len(found) >= 10
    assert [name for name, sql in found if len(sql) > 4_096] == []
