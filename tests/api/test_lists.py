"""Lists: pages that stay the same while rows are inserted, and filters that do not guess."""

from __future__ import annotations

import pytest


def ids(page):
    return [payment["id"] for payment in page["data"]]


def page_of(caller, query=""):
    answer = caller.get(f"/v1/payments{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_pages_go_through_everything_once_while_payments_are_created(caller):
    """Newest first; what is created meanwhile shifts nothing."""
    made = [caller.create()["id"] for _ in range(5)]

    first = page_of(caller, "?limit=2")
    newcomer = caller.create()["id"]
    second = page_of(caller, f"?limit=2&after={first['next_cursor']}")
    third = page_of(caller, f"?limit=2&after={second['next_cursor']}")

    assert ids(first) + ids(second) + ids(third) == list(reversed(made))
    assert [page["has_more"] for page in (first, second, third)] == [True, True, False]
    assert third["next_cursor"] is None
    assert newcomer not in ids(first) + ids(second) + ids(third)


def test_before_goes_back_to_newer_rows(caller):
    made = [caller.create()["id"] for _ in range(5)]
    first = page_of(caller, "?limit=3")  # 5 4 3

    newer = page_of(caller, f"?limit=1&before={first['next_cursor']}")
    newest = page_of(caller, f"?limit=5&before={newer['next_cursor']}")

    assert ids(newer) == [made[3]]
    assert newer["has_more"] is True
    assert ids(newest) == [made[4]]
    assert newest["has_more"] is False


def test_filters(caller):
    euro = caller.create()
    yen = caller.create(
        currency="JPY",
        amount=500,
        orders=[{"seller": caller.shop.sellers[0], "amount": 500, "reference": "J-1"}],
    )

    assert ids(page_of(caller, "?currency=JPY")) == [yen["id"]]
    assert ids(page_of(caller, "?reference=1042-B")) == [euro["id"]]
    assert ids(page_of(caller, f"?seller={caller.shop.sellers[1]}")) == [euro["id"]]
    assert ids(page_of(caller, "?seller=sel_unknown")) == []
    assert ids(page_of(caller, "?status=awaiting_shopper")) == [yen["id"], euro["id"]]
    assert ids(page_of(caller, "?status=failed")) == []
    assert ids(page_of(caller, f"?created_from={yen['created_at']}")) == [yen["id"]]
    assert ids(page_of(caller, "?created_before=2020-01-01T00:00:00%2B01:00")) == []


def test_another_storefront_sees_nothing_of_it(caller, stranger):
    caller.create()

    assert page_of(stranger)["data"] == []


@pytest.mark.parametrize(
    ("query", "pointer", "code", "hint"),
    [
        ("?curency=EUR", "/curency", "unknown_field", "did you mean currency?"),
        ("?xyzzy=1", "/xyzzy", "unknown_field", "is not a known field"),
        ("?limit=0", "/limit", "out_of_range", "between 1 and 100"),
        ("?limit=101", "/limit", "out_of_range", "between 1 and 100"),
        ("?limit=1.0", "/limit", "out_of_range", ""),
        ("?limit=%D9%A1", "/limit", "out_of_range", ""),
        ("?limit=1&limit=2", "/limit", "given_twice", "twice"),
        ("?status=paid", "/status", "not_an_option", "must be one of"),
        ("?currency=eur", "/currency", "unknown_currency", "ISO 4217"),
        ("?created_from=yesterday", "/created_from", "invalid_format", "2026-11-21T09:30:00Z"),
        ("?created_from=2026-02-30T00:00:00Z", "/created_from", "invalid_format", ""),
        ("?created_from=0001-01-01T00:00:00%2B23:59", "/created_from", "invalid_format", ""),
        ("?created_from=2026-11-21T09:30:00", "/created_from", "invalid_format", ""),
        ("?reference=%00", "/reference", "invalid_characters", ""),
        ("?after=a&before=b", "/before", "exclusive", ""),
    ],
)
def test_a_wrong_filter_is_422(caller, query, pointer, code, hint):
    answer = caller.get(f"/v1/payments{query}")

    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_parameter")
    assert (problem["errors"][0]["pointer"], problem["errors"][0]["code"]) == (pointer, code)
    assert hint in problem["errors"][0]["detail"]


@pytest.mark.parametrize("list_name", ["payments", "sellers"])
def test_a_cursor_is_not_made_up(caller, list_name):
    caller.create()
    caller.create()
    others = caller.get("/v1/sellers?limit=1").get_json()["next_cursor"]
    mine = caller.get("/v1/payments?limit=1").get_json()["next_cursor"]
    foreign = others if list_name == "payments" else mine

    for cursor in (foreign, mine[:5] + "_" + mine[6:], mine[:-1], "W10.x", "%00", "x" * 500, mine + "y"):
        answer = caller.get(f"/v1/{list_name}?after={cursor}")
        assert answer.status_code in (400, 422), cursor
        assert answer.get_json()["code"] in ("invalid_cursor", "invalid_parameter"), cursor
