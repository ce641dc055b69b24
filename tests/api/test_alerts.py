"""Alerts over the API: found by what is asked, suggested matches, parts, links, and the same done to many."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest

from checkout.core.clock import utcnow
from checkout.core.ids import decode, encode
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.lists import AlertFilters, list_alerts
from checkout.reconciliation.night.run import run_day
from tests.api.world import CAUSE, World, token_of
from tests.pages.people import somebody

ALERTS = "/v1/reconciliation/alerts"
HEAD = "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id\n"
WHY = "the PSP's letter of the 16th"


@pytest.fixture
def desk(caller: Any, db: Any) -> Any:
    """Four lines of yesterday that nobody knows, 2.00, -5.00 and 9.00 EUR and 9000 JPY; whoever asks is finance."""
    world = World(storefront=caller.shop.storefront.id, seller=decode("sel", caller.shop.sellers[0]), ids={})
    day = utcnow().date() - timedelta(days=1)
    rows = [("a", "eur", "2.00"), ("b", "eur", "-5.00"), ("c", "eur", "9.00"), ("d", "jpy", "9000")]
    text = HEAD + "".join(
        f"txn_{n},{day} 12:00:00,{currency},{amount},0,{amount},other_adjustment,src_{n}\n"
        for n, currency, amount in rows
    )
    delivery = Delivery(psp="stripe", business_on=day, name="day.csv", origin="cli", by="cli:test")
    receive_file(BytesIO(text.encode()), delivery, cause=CAUSE)
    outcome = run_day("stripe", day, by="cli:test", cause=CAUSE)
    token = token_of(db, "finance", world)

    def ask(path: str = "", body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        method = "GET" if body is None else "POST"
        return caller.client.open(f"{ALERTS}{path}", method=method, json=body, headers=headers)

    ask.run = encode("run", outcome.id)  # type: ignore[attr-defined]
    ask.ids = {  # type: ignore[attr-defined]
        alert.number: encode("alr", alert.id)
        for alert in list_alerts(AlertFilters(business_on=day), limit=10)
    }
    return ask


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.get_json()
    return [alert["psp_number"] for alert in answer.get_json()["data"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("currency=EUR&minimum=201", {"txn_b", "txn_c"}),
        ("currency=EUR&minimum=200&maximum=500", {"txn_a", "txn_b"}),
        ("currency=JPY", {"txn_d"}),
        ("assignee=none&age=0-1", {"txn_a", "txn_b", "txn_c", "txn_d"}),
        ("assignee=me", set()),
        ("age=2-3", set()),
        ("status=unresolved&code=unknown_reference&severity=high", {"txn_d"}),
        ("due_by=2026-03-14", set()),
    ],
)
def test_a_filter_finds_what_it_says_and_nothing_else(desk: Any, query: str, expected: set[str]) -> None:
    """Amounts are without their sign, in minor units of the currency."""
    assert set(numbers(desk(f"?{query}"))) == expected


def test_a_run_and_a_seller_are_filters(desk: Any) -> None:
    """Those of the day that the run compared; a seller without an order in any of them has none."""
    assert len(numbers(desk(f"?run={desk.run}"))) == 4
    assert numbers(desk("?seller=sel_01kaj9a3d5e7f9g1h3j5k7m9n1")) == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("minimum=5", "/currency"),
        ("currency=EUR&minimum=5.00", "/minimum"),
        ("run=1", "/run"),
        ("seller=sel_x", "/seller"),
        ("assignee=ana", "/assignee"),
        ("age=old", "/age"),
        ("sort=best", "/sort"),
        ("cause=pay_1", "/cause"),
    ],
)
def test_a_filter_that_means_nothing_names_its_place(desk: Any, query: str, pointer: str) -> None:
    """422, with the parameter."""
    answer = desk(f"?{query}")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("sort", ["newest", "severity", "amount", "age", "due"])
def test_a_list_in_any_order_is_gone_through_page_by_page_and_back(desk: Any, sort: str) -> None:
    """Each alert once; the page before is the one that was; a cursor of another order is refused."""
    whole = numbers(desk(f"?sort={sort}"))
    first = desk(f"?sort={sort}&limit=2")
    cursor = first.get_json()["next_cursor"]
    second = desk(f"?sort={sort}&limit=2&after={cursor}")
    assert numbers(first) + numbers(second) == whole
    assert len(set(whole)) == 4
    other = "age" if sort != "age" else "due"
    assert desk(f"?sort={other}&after={cursor}").status_code == 400


def test_the_largest_comes_first(desk: Any) -> None:
    """In minor units."""
    assert numbers(desk("?sort=amount"))[:2] == ["txn_d", "txn_c"]


def test_a_part_is_explained_and_the_rest_is_told(desk: Any) -> None:
    """2.00 of 5.00 claimed: 3.00 is unexplained, the alert is open, and its work says so."""
    path, body = f"/{desk.ids['txn_b']}", {"way": "psp_claim", "note": WHY, "amount": 200}
    looked = desk(f"{path}/resolve", {**body, "dry_run": True}).get_json()
    done = desk(f"{path}/resolve", body).get_json()
    assert (looked["unexplained"], done["unexplained"], done["alert"]["status"]) == (300, 300, "open")
    work = desk(f"{path}/work").get_json()
    assert (work["unexplained"], work["claimed"]) == (300, 200)
    assert WHY in work["alert"]["last_note"]
    too_much = desk(f"{path}/resolve", {**body, "amount": 301})
    assert (too_much.status_code, too_much.get_json()["errors"][0]["pointer"]) == (422, "/amount")


def test_two_lines_are_joined_and_the_rest_stays(desk: Any) -> None:
    """2.00 against 5.00 the other way: the smaller is closed, of the larger 3.00 is left."""
    larger, smaller = desk.ids["txn_b"], desk.ids["txn_a"]
    body = {"way": "link_records", "note": WHY, "to": [smaller]}
    assert desk(f"/{larger}/resolve", {**body, "dry_run": True}).get_json()["unexplained"] == 300
    assert desk(f"/{larger}/resolve", body).get_json()["alert"]["status"] == "open"
    assert desk(f"/{smaller}").get_json()["status"] == "resolved"
    for wrong, pointer in (([larger], "/to/0"), (["pay_1"], "/to/0")):
        answer = desk(f"/{larger}/resolve", {**body, "to": wrong})
        assert answer.get_json()["errors"][0]["pointer"] == pointer


def test_a_note_of_nine_characters_is_too_short(desk: Any) -> None:
    """Reason and note have ten."""
    answer = desk(f"/{desk.ids['txn_b']}/resolve", {"way": "psp_claim", "note": "123456789"})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/note")


def test_many_are_given_put_off_and_resolved_with_an_answer_for_each(desk: Any) -> None:
    """An unknown one among them is refused by itself; ways that do not fit, too."""
    all_of_them = list(desk.ids.values())
    given = desk("/assign", {"alerts": [*all_of_them, "alr_01kaj9a3d5e7f9g1h3j5k7m9n1"]}).get_json()
    assert (given["done"], given["refused"], given["results"][4]["code"]) == (4, 1, "not_found")
    claimed = desk("/resolve", {"alerts": all_of_them, "way": "psp_claim", "note": WHY}).get_json()
    assert {r["code"] for r in claimed["results"]} == {None, "resolution_not_possible"}
    assert claimed["done"] == 1
    wrong = desk("/assign", {"alerts": ["pay_1"]})
    assert wrong.get_json()["errors"][0]["pointer"] == "/alerts/0"


def test_what_is_of_two_kinds_is_not_resolved_together(desk: Any, db: Any) -> None:
    """Neither of two codes."""
    db.rows(
        "UPDATE alerts SET code = 'unknown_type' WHERE id IN (SELECT alert_id FROM settlement_differences LIMIT 1)"
    )
    answer = desk("/resolve", {"alerts": list(desk.ids.values()), "way": "write_off", "note": WHY})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "bulk_not_uniform")


def test_suggestions_are_read_with_their_reasons(desk: Any, db: Any) -> None:
    """5.00 of theirs against 5.00 the other way."""
    db.rows("UPDATE settlement_differences SET balance_minor = -500 WHERE number = 'txn_a'")
    (best,) = desk(f"/{desk.ids['txn_b']}/suggestions").get_json()["data"]
    assert (best["kind"], best["ids"], best["amount"]) == ("alert", [desk.ids["txn_a"]], -500)
    assert "the same amount the other way round" in best["reasons"]


def test_it_is_handed_on_to_a_role_or_to_somebody_who_works_on_alerts(desk: Any) -> None:
    """One severity louder; a stranger is refused."""
    path = f"/{desk.ids['txn_a']}"
    before = desk(path).get_json()["severity"]
    after = desk(f"{path}/escalate", {"to": "finance_approver", "note": "decide"}).get_json()["severity"]
    assert (before, after) == ("medium", "high")
    for to in ("cook", encode("usr", uuid4())):
        answer = desk(f"{path}/escalate", {"to": to, "note": "decide"})
        assert answer.get_json()["errors"][0]["pointer"] == "/to"


def test_it_is_given_to_those_alone_who_may_do_something_about_it(desk: Any, db: Any) -> None:
    """Not to an auditor, who reads alerts, nor to a seller; an operator may."""
    path = f"/{desk.ids['txn_a']}"
    reader, seller, worker = (
        somebody(db, role).public_id for role in ("auditor", "seller_owner", "operator")
    )

    for who, status in ((reader, 422), (seller, 422), (worker, 200)):
        assert desk(f"{path}/assign", {"assignee": who}).status_code == status
        assert desk(f"{path}/escalate", {"to": who, "note": "decide"}).status_code == status
    assert desk(f"{path}/work").get_json()["assignee"] == f"person:{worker}"


def test_several_hang_on_one_cause(desk: Any) -> None:
    """And are found by it."""
    cause, child = desk.ids["txn_c"], desk.ids["txn_a"]
    assert desk(f"/{child}/cause", {"cause": cause, "note": "one file"}).get_json()["cause"] == cause
    assert numbers(desk(f"?cause={cause}")) == ["txn_a"]
    assert desk(f"/{child}/cause", {"note": "no"}).get_json()["cause"] is None
