"""Views of the list that people keep, and the list as a file."""

from __future__ import annotations

import csv
import io

from tests.pages.people import send, signed_in, somebody
from tests.pages.reconciling import one_short
from tests.pages.test_finance_alerts import warn

LIST = "/finance/alerts"


def keep(client, name="Yen, the oldest first", **asked):
    return send(client, LIST, f"{LIST}/views", name=name, **asked)


def test_a_view_is_kept_shown_and_dropped_by_whoever_made_it(db, client):
    """With its filter and its order; nobody else sees it."""
    signed_in(client, somebody(db, "finance"))
    answer = keep(client, currency="JPY", sort="age")
    assert answer.headers["Location"] == f"{LIST}?sort=age&currency=JPY&done=view"
    page = client.get(f"{LIST}?sort=age&currency=JPY").text
    assert (
        f'<a href="{LIST}?sort=age&amp;currency=JPY" aria-current="page"><bdi>Yen, the oldest first' in page
    )

    signed_in(client, somebody(db, "finance"))
    assert "Yen, the oldest first" not in client.get(LIST).text
    view = db.value("SELECT id FROM saved_views")
    assert send(client, LIST, f"{LIST}/views/{view}/drop").status_code == 404
    assert db.value("SELECT count(*) FROM saved_views") == 1


def test_a_view_that_is_none_is_not_kept(db, client):
    """No name; a filter that is not sound."""
    signed_in(client, somebody(db, "auditor"))

    assert keep(client, name=" ", currency="JPY").status_code == 422
    assert keep(client, over="x").status_code == 422

    assert db.value("SELECT count(*) FROM saved_views") == 0


def test_the_views_that_everybody_has_are_addresses(db, client):
    """Mine; nobody's for two days; above 100 euros and not above 100 yen."""
    signed_in(client, somebody(db, "finance"))
    warn("euros", 100_01)
    warn("yen", 120_000, "JPY")

    page = client.get(f"{LIST}?sort=amount&over=100&currency=EUR").text

    assert "Euros</a>" in page
    assert "Yen</a>" not in page
    for address in ("?assignee=me", "?assignee=none&amp;age=2%2B"):
        assert f'href="{LIST}{address}"' in page


def test_the_list_leaves_as_a_file_with_its_filter_and_a_row_in_the_log(db, client):
    """Amounts in minor units and with a dot; a note that looks like a formula does not run."""
    night = one_short(db)
    who = somebody(db, "finance", name="Grace Hopper")
    signed_in(client, who)
    page = f"{LIST}/{night.alert}"
    send(client, page, f"{page}/assign")
    send(client, page, f"{page}/note", text="=1+1 asked the PSP")
    warn("yen", 90, "JPY")

    answer = client.get(f"{LIST}.csv?code=amount_mismatch")

    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["id"], row["difference_minor"], row["difference"], row["currency"]) == (
        night.alert, "100", "1.00", "EUR")  # fmt: skip
    assert (row["ours_minor"], row["theirs_minor"], row["state"]) == ("2490", "2390", "assigned")
    assert (row["assignee"], row["age_days"], row["age_bucket"]) == ("Grace Hopper", "0", "0-1")
    assert row["last_note"] == "'=1+1 asked the PSP"
    assert row["filter"] == "Type: Amount differs"
    logged = db.rows("SELECT after FROM audit_log WHERE action = 'data.exported'")
    assert [line["after"] for line in logged] == [
        {"kind": "alerts", "rows": 1, "filter": "Type: Amount differs"}
    ]
