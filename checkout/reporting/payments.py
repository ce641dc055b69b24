"""The list of payments that people filter, page through and export."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.identity.access import Reach
from checkout.reporting import shoppers
from checkout.reporting.paging import COUNTED, EXPORTED, Cut, Page, page_of


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """None does not filter. `created_from` is included, `created_before` is not. `reference`: an order's own number,
    or one of the PSP's ids."""

    status: str | None = None
    currency: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    reference: str | None = None
    email: str | None = None

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, field.name) is None for field in fields(self))


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment of the list. `references`: its orders' own numbers."""

    id: UUID
    status: str
    amount: Money
    amount_refunded: Money
    method: str | None
    storefront_name: str
    references: tuple[str, ...]
    sellers: tuple[str, ...]
    psp: str
    psp_session_id: str | None
    psp_intent_id: str | None
    psp_charge_id: str | None
    created_at: datetime
    succeeded_at: datetime | None

    @property
    def public_id(self) -> str:
        return encode("pay", self.id)


WHERE: Final = """
     WHERE (%(everything)s OR p.storefront_id = ANY(%(storefronts)s))
       AND (%(status)s::text IS NULL OR p.status = %(status)s)
       AND (%(currency)s::text IS NULL OR p.currency = %(currency)s)
       AND (%(created_from)s::timestamptz IS NULL OR p.created_at >= %(created_from)s)
       AND (%(created_before)s::timestamptz IS NULL OR p.created_at < %(created_before)s)
       AND (%(reference)s::text IS NULL
            OR %(reference)s IN (p.psp_session_id, p.psp_intent_id, p.psp_charge_id)
            OR EXISTS (SELECT FROM orders o WHERE o.payment_id = p.id AND o.reference = %(reference)s))
       AND (%(shoppers)s::uuid[] IS NULL OR p.shopper_id = ANY(%(shoppers)s))
"""
ROWS: Final = f"""
    SELECT p.id, p.status, p.amount_minor, p.amount_refunded_minor, p.currency, p.method,
           sf.name AS storefront_name, p.psp, p.psp_session_id, p.psp_intent_id, p.psp_charge_id, p.created_at,
           p.succeeded_at, parts.numbers, parts.sellers
      FROM payments p
      JOIN storefronts sf ON sf.id = p.storefront_id
      CROSS JOIN LATERAL (
            SELECT array_remove(array_agg(o.reference ORDER BY o.position), NULL) AS numbers,
                   array_agg(sel.name ORDER BY o.position) AS sellers
              FROM orders o JOIN sellers sel ON sel.id = o.seller_id WHERE o.payment_id = p.id) AS parts
    {WHERE}
"""
# By id: it is made in the order of creation, and its index spares the list one of its own.
NEWEST: Final = f"{ROWS} ORDER BY p.id DESC LIMIT %(limit)s"
OLDER: Final = f"{ROWS} AND p.id < %(edge)s ORDER BY p.id DESC LIMIT %(limit)s"
NEWER: Final = f"{ROWS} AND p.id > %(edge)s ORDER BY p.id LIMIT %(limit)s"
COUNT: Final = f"SELECT count(*) FROM (SELECT FROM payments p {WHERE} LIMIT %(most)s) AS found"


def list_payments(filters: PaymentFilter, reach: Reach, cut: Cut) -> Page[PaymentRow]:
    """A page of the payments within the reach; `cut` names payments by their public ids.

    Raises:
        NotFound: the cut's id is malformed.
    """
    parameters = _parameters(filters, reach)
    edge = cut.after or cut.before
    statement = NEWEST if edge is None else (OLDER if cut.after else NEWER)
    if edge is not None:
        parameters["edge"] = decode("pay", edge)
    rows = [_row(row) for row in run(statement, limit=cut.limit + 1, **parameters)]
    return page_of(rows, cut, total=count_payments(filters, reach), key=lambda payment: payment.public_id)


def count_payments(filters: PaymentFilter, reach: Reach) -> int:
    """How many there are, at most COUNTED + 1."""
    return int(run(COUNT, most=COUNTED + 1, **_parameters(filters, reach))[0][0])


def export_payments(filters: PaymentFilter, reach: Reach) -> list[PaymentRow]:
    """The newest EXPORTED payments of the filter."""
    return [_row(row) for row in run(NEWEST, limit=EXPORTED, **_parameters(filters, reach))]


def _parameters(filters: PaymentFilter, reach: Reach) -> dict[str, Any]:
    return {
        **{field.name: getattr(filters, field.name) for field in fields(filters)},
        "shoppers": shoppers.ids_of(filters.email),
        "everything": reach.everything,
        "storefronts": list(reach.storefronts),
    }


def _row(row: Row[Any]) -> PaymentRow:
    return PaymentRow(
        id=row.id,
        status=row.status,
        amount=Money(row.amount_minor, row.currency),
        amount_refunded=Money(row.amount_refunded_minor, row.currency),
        method=row.method,
        storefront_name=row.storefront_name,
        references=tuple(row.numbers or ()),
        sellers=tuple(row.sellers or ()),
        psp=row.psp,
        psp_session_id=row.psp_session_id,
        psp_intent_id=row.psp_intent_id,
        psp_charge_id=row.psp_charge_id,
        created_at=row.created_at,
        succeeded_at=row.succeeded_at,
    )
