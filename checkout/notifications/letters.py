"""The words of each email, from the payment's and its orders' own facts. Plain functions: what is told, not whether or to whom."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from checkout.notifications.message import Letter
from checkout.notifications.post_office import PostOffice
from checkout.orders.views import OrderView, ShipmentView
from checkout.payments.views import PaymentView
from checkout.refunds.queries import RefundView
from checkout.wording import money, times
from checkout.wording.declines import failure_reason
from checkout.wording.delays import debit_arrives_by, may_take_days
from checkout.wording.return_links import with_payment

PRODUCT = "Checkout"
TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "emails"

_templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def payment_succeeded(view: PaymentView, office: PostOffice) -> Letter:
    return _letter("payment_succeeded", "payment received", view, office)


def payment_failed(view: PaymentView, office: PostOffice) -> Letter:
    return _letter(
        "payment_failed",
        "payment did not go through",
        view,
        office,
        reason=failure_reason(view.last_error.code if view.last_error else None),
    )


def payment_expired(view: PaymentView, office: PostOffice) -> Letter:
    closed_at = times.moment(view.session_expires_at, office.zone, view.shopper_locale).words
    return _letter("payment_expired", "time ran out", view, office, closed_at=closed_at)


def payment_delayed(view: PaymentView, office: PostOffice) -> Letter:
    waiting_since = view.processing_at or view.created_at
    by = debit_arrives_by(waiting_since.astimezone(office.zone).date())
    return _letter(
        "payment_delayed",
        "your bank needs more time",
        view,
        office,
        debit=may_take_days(view.method),
        debit_by=times.day(by, view.shopper_locale),
    )


def parcel_sent(view: PaymentView, order: OrderView, parcel: ShipmentView, office: PostOffice) -> Letter:
    """One parcel of one order: what is in it, who carries it, and the newest estimate there is."""
    locale = view.shopper_locale
    lines = {line.id: line for line in order.lines}
    return _render(
        "parcel_sent",
        f"{view.storefront_name}: {_one_order_words(view, order)}, on its way",
        shop=view.storefront_name,
        reference=order.public_id,
        seller=order.seller_name,
        order_reference=order.reference,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        delivery=_delivery(parcel.delivery_from, parcel.delivery_to, locale)
        or _delivery(order.delivery_from, order.delivery_to, locale),
        contents=[{"name": lines[id].name, "quantity": quantity} for id, quantity in parcel.lines],
        is_all=order.status != "paid" and len(order.shipments) == 1,
        status_url=office.links.url(view.id),
    )


def order_delivered(view: PaymentView, order: OrderView, office: PostOffice) -> Letter:
    """All of one order: when each parcel came. Where nobody has confirmed it, that is what is said."""
    locale, delivered_at = view.shopper_locale, order.fulfilment.delivered_at
    assert delivered_at is not None, "a delivered order says since when"
    names = {line.id: line.name for line in order.lines}
    status_url = office.links.url(view.id)
    is_confirmed = all(parcel.delivered_at for parcel in order.shipments)
    return _render(
        "order_delivered",
        f"{view.storefront_name}: {_one_order_words(view, order)}, {'arrived' if is_confirmed else 'should be there'}",
        shop=view.storefront_name,
        reference=order.public_id,
        seller=order.seller_name,
        order_reference=order.reference,
        is_confirmed=is_confirmed,
        day=_day(delivered_at, office, locale),
        parcels=[
            {
                "carrier": parcel.carrier,
                "tracking_number": parcel.tracking_number,
                "day": _day(parcel.delivered_at, office, locale),
                "contents": [{"name": names[id], "quantity": quantity} for id, quantity in parcel.lines],
            }
            for parcel in order.shipments
        ],
        status_url=status_url,
        help_url=f"{status_url}/help",
    )


def refund_told(view: PaymentView, refund: RefundView, office: PostOffice) -> Letter:
    """What went back of which seller's order and where to; or that the shopper's bank did not take it."""
    locale, money_back = view.shopper_locale, refund.refund
    names = {order.id: order.seller_name for order in view.orders}
    failed = money_back.status == "failed"
    amount = money_back.card if failed else money_back.amount
    status_url = office.links.url(view.id)
    return _render(
        "refund_failed" if failed else "refund_sent",
        f"{view.storefront_name}: {_order_words(view)}, "
        + ("refund failed" if failed else f"refund of {money.with_code(amount, locale)} sent"),
        shop=view.storefront_name,
        reference=money_back.public_id,
        amount=money.with_code(amount, locale),
        card=money.with_code(money_back.card, locale) if money_back.card else "",
        wallet=money.with_code(money_back.wallet, locale) if money_back.wallet else "",
        sellers=[
            {
                "seller": names.get(part.order_id, ""),
                "amount": money.with_code(part.card if failed else part.amount, locale),
            }
            for part in refund.parts
        ],
        status_url=status_url,
        help_url=f"{status_url}/help",
    )


def invitation(*, name: str | None, url: str, expires_at: datetime, office: PostOffice) -> Letter:
    return _link("invitation", "You are invited", name, url, expires_at, office)


def password_reset(*, name: str | None, url: str, expires_at: datetime, office: PostOffice) -> Letter:
    return _link("password_reset", "Choose a new password", name, url, expires_at, office)


def payout_account_changed(
    *,
    seller: str,
    currency: str,
    account: str,
    changed_at: datetime,
    paused_until: datetime | None,
    office: PostOffice,
) -> Letter:
    return _render(
        "payout_account_changed",
        f"{PRODUCT}: the payout account of {seller} was changed",
        shop=PRODUCT,
        seller=seller,
        currency=currency,
        account=account,
        changed_at=times.moment(changed_at, office.zone, None).words,
        paused_until=times.moment(paused_until, office.zone, None).words if paused_until else None,
        operators=office.operators,
        reference=seller,
    )


def dispute_told(*, seller: str, title: str, reference: str, **facts: Any) -> Letter:
    """To a seller's people: what became of a dispute, what of it is theirs, and until when they can answer."""
    return _render(
        "dispute_told",
        f"{PRODUCT}: {title} ({seller})",
        shop=PRODUCT,
        heading=f"{title[0].upper()}{title[1:]}",
        reference=reference,
        **facts,
    )


def alert_told(*, heading: str, reference: str, **facts: Any) -> Letter:
    """To the staff: one alert, and what somebody says about it."""
    return _render(
        "alert_told", f"{PRODUCT}: {heading}", shop=PRODUCT, heading=heading, reference=reference, **facts
    )


def finance_morning(*, subject: str, **facts: Any) -> Letter:
    """To finance: what waits, what is due, and how the last nights ended."""
    return _render("finance_morning", f"{PRODUCT}: {subject}", shop=PRODUCT, **facts)


def dead_letter(*, task: str, kind: str, attempts: int, error: str) -> Letter:
    subject = f"Dead task: {kind}"
    return _render(
        "dead_letter", subject, shop="Operations", reference=task, kind=kind, attempts=attempts, error=error
    )


def _link(
    template: str, subject: str, name: str | None, url: str, expires_at: datetime, office: PostOffice
) -> Letter:
    """To somebody who works with the product: no shop and no order."""
    return _render(
        template,
        f"{PRODUCT}: {subject[0].lower()}{subject[1:]}",
        shop=PRODUCT,
        name=name or "",
        url=url,
        host=office.host,
        until=times.moment(expires_at, office.zone, None).words,
    )


def _letter(template: str, state: str, view: PaymentView, office: PostOffice, **more: Any) -> Letter:
    """Every payment email names the shop, the order and the state in its subject."""
    locale = view.shopper_locale
    status_url = office.links.url(view.id)
    return _render(
        template,
        f"{view.storefront_name}: {_order_words(view)}, {state}",
        shop=view.storefront_name,
        reference=view.public_id,
        amount=money.with_code(view.amount, locale),
        orders=[_order(order, locale) for order in view.orders],
        is_top_up=view.is_top_up,
        of_store_credit=_of_store_credit(view, locale),
        status_url=status_url,
        receipt_url=f"{status_url}/receipt",
        cart_url=with_payment(view.cancel_url or view.return_url, view.public_id),
        **more,
    )


def _render(template: str, subject: str, **data: Any) -> Letter:
    text, html = (
        _templates.get_template(f"{template}.{kind}").render(subject=subject, **data)
        for kind in ("txt", "html")
    )
    return Letter(subject=subject, text=text, html=html)


def _one_order_words(view: PaymentView, order: OrderView) -> str:
    return f"order {order.reference}" if order.reference else f"payment {view.public_id}"


def _order_words(view: PaymentView) -> str:
    references = [order.reference for order in view.orders if order.reference]
    return f"order {', '.join(references)}" if references else f"payment {view.public_id}"


def _of_store_credit(view: PaymentView, locale: str | None) -> str:
    """How much of the amount the shopper's store credit pays; empty where none."""
    if not view.wallet_amount:
        return ""
    return money.with_code(view.wallet_amount, locale) if view.card_amount else "all"


def _order(order: OrderView, locale: str | None) -> dict[str, Any]:
    return {
        "seller": order.seller_name,
        "reference": order.reference,
        "amount": money.with_code(order.amount, locale),
        "delivery": _delivery(order.delivery_from, order.delivery_to, locale),
        "lines": [
            {
                "name": line.name,
                "quantity": line.quantity,
                "amount": money.with_code(line.amount, locale),
            }
            for line in order.lines
        ],
    }


def _day(at: datetime | None, office: PostOffice, locale: str | None) -> str:
    return times.day(at.astimezone(office.zone).date(), locale) if at else ""


def _delivery(first: date | None, last: date | None, locale: str | None) -> str:
    if first is None or last is None:
        return ""
    return times.days(first, last, locale)
