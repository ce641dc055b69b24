"""What is particular to Adyen's settlement detail report: unsigned columns, four kinds of cost, zones, its batch."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from checkout.reconciliation.files.opening import open_file
from checkout.reconciliation.formats.line import SettlementFileInvalid, SettlementLine
from tests.reconciliation.writers import adyen
from tests.reconciliation.writers.told import Told

AT = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
CHARGE = Told("charge", 2490, 61, "EUR", AT, "pay_1")


def read(*rows: dict[str, str]):
    reader = open_file(io.BytesIO(adyen.of_rows(rows)), "adyen")
    return reader, list(reader.rows())[1:]


def one(**changed: str):
    _, (row, _) = read(adyen.row(CHARGE, 0, **changed), adyen.row(CHARGE, 1))
    return row


def test_the_batch_and_the_account_are_the_files_own():
    """Batch 17 of PlatformEU, whatever day it comes."""
    reader, _ = read(adyen.row(CHARGE, 0))
    assert (reader.batch, reader.account, reader.format) == ("17", "PlatformEU", "adyen_settlement_detail")


def test_a_row_of_another_batch_ends_the_file():
    """Two batches in one file would be counted against one payout."""
    with pytest.raises(SettlementFileInvalid) as refusal:
        read(adyen.row(CHARGE, 0), adyen.row(CHARGE, 1, **{"Batch Number": "18"}))
    assert (refusal.value.code, refusal.value.line) == ("batch_mixed", 3)


def test_all_four_costs_are_the_fee():
    """24.90 less 0.10, 0.20, 0.30 and 0.01 is 24.29."""
    row = one(
        **{
            "Commission (NC)": "0.10",
            "Markup (NC)": "0.20",
            "Scheme Fees (NC)": "0.30",
            "Interchange (NC)": "0.01",
        }
    )
    assert (row.gross_minor, row.fee_minor, row.net_minor) == (2490, 61, 2429)


def test_what_was_paid_in_another_currency_is_told_in_the_settlement_currency():
    """3 000 JPY became 18.00 EUR net and 0.61 EUR of costs: 18.61 EUR gross."""
    row = one(
        **{
            "Gross Currency": "JPY",
            "Gross Credit (GC)": "3000",
            "Net Credit (NC)": "18.00",
            "Exchange Rate": "0.0062",
        }
    )
    assert (row.gross_minor, row.fee_minor, row.net_minor, row.currency) == (1861, 61, 1800, "EUR")


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        ("Settled", "charge"), ("Refunded", "refund"), ("Chargeback", "dispute"), ("SecondChargeback", "dispute"),
        ("ChargebackReversed", "dispute_reversal"), ("Fee", "fee"), ("InvoiceDeduction", "fee"),
        ("MerchantPayout", "payout"), ("Balancetransfer", "adjustment"), ("DepositCorrection", "reserve"),
        ("SomethingNew", "unknown"),
    ],
)  # fmt: skip
def test_types_are_our_kinds(type, kind):
    """A type that is on no list is unknown, and the file's word is kept."""
    row = one(Type=type)
    assert (row.kind, row.type, row.number) == (kind, type, f"M0:{type}")


def test_a_cost_of_the_account_has_no_gross():
    """An invoice of 5.00 stands in the net column alone, under no payment's number."""
    row = one(
        **{
            "Type": "InvoiceDeduction", "Psp Reference": "", "Modification Reference": "", "Gross Credit (GC)": "",
            "Net Credit (NC)": "", "Net Debit (NC)": "5.00", "Commission (NC)": "", "Interchange (NC)": "",
        }
    )  # fmt: skip
    assert (row.kind, row.gross_minor, row.net_minor, row.number) == (
        "fee",
        -500,
        -500,
        "PlatformEU:17:2:InvoiceDeduction",
    )


@pytest.mark.parametrize(
    ("zone", "hour"), [("CET", 11), ("CEST", 10), ("Europe/Amsterdam", 11), ("PST", 20), ("UTC", 12)]
)
def test_local_times_are_brought_to_utc(zone, hour):
    """Noon of 14 March by the zone that stands beside it."""
    row = one(**{"Creation Date": "2026-03-14 12:00:00", "TimeZone": zone})
    assert row.occurred_at == datetime(2026, 3, 14, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "code", "detail"),
    [
        ({"Net Credit (NC)": "24.30"}, "net_mismatch", "is not net 24.30 EUR"),
        ({"Gross Debit (GC)": "1.00"}, "row_rejected", "not one amount"),
        ({"Gross Credit (GC)": "-24.90"}, "row_rejected", "without a sign"),
        ({"Net Currency": "XXX"}, "row_rejected", "XXX"),
        ({"TimeZone": "../etc/passwd"}, "row_rejected", "no time zone"),
        ({"Creation Date": "0001-01-01 00:00:00"}, "row_rejected", "out of bounds"),
        (
            {"Gross Currency": "USD", "Net Credit (NC)": "", "Net Debit (NC)": "24.29"},
            "net_mismatch",
            "two ways",
        ),
        ({"Batch Number": "x"}, "row_rejected", "Batch Number"),
    ],
)
def test_a_row_that_does_not_hold_is_kept_out(changed, code, detail):
    """Its line, its number and the rule that it breaks are told; the other row is read."""
    row = one(**changed)
    assert (row.role, row.code, row.line, row.number) == ("rejected", code, 2, "M0:Settled")
    assert detail in row.detail


def test_a_missing_column_is_named():
    """Without TimeZone nobody knows when."""
    content = adyen.of_rows([adyen.row(CHARGE, 0)]).replace(b"TimeZone", b"Zone")
    with pytest.raises(SettlementFileInvalid, match="has no column TimeZone"):
        open_file(io.BytesIO(content), "adyen")


def test_dinars_have_three_decimals():
    """12.340 KWD is 12340."""
    _, (row,) = read(adyen.row(Told("charge", 12340, 0, "KWD", AT, "x"), 0))
    assert isinstance(row, SettlementLine)
    assert (row.gross_minor, row.currency) == (12340, "KWD")
