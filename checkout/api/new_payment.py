"""From the validated body of POST /v1/payments to the command that starts it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from checkout.core.errors import InvalidParameter
from checkout.core.ids import MalformedId, decode
from checkout.core.money import Money
from checkout.identity.access import Principal
from checkout.payments.commands import Customer, NewLine, NewOrder, StartPayment
from checkout.payments.within import storefront_of_new


def start_payment_command(body: Mapping[str, Any], principal: Principal, fingerprint: bytes) -> StartPayment:
    """The command. Amounts become Money here and stay it.

    Raises:
        InvalidParameter: a delivery that ends before it begins. Forbidden: a person who reaches several storefronts.
    """
    currency = body["currency"]
    return StartPayment(
        storefront_id=storefront_of_new(principal.reach("payments:write")),
        livemode=principal.livemode,
        amount=Money(body["amount"], currency),
        orders=tuple(_order(order, currency, index) for index, order in enumerate(body["orders"])),
        customer=_customer(body["customer"]),
        return_url=body["return_url"],
        cancel_url=body.get("cancel_url"),
        fingerprint=fingerprint,
        payment_id=body.get("payment_id"),
        metadata=body.get("metadata", {}),
        wallet_amount=_money(body.get("wallet_amount"), currency),
    )


def _order(order: Mapping[str, Any], currency: str, index: int) -> NewOrder:
    first, last = _delivery(order.get("estimated_delivery"), index)
    return NewOrder(
        seller_id=_seller_id(order["seller"]),
        amount=Money(order["amount"], currency),
        reference=order.get("reference"),
        logistics_fee=_money(order.get("logistics_fee"), currency),
        tax_amount=_money(order.get("tax_amount"), currency),
        tax_collected_by=order.get("tax_collected_by", "seller"),
        lines=tuple(_line(line, currency) for line in order.get("lines", ())),
        delivery_from=first,
        delivery_to=last,
    )


def _line(line: Mapping[str, Any], currency: str) -> NewLine:
    return NewLine(
        name=line["name"],
        quantity=line["quantity"],
        unit_amount=Money(line["unit_amount"], currency),
        sku=line.get("sku"),
        kind=line.get("kind", "item"),
        category=line.get("category"),
    )


def _customer(customer: Mapping[str, Any]) -> Customer:
    return Customer(
        email=customer["email"],
        name=customer.get("name"),
        locale=customer.get("locale"),
        country=customer.get("country"),
    )


def _delivery(days: Mapping[str, date] | None, index: int) -> tuple[date | None, date | None]:
    if days is None:
        return None, None
    if days["to"] < days["from_"]:
        raise InvalidParameter.at(
            f"/orders/{index}/estimated_delivery/to", "must not be before from", "out_of_range"
        )
    return days["from_"], days["to"]


def _seller_id(text: str) -> UUID | None:
    """None for what is no seller's id: it is refused as an unknown seller is."""
    try:
        return decode("sel", text)
    except MalformedId:
        return None


def _money(amount_minor: int | None, currency: str) -> Money | None:
    return None if amount_minor is None else Money(amount_minor, currency)
