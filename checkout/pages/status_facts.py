"""The figures, days and sentences of a status page, ready to show: everything that the template would compute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from checkout.orders.views import OrderView
from checkout.pages import status_texts
from checkout.pages.status_situation import RefundState, Situation
from checkout.pages.status_texts import TEXTS
from checkout.payments.states import ENDED_WITHOUT_MONEY
from checkout.payments.views import PaymentView
from checkout.wording import masking, money, times
from checkout.wording.declines import decline_words, failure_reason
from checkout.wording.delays import debit_arrives_by, may_take_days
from checkout.wording.return_links import with_payment


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """`sentences` are markup: times and amounts in them carry their exact value. `thing`: what is paid for, in
    one word. `parts`: what store credit has to do with the amount, empty where nothing."""

    heading: str
    thing: str
    parts: Markup
    sentences: tuple[Markup, ...]
    stopped: Markup
    cart_url: str
    shop_url: str
    email: str


def facts_of(
    view: PaymentView,
    situation: Situation,
    *,
    now: datetime,
    zone: ZoneInfo,
    confirmed: bool,
    refunds: RefundState = "none",
) -> StatusFacts:
    """What the page says of the payment. `confirmed`: the confirmation email has left."""
    words = TEXTS[situation]
    fillings = _fillings(view, now=now, zone=zone, confirmed=confirmed)
    fillings["goes"] = status_texts.GOES[refunds]
    sentences = [*words.body]
    if situation is Situation.BANK_SLOW and may_take_days(view.method):
        sentences.append(status_texts.DEBIT_DELAY)
    return StatusFacts(
        heading=words.heading.format(
            refunded=money.with_symbol(view.amount_refunded, view.shopper_locale),
            thing=fillings["thing"],
            way=status_texts.WAYS[refunds],
        ),
        thing=fillings["thing"],
        parts=_parts(view),
        sentences=tuple(_filled(sentence, fillings) for sentence in sentences),
        stopped=_filled(
            status_texts.STOPPED if situation.is_emailed else status_texts.STOPPED_SILENTLY, fillings
        ),
        cart_url=with_payment(view.cancel_url or view.return_url, view.public_id),
        shop_url=with_payment(view.return_url, view.public_id),
        email=fillings["email"],
    )


def _parts(view: PaymentView) -> Markup:
    if not view.wallet_amount:
        return Markup("")
    if view.status in ENDED_WITHOUT_MONEY:
        text = status_texts.CREDIT_FREE_AGAIN
    elif view.succeeded_at is not None:
        text = status_texts.FROM_CREDIT if view.card_amount else status_texts.ALL_FROM_CREDIT
    else:
        text = status_texts.CREDIT_HELD
    amounts = {"credit": view.wallet_amount, "card": view.card_amount}
    locale = view.shopper_locale
    return _filled(text, {name: _amount(money.with_symbol(each, locale)) for name, each in amounts.items()})


def _filled(sentence: str, fillings: dict[str, str]) -> Markup:
    """The sentence is one of ours; what fills it is escaped."""
    return Markup(sentence).format(**fillings)  # noqa: S704


def _fillings(view: PaymentView, *, now: datetime, zone: ZoneInfo, confirmed: bool) -> dict[str, str]:
    """Every name that a sentence may hold."""
    locale = view.shopper_locale
    decline = decline_words(view.last_error.code if view.last_error else None)
    email = masking.email(view.shopper_email or "")
    since = (view.processing_at or view.created_at).astimezone(zone).date()
    confirmation = status_texts.CONFIRMATION_SENT if confirmed else status_texts.CONFIRMATION_COMING
    return {
        "thing": "top-up" if view.is_top_up else "order",
        "amount": _amount(money.with_symbol(view.amount, locale)),
        "received": _amount(money.with_symbol(view.amount_received, locale)),
        "refunded": _amount(money.with_symbol(view.amount_refunded, locale)),
        "held_until": _moment(view.session_expires_at, zone, locale, now),
        "closed_at": _moment(view.ended_at or view.session_expires_at, zone, locale, now),
        "next_check": _moment(view.next_sync_at, zone, locale, now) if view.next_sync_at else "soon",
        "reference": view.public_id,
        "email": email,
        "decline_reason": failure_reason(view.last_error.code if view.last_error else None),
        "decline_advice": decline.advice,
        "debit_by": times.day(debit_arrives_by(since), locale),
        "parcels": status_texts.TOPPED_UP if view.is_top_up else _parcels(view.orders, locale),
        "confirmation": confirmation.format(email=email),
    }


def _parcels(orders: tuple[OrderView, ...], locale: str | None) -> Markup:
    """ "2 parcels: Ada's Pottery arrives 17–19 Mar, Bao Tea arrives 20 Mar." A name stands in an isolate of its own, so
    that one written from right to left turns no other word."""
    count = f"{len(orders)} {'parcel' if len(orders) == 1 else 'parcels'}"
    arrivals = Markup(", ").join(
        Markup("<bdi>{}</bdi>{}").format(order.seller_name, _arrival(order, locale)) for order in orders
    )
    return Markup("{}: {}.").format(count, arrivals)


def _arrival(order: OrderView, locale: str | None) -> str:
    if order.delivery_from and order.delivery_to:
        return f" arrives {times.days(order.delivery_from, order.delivery_to, locale)}"
    return f": {status_texts.DELIVERY_UNKNOWN[0].lower()}{status_texts.DELIVERY_UNKNOWN[1:]}"


def _amount(text: str) -> Markup:
    return Markup('<span class="amount">{}</span>').format(text)


def _moment(at: datetime, zone: ZoneInfo, locale: str | None, now: datetime) -> Markup:
    said = times.moment(at, zone, locale, now=now)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(said.machine, said.utc, said.words)
