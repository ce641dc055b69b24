"""The postings by which finance explains a difference with the PSP. Pure, as recipes.py; keyed by the alert.

`beyond`: what our balance has by our books beyond what it has by the PSP's. Positive: the PSP has less than we thought.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger.chart import (
    PSP_FEES,
    ROUNDING,
    SETTLEMENT_LOSSES,
    Account,
    bank,
    fx_clearing,
    psp_balance,
    psp_claims,
    suspense,
)
from checkout.ledger.entry import Entry, Posting, PspNumber, credit, debit, legs


def suspense_booked(
    *, source: str, psp: str, number: str, beyond: Money, effective_at: datetime | None = None
) -> Entry:
    """The PSP moved something under this number that nobody can explain yet: the balance follows it all the same."""
    return Entry(
        kind="suspense_booked",
        source_key=number,
        source=source,
        postings=legs(debit(suspense(psp), beyond), credit(psp_balance(psp), beyond)),
        effective_at=effective_at,
        psp_number=PspNumber(psp, number),
    )


def put_in_suspense(
    *, alert_id: UUID, psp: str, beyond: Money, effective_at: datetime | None = None
) -> Entry:
    """The same for a movement that is booked with another amount: its number names that entry."""
    return _of_alert(
        "suspense_booked",
        alert_id,
        effective_at,
        debit(suspense(psp), beyond),
        credit(psp_balance(psp), beyond),
    )


def suspense_cleared(
    *, alert_id: UUID, onto: Account, beyond: Money, psp: str, order_id: UUID | None = None,
    effective_at: datetime | None = None,
) -> Entry:  # fmt: skip
    """What lay in suspense belongs to this account."""
    return _of_alert(
        "suspense_cleared",
        alert_id,
        effective_at,
        debit(onto, beyond, order_id=order_id),
        credit(suspense(psp), beyond),
    )


def psp_claimed(*, alert_id: UUID, psp: str, beyond: Money, effective_at: datetime | None = None) -> Entry:
    """The PSP owes it: claimed, not yet paid."""
    return _of_alert(
        "psp_claimed",
        alert_id,
        effective_at,
        debit(psp_claims(psp), beyond),
        credit(psp_balance(psp), beyond),
    )


def fee_claimed(*, alert_id: UUID, psp: str, beyond: Money, effective_at: datetime | None = None) -> Entry:
    """The PSP has kept more than its contract says, and has been booked so: the cost is claimed back."""
    return _of_alert(
        "psp_claimed",
        alert_id,
        effective_at,
        debit(psp_claims(psp), beyond),
        credit(PSP_FEES, beyond),
    )


def psp_claim_paid(*, alert_id: UUID, psp: str, amount: Money, effective_at: datetime | None = None) -> Entry:
    """The PSP has paid a claim, or a part of it."""
    return _of_alert(
        "psp_claim_paid",
        alert_id,
        effective_at,
        debit(psp_balance(psp), amount),
        credit(psp_claims(psp), amount),
    )


def settlement_written_off(
    *, alert_id: UUID, of: Account, beyond: Money, effective_at: datetime | None = None
) -> Entry:
    """Two persons have given it up; a negative amount is a gain nobody claims. `of`: psp_balance, psp_claims, suspense."""
    return _of_alert(
        "settlement_written_off", alert_id, effective_at, debit(SETTLEMENT_LOSSES, beyond), credit(of, beyond)
    )


def rounding_booked(
    *, source: str, psp: str, number: str, beyond: Money, effective_at: datetime | None = None
) -> Entry:
    """Within one minor unit of what we booked: how the PSP rounds is its affair. Keyed by the movement's number, under
    which its line is compared with this as well; `number` is the source where a person rounds what has none."""
    return Entry(
        kind="rounding_booked",
        source_key=number,
        source=source,
        postings=legs(debit(ROUNDING, beyond), credit(psp_balance(psp), beyond)),
        effective_at=effective_at,
        psp_number=PspNumber(psp, number, part="rounding") if number != source else None,
    )


def fx_settled(
    *,
    source: str,
    psp: str,
    number: str,
    presented: Money,
    settled: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """What was booked in the currency that was paid has come in the currency that the PSP settles in; negative amounts
    went out. Both are what the PSP has executed, never a quote."""
    assert presented.currency != settled.currency, "one currency is no exchange"
    return Entry(
        kind="fx_settled",
        source_key=number,
        source=source,
        postings=legs(
            debit(fx_clearing(presented.currency), presented),
            credit(psp_balance(psp), presented),
            debit(psp_balance(psp), settled),
            credit(fx_clearing(settled.currency), settled),
        ),
        effective_at=effective_at,
        psp_number=PspNumber(psp, number, part="exchange"),
    )


def fx_converted(
    *,
    source: str,
    psp: str,
    number: str,
    sold: Money,
    bought: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """The PSP has sold some of our balance for another currency; both are positive, and what it has executed. `number`
    is that of what was bought; the number of what was sold is learnt beside it."""
    assert sold.currency != bought.currency, "one currency is no conversion"
    return Entry(
        kind="fx_converted",
        source_key=number,
        source=source,
        postings=legs(
            debit(psp_balance(psp), bought),
            credit(fx_clearing(bought.currency), bought),
            debit(fx_clearing(sold.currency), sold),
            credit(psp_balance(psp), sold),
        ),
        effective_at=effective_at,
        psp_number=PspNumber(psp, number, part="exchange"),
    )


def psp_topped_up(
    *,
    source: str,
    psp: str,
    bank_account: str,
    number: str,
    amount: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """We sent money to the PSP from our bank; a negative amount came back."""
    return Entry(
        kind="psp_topped_up",
        source_key=number,
        source=source,
        postings=legs(debit(psp_balance(psp), amount), credit(bank(bank_account), amount)),
        effective_at=effective_at,
        psp_number=PspNumber(psp, number),
    )


def alert_name(alert_id: UUID) -> str:
    """As the source of an entry."""
    return encode("alr", alert_id)


def _of_alert(kind: str, alert_id: UUID, effective_at: datetime | None, *postings: Posting) -> Entry:
    alert = alert_name(alert_id)
    return Entry(
        kind=kind, source_key=alert, source=alert, postings=legs(*postings), effective_at=effective_at
    )
