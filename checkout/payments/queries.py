"""Reads of payments. Nothing here changes anything."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.orders.queries import order_of
from checkout.payments import statements
from checkout.payments.views import LastError, LineView, OrderView, PaymentView
from checkout.shoppers import Details, open_person

__all__ = [
    "Edge",
    "LastError",
    "LineView",
    "OrderView",
    "PaymentFilter",
    "PaymentView",
    "find_view",
    "get_view",
    "list_views",
    "read_view",
]


def get_view(payment_id: UUID, *, storefront_id: UUID | None = None) -> PaymentView:
    """One payment by our id; with `storefront_id`, only where it is that storefront's. One statement by itself.

    Raises:
        NotFound: there is none, or it is another storefront's.
    """
    rows = run(statements.VIEW_BY_ID, id=payment_id, storefront_id=storefront_id)
    if not rows:
        raise NotFound("no such payment")
    return view_of(rows[0])


def read_view(session: Session, payment_id: UUID) -> PaymentView:
    """One payment as the caller's transaction sees it.

    Raises:
        NotFound: there is none.
    """
    row = execute(session, statements.VIEW_BY_ID, id=payment_id, storefront_id=None).first()
    if row is None:
        raise NotFound("no such payment")
    return view_of(row)


def find_view(text: str, *, storefront_id: UUID) -> PaymentView:
    """One payment of a storefront by what a client may write: our "pay_…" id or the client's own UUID.

    Raises:
        NotFound: malformed, unknown and another storefront's alike.
    """
    if text.startswith("pay_"):
        return get_view(decode("pay", text), storefront_id=storefront_id)
    try:
        client_id = UUID(text)
    except ValueError:
        raise NotFound("no such payment") from None
    if str(client_id) != text.lower():  # Python also reads braces and URNs: one spelling is enough
        raise NotFound("no such payment")
    rows = run(statements.VIEW_BY_CLIENT_ID, id=client_id, storefront_id=storefront_id)
    if not rows:
        raise NotFound("no such payment")
    return view_of(rows[0])


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments a list shows; None does not filter. `created_from` is included, `created_before` is not.
    `storefront_ids` is for whoever sees several: one alone is `storefront_id`, which walks its index in order."""

    storefront_id: UUID | None
    status: str | None = None
    currency: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    seller_id: UUID | None = None
    reference: str | None = None
    storefront_ids: list[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """The row a page ends at: what a cursor holds."""

    at: datetime
    id: UUID


def list_views(
    filters: PaymentFilter, *, limit: int, after: Edge | None = None, before: Edge | None = None
) -> list[PaymentView]:
    """A page of payments, newest first: those older than `after`, or those just newer than `before`.

    Ask for one more than you show to learn whether there are more.
    """
    assert after is None or before is None, "a page has one edge"
    asked = {name: value for name, value in asdict(filters).items() if value is not None}
    names, edge = frozenset(asked), after or before
    if edge is None:
        return [view_of(row) for row in run(statements.page("newest", names, limit), **asked)]
    asked |= {"edge_at": edge.at, "edge_id": edge.id}
    if after is not None:
        return [view_of(row) for row in run(statements.page("older", names, limit), **asked)]
    return [view_of(row) for row in reversed(run(statements.page("newer", names, limit), **asked))]


def view_of(row: Row[Any]) -> PaymentView:
    """The view of one row of statements.VIEW."""
    values = dict(row._mapping)
    currency = values.pop("currency")
    for amount in ("amount", "amount_received", "amount_refunded"):
        values[amount] = Money(values.pop(f"{amount}_minor"), currency)
    sealed = values.pop("shopper_key"), values.pop("shopper_details")
    values["open_shopper"] = _Sealed(row.shopper_id, *sealed)
    values["last_error"] = _last_error(values["last_error"])
    values["orders"] = tuple(order_of(document) for document in values["orders"])
    return PaymentView(**values)


class _Sealed:
    """The shopper of a view: opened when somebody asks, once."""

    __slots__ = ("_opened", "_sealed")

    def __init__(self, shopper_id: UUID, key: bytes | None, details: bytes | None) -> None:
        self._sealed = shopper_id, key, details
        self._opened: tuple[Details | None] | None = None

    def __call__(self) -> Details | None:
        if self._opened is None:
            self._opened = (open_person(*self._sealed),)
        return self._opened[0]


def _last_error(document: dict[str, Any] | None) -> LastError | None:
    if document is None:
        return None
    return LastError(
        code=document["code"],
        psp_code=document.get("psp_code"),
        message=document.get("message"),
        at=datetime.fromisoformat(document["at"]),
    )
