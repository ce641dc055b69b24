"""The postings of store credit: topped up, held by a checkout, used or given free again, granted, expired. Pure, as
recipes.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger.chart import PROMOTIONS, customer_wallet, customer_wallet_held, psp_balance, unapplied
from checkout.ledger.entry import Entry, credit, debit, legs
from checkout.ledger.recipes import OrderPart, WalletPart, order_legs, wallet_leg


def wallet_topped_up(
    *,
    payment_id: UUID,
    psp: str,
    charge_id: str,
    customer_id: UUID,
    amount: Money,
    effective_at: datetime | None = None,
) -> Entry:
    """The PSP holds money that the customer has put into the wallet. Keyed by the charge."""
    return Entry(
        kind="wallet_topped_up",
        source_key=charge_id,
        source=encode("pay", payment_id),
        postings=legs(debit(psp_balance(psp), amount), credit(customer_wallet(customer_id), amount)),
        effective_at=effective_at,
    )


def unapplied_topped_up(*, payment_id: UUID, wallet: WalletPart) -> Entry:
    """The review of a top-up was approved: the money that waited becomes store credit. Once per payment."""
    return Entry(
        kind="unapplied_applied",
        source_key=encode("pay", payment_id),
        source=encode("pay", payment_id),
        postings=legs(
            debit(unapplied(payment_id), wallet.amount),
            credit(customer_wallet(wallet.customer_id), wallet.amount),
        ),
    )


def wallet_held(*, payment_id: UUID, wallet: WalletPart) -> Entry:
    """A checkout counts on the credit: nobody else can. Once per payment."""
    return Entry(
        kind="wallet_held",
        source_key=encode("pay", payment_id),
        source=encode("pay", payment_id),
        postings=legs(
            debit(customer_wallet(wallet.customer_id), wallet.amount),
            credit(customer_wallet_held(wallet.customer_id), wallet.amount),
        ),
    )


def wallet_hold_released(*, payment_id: UUID, wallet: WalletPart) -> Entry:
    """The checkout ended without money: the credit is free again. Once per payment."""
    return Entry(
        kind="wallet_hold_released",
        source_key=encode("pay", payment_id),
        source=encode("pay", payment_id),
        postings=legs(
            debit(customer_wallet_held(wallet.customer_id), wallet.amount),
            credit(customer_wallet(wallet.customer_id), wallet.amount),
        ),
    )


def paid_from_wallet(*, payment_id: UUID, orders: Sequence[OrderPart], wallet: WalletPart) -> Entry:
    """payment_captured without a charge: the wallet pays all of it. Keyed by the payment."""
    return Entry(
        kind="payment_captured",
        source_key=encode("pay", payment_id),
        source=encode("pay", payment_id),
        postings=legs(*wallet_leg(wallet), *order_legs(orders)),
    )


def wallet_credited(*, credit_id: UUID, wallet: WalletPart) -> Entry:
    """The platform gives store credit: its expense, the customer's to spend until it expires."""
    return Entry(
        kind="wallet_credited",
        source_key=encode("wcr", credit_id),
        source=encode("wcr", credit_id),
        postings=legs(
            debit(PROMOTIONS, wallet.amount), credit(customer_wallet(wallet.customer_id), wallet.amount)
        ),
    )


def wallet_credit_expired(*, credit_id: UUID, expired: Money, wallet: WalletPart) -> Entry:
    """What was not spent in time is the platform's again. `expired`: of this credit so far, this part included; a part
    that a checkout held expires after the rest."""
    return Entry(
        kind="wallet_credit_expired",
        source_key=f"{encode('wcr', credit_id)}:{expired.amount_minor}",
        source=encode("wcr", credit_id),
        postings=legs(
            debit(customer_wallet(wallet.customer_id), wallet.amount), credit(PROMOTIONS, wallet.amount)
        ),
    )
