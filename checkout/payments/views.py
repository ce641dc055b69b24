"""What is shown of a payment, to the API and to the pages alike. No statement lives here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.orders.views import LineView, OrderView
from checkout.payments.commands import CHECKOUT, TOP_UP
from checkout.shoppers.details import Details


@dataclass(frozen=True, slots=True)
class LastError:
    """Why the last attempt did not go through. `code` is a key of our table of reasons; `psp_code` the PSP's own."""

    code: str
    psp_code: str | None
    message: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment with its orders and lines, and the shopper it is shown to, of whom nothing is known once erased. The
    shopper's details are opened by whoever shows them: most looks at a payment need none.

    amount_received counts all money that arrived in the payment's currency, by card or from the wallet, also after an
    end (`late_capture`).
    """

    id: UUID
    client_payment_id: UUID | None
    storefront_id: UUID
    storefront_name: str
    shopper_id: UUID
    open_shopper: Callable[[], Details | None] = field(compare=False, repr=False)
    livemode: bool
    status: str
    version: int
    amount: Money
    amount_received: Money
    amount_refunded: Money
    return_url: str
    cancel_url: str | None
    metadata: Mapping[str, str]
    psp: str
    psp_session_id: str | None
    psp_charge_id: str | None
    hosted_url: str | None
    session_expires_at: datetime
    method: str | None
    last_error: LastError | None
    cancel_requested_at: datetime | None
    processing_at: datetime | None
    succeeded_at: datetime | None
    ended_at: datetime | None
    last_synced_at: datetime | None
    next_sync_at: datetime | None
    late_capture: bool
    created_at: datetime
    updated_at: datetime
    orders: tuple[OrderView, ...]
    purpose: str = CHECKOUT
    wallet_amount_minor: int = 0

    @property
    def public_id(self) -> str:
        return encode("pay", self.id)

    @property
    def currency(self) -> str:
        return self.amount.currency

    @property
    def wallet_amount(self) -> Money:
        """What of the amount is paid with store credit."""
        return Money(self.wallet_amount_minor, self.currency)

    @property
    def card_amount(self) -> Money:
        """What of the amount the PSP charges."""
        return self.amount - self.wallet_amount

    @property
    def is_top_up(self) -> bool:
        return self.purpose == TOP_UP

    @property
    def customer_id(self) -> str:
        """ "cus_…": whose store credit it uses or fills."""
        return encode("cus", self.shopper_id)

    @property
    def shopper_email(self) -> str | None:
        shopper = self.open_shopper()
        return shopper.email if shopper else None

    @property
    def shopper_locale(self) -> str | None:
        shopper = self.open_shopper()
        return shopper.locale if shopper else None

    @property
    def shopper_country(self) -> str | None:
        shopper = self.open_shopper()
        return shopper.country if shopper else None


__all__ = ["LastError", "LineView", "OrderView", "PaymentView"]
