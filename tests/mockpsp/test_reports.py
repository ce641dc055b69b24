"""The mock's settlement reports: Stripe's columns, major units, UTC, and exactly the differences that cards plant."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
import requests
import stripe

from checkout.mockpsp import ticker
from checkout.mockpsp.behaviours import Family
from checkout.mockpsp.card_table import TABLE
from checkout.mockpsp.server import running_mock
from tests.mockpsp.harness import API_KEY

ACTIVITY = "balance_change_from_activity.itemized.3"
DAY = 86_400
LIES = {row.slug: row for row in TABLE if row.family is Family.SETTLEMENT}


@pytest.fixture
def report_of(client, control, mock):
    """The rows of a day's report, as the SDK's user would come by them. The day: 0 is today by the mock's clock at
    the start, whose noon it is made to be."""
    now = control("GET", "/clock")["now"]
    today = now // DAY + 1
    control("POST", "/clock", {"advance_seconds": today * DAY + DAY // 2 - now})

    def read(day=0, report_type=ACTIVITY, **parameters):
        start = (today + day) * DAY
        _move_to(control, start + DAY + 1)
        run = client.v1.reporting.report_runs.create(
            {
                "report_type": report_type,
                "parameters": {"interval_start": start, "interval_end": start + DAY, **parameters},
            }
        )
        assert (run.status, run.result) == ("pending", None)
        control("POST", "/clock", {"advance_seconds": 3})
        run = client.v1.reporting.report_runs.retrieve(run.id)
        assert run.status == "succeeded"
        return list(csv.DictReader(io.StringIO(contents(mock, run.result.url).text)))

    return read


def _move_to(control, moment):
    behind = moment - control("GET", "/clock")["now"]
    if behind > 0:
        control("POST", "/clock", {"advance_seconds": behind})


def contents(mock, url, key=API_KEY):
    assert url.startswith(mock.base)
    return requests.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def planted(control):
    return [entry for entry in control("GET", "/journal")["entries"] if entry["kind"] == "planted"]


def cells(row, *names):
    return tuple(row[name] for name in names)


SUMS = ("currency", "gross", "fee", "net", "reporting_category")


def test_a_report_tells_of_each_movement_in_major_units(client, new_session, pay, report_of, control):
    """24.90 EUR, 1 000 JPY and 12.340 KWD with their fees, and a refund of 5.00: signs, decimals, names, UTC."""
    for amount, currency in ((2490, "eur"), (1000, "jpy"), (12340, "kwd")):
        pay(new_session(amount, currency), "4242424242424242")
    charge = client.v1.charges.list().data[-1]
    client.v1.refunds.create(
        {"payment_intent": charge.payment_intent, "amount": 500, "metadata": {"refund": "re_1"}}
    )

    euros, yen, dinars, refund = report_of()

    assert cells(euros, *SUMS) == ("eur", "24.90", "1.02", "23.88", "charge")
    assert cells(yen, *SUMS) == ("jpy", "1000", "29", "971", "charge")
    assert cells(dinars, *SUMS) == ("kwd", "12.340", "0.458", "11.882", "charge")
    assert cells(refund, *SUMS) == ("eur", "-5.00", "0.00", "-5.00", "refund")
    assert cells(euros, "source_id", "charge_id", "payment_intent_id", "payment_metadata[payment]") == (
        charge.id, charge.id, charge.payment_intent, "pay_1",
    )  # fmt: skip
    assert cells(refund, "charge_id", "refund_metadata[refund]") == (charge.id, "re_1")
    assert euros["created_utc"] == datetime.fromtimestamp(charge.created, UTC).strftime("%Y-%m-%d %H:%M:%S")
    assert planted(control) == []


@pytest.mark.parametrize(
    ("slug", "code", "amount", "rows"),
    [
        ("settled-lower-amount", "amount_mismatch", 100, [("eur", "23.90", "1.02", "22.88", "charge")]),
        ("settled-higher-fee", "fee_mismatch", 100, [("eur", "24.90", "2.02", "22.88", "charge")]),
        ("settled-never", "missing_at_psp", 2490, []),
        ("settled-twice", "duplicate_line", 2490, [("eur", "24.90", "1.02", "23.88", "charge")] * 2),
        ("settled-other-currency", "currency_mismatch", 2490, [("usd", "24.90", "1.02", "23.88", "charge")]),
        ("settled-failed", "status_mismatch", 4980, [("eur", "-24.90", "0.00", "-24.90", "charge_failure")]),
        ("settled-malformed", "row_rejected", 2490, [("eur", "24,90,", "1.02", "23.88", "charge")]),
        (
            "settled-extra-row",
            "unknown_reference",
            300,
            [("eur", "24.90", "1.02", "23.88", "charge"), ("eur", "-3.00", "0.00", "-3.00", "other_adjustment")],
        ),
    ],
)  # fmt: skip
def test_a_card_plants_its_difference_and_the_journal_says_which(
    client, new_session, pay, report_of, control, slug, code, amount, rows
):
    """24.90 paid with the card: the file lies as the card says, the balance is 23.88 all the same."""
    pay(new_session(2490), LIES[slug].number)

    told = report_of()

    assert [cells(row, *SUMS) for row in told] == rows
    (entry,) = planted(control)
    assert (entry["code"], entry["amount"], entry["reference"]) == (code, amount, "pay_1")
    assert {row["balance_transaction_id"] for row in told[-1:]} <= {entry["balance_transaction"]}
    funds = client.v1.balance.retrieve()
    assert sum(part.amount for part in (*funds.available, *funds.pending)) == 2388


def test_a_late_row_stands_in_the_next_days_file_alone(new_session, pay, report_of, control):
    """Paid today: nothing in today's file, one row in tomorrow's, with today's time."""
    pay(new_session(2490), LIES["settled-day-late"].number)

    assert report_of(0) == []
    (row,) = report_of(1)
    assert report_of(2) == []

    assert cells(row, *SUMS) == ("eur", "24.90", "1.02", "23.88", "charge")
    assert [entry["code"] for entry in planted(control)] == ["timing_cutoff"]


def test_every_settlement_card_has_its_row_here():
    """A lie that no test tells would be none."""
    assert len(LIES) == 9


def test_columns_come_as_they_were_asked_for(new_session, pay, report_of):
    """Two columns in the other order; payouts, all of them manual, are in no report of automatic ones."""
    pay(new_session(2490), "4242424242424242")

    assert [list(row.items()) for row in report_of(columns=["net", "currency"])] == [
        [("net", "23.88"), ("currency", "eur")]
    ]
    assert report_of(report_type="payout_reconciliation.itemized.5") == []


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"parameters[interval_end]": "9999999999"}, "parameters[interval_end]"),
        ({"parameters[columns][0]": "nonsense"}, "parameters[columns]"),
        ({"parameters[timezone]": "Mars/Olympus"}, "parameters[timezone]"),
        ({"report_type": "something.else"}, "report_type"),
    ],
)
def test_what_no_report_can_be_made_of_is_refused(post, change, param):
    """An interval beyond now, a column and a zone that do not exist, another type."""
    form = {
        "report_type": ACTIVITY,
        "parameters[interval_start]": "1700000000",
        "parameters[interval_end]": "1700086400",
    }
    answer = post("/v1/reporting/report_runs", form | change)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_a_report_is_told_and_its_content_asks_for_the_key(client, mock, shop, control):
    """reporting.report_run.succeeded comes once; without the key the content is refused, another file has none."""
    run = client.v1.reporting.report_runs.create(
        {
            "report_type": ACTIVITY,
            "parameters": {"interval_start": 1700000000, "interval_end": 1700086400},
        }
    )
    control("POST", "/clock", {"advance_seconds": 3})

    assert shop.wait_for(1) == ["reporting.report_run.succeeded"]
    made = client.v1.reporting.report_runs.list().data[0]
    assert (made.id, made.result.size) == (run.id, len(contents(mock, made.result.url).content))
    assert contents(mock, made.result.url, key="nonsense").status_code == 401
    missing = contents(mock, f"{mock.base}/v1/files/file_none/contents")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.reporting.report_runs.retrieve("frr_none")


def test_each_days_file_is_dropped_once_the_day_has_passed(tmp_path):
    """Two midnights pass: two files, whole, under their days' names; today's is not there yet."""
    with running_mock(tmp_path / "mock.sqlite3", drop_dir=tmp_path / "drop") as mock:
        first = datetime.fromtimestamp(mock.psp.clock.now(), UTC).date()
        mock.psp.advance_clock(2 * DAY)
        ticker.run_due(mock.psp)

        found = sorted(path.name for path in (tmp_path / "drop").iterdir())
        assert found == [f"stripe-{first + timedelta(days=n)}.csv" for n in (0, 1)]
        assert (tmp_path / "drop" / found[0]).read_text().startswith("balance_transaction_id,created_utc,")
