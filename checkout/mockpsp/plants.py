"""What test cards plant in the settlement file: written down when the money is taken, in the journal too, so that the
precision and the recall of whoever reads the file can be measured."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import captures, journal, object_ids
from checkout.mockpsp.behaviours import Lie
from checkout.mockpsp.currency_rules import stripe_exponent
from checkout.mockpsp.work import Work

Json = dict[str, Any]
CODES: Final = {
    Lie.LOWER_AMOUNT: "amount_mismatch",
    Lie.HIGHER_FEE: "fee_mismatch",
    Lie.DAY_LATE: "timing_cutoff",
    Lie.NEVER: "missing_at_psp",
    Lie.TWICE: "duplicate_line",
    Lie.OTHER_CURRENCY: "currency_mismatch",
    Lie.FAILED: "status_mismatch",
    Lie.EXTRA_ROW: "unknown_reference",
    Lie.MALFORMED: "row_rejected",
}
EXTRA_UNITS: Final = 3


def plant(work: Work, checkout: Json, charge: Json, lie: Lie) -> None:
    """Joins the unit of work that took the money. An extra row has a number of its own, which the journal names."""
    amount, currency = charge["amount"], charge["currency"]
    number = charge["balance_transaction"]
    extra = object_ids.balance_transaction_id() if lie is Lie.EXTRA_ROW else None
    work.tx.run(
        "insert into plants (balance_transaction, lie, extra, created) values (?, ?, ?, ?)",
        [number, lie.value, extra, work.now],
    )
    journal.write(
        work.tx,
        kind="planted",
        at=work.now,
        object_id=charge["id"],
        amount=_difference(lie, amount, currency),
        currency=other_currency(currency) if lie is Lie.OTHER_CURRENCY else currency,
        balance_transaction=extra or number,
        reference=captures.reference_of(checkout),
        idempotency_key=None,
        code=CODES[lie],
    )


def unit(currency: str) -> int:
    """1.00 in the currency's minor units."""
    return int(10 ** stripe_exponent(currency))


def other_currency(currency: str) -> str:
    return "usd" if currency != "usd" else "eur"


def _difference(lie: Lie, amount: int, currency: str) -> int:
    """By how much the books and the file differ, without a sign."""
    match lie:
        case Lie.LOWER_AMOUNT | Lie.HIGHER_FEE:
            return unit(currency)
        case Lie.FAILED:
            return 2 * amount  # it says that as much went out as had come in
        case Lie.EXTRA_ROW:
            return EXTRA_UNITS * unit(currency)
        case _:
            return amount
