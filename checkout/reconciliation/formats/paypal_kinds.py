"""PayPal's transaction event codes and what they are to us: by the code, else by its group (T11nn). Pure.

Source: https://developer.paypal.com/docs/reports/reference/tcodes/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkout.reconciliation.formats.line import LineKind

# (money that came in, money that went out)
Ways = tuple[LineKind, LineKind]

CODES: Final[Mapping[str, Ways]] = {
    "T1101": ("payout_reversal", "payout_reversal"),  # a withdrawal that came back
    "T1105": ("reserve", "reserve"),  # a general hold released
    "T1106": ("dispute_reversal", "dispute"),  # a payment that PayPal took back
    "T1107": ("refund_failure", "refund"),
    "T1108": ("fee", "fee"),
    "T1109": ("fee", "fee"),
    "T1110": ("reserve", "reserve"),  # held for a dispute
    "T1111": ("reserve", "reserve"),
    "T1114": ("transfer_reversal", "transfer_reversal"),
    "T1115": ("transfer_reversal", "transfer_reversal"),
    "T1201": ("dispute", "dispute"),
    "T1202": ("dispute_reversal", "dispute"),
    "T1205": ("dispute_reversal", "dispute"),
    "T1207": ("dispute", "dispute"),
    "T1208": ("dispute_reversal", "dispute_reversal"),
}
GROUPS: Final[Mapping[str, Ways]] = {
    "T00": ("charge", "transfer"),
    "T01": ("fee", "fee"),
    "T02": ("conversion", "conversion"),
    "T03": ("topup", "topup"),
    "T04": ("payout_reversal", "payout"),
    "T05": ("adjustment", "adjustment"),
    "T06": ("payout_reversal", "payout"),
    "T07": ("topup", "topup"),
    "T08": ("adjustment", "adjustment"),
    "T09": ("adjustment", "adjustment"),
    "T10": ("adjustment", "adjustment"),
    "T11": ("refund_failure", "refund"),
    "T12": ("adjustment", "adjustment"),
    "T15": ("reserve", "reserve"),
    "T19": ("adjustment", "adjustment"),
    "T20": ("adjustment", "adjustment"),
    "T21": ("reserve", "reserve"),
    "T22": ("adjustment", "adjustment"),
}


def kind_of(code: str, gross_minor: int) -> LineKind:
    """A code that is on neither list is unknown: a person is asked, nothing is guessed."""
    ways = CODES.get(code) or (GROUPS.get(code[:3]) if len(code) == 5 else None)
    return "unknown" if ways is None else ways[gross_minor < 0]
