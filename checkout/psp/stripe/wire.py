"""A registration as Stripe's form parameters: flat names and text values, so that what is stored is what is sent."""

from __future__ import annotations

from typing import Final

from checkout.core.money import Money, total
from checkout.psp.errors import InvalidRequest
from checkout.psp.port import HostedLine, RegisterPayment
from checkout.psp.stripe.currencies import CURRENCIES
from checkout.psp.stripe.reading import to_wire

MAX_LINES: Final = 100  # Stripe's limit for a session
NAME_LENGTH: Final = 250
METADATA_KEYS: Final = 49  # of Stripe's 50, one is ours
LOCALES: Final = frozenset(
    "bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl"
    " sv th tr vi zh zh-HK zh-TW".split()
)
_NORWEGIAN: Final = {"no": "nb", "nn": "nb"}


def session_parameters(request: RegisterPayment) -> dict[str, str]:
    """The parameters of POST /v1/checkout/sessions.

    Raises:
        InvalidRequest: Stripe does not take the currency or the amount, or the lines do not add up to it.
    """
    _check_amount(request)
    wire = {
        "mode": "payment",
        "client_reference_id": request.reference,
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": str(int(request.expires_at.timestamp())),
        "adaptive_pricing[enabled]": "false",
        "locale": stripe_locale(request.locale),
        "payment_intent_data[metadata][payment]": request.reference,
    }
    if request.customer_email:
        wire["customer_email"] = request.customer_email
    for key, value in list(request.metadata.items())[:METADATA_KEYS]:
        wire[f"metadata[{key}]"] = value
    wire["metadata[payment]"] = request.reference
    for index, line in enumerate(_chargeable(request.lines, request.amount)):
        place = f"line_items[{index}]"
        wire[f"{place}[quantity]"] = str(line.quantity)
        wire[f"{place}[price_data][currency]"] = request.amount.currency.lower()
        wire[f"{place}[price_data][unit_amount]"] = str(to_wire(line.unit_amount))
        wire[f"{place}[price_data][product_data][name]"] = line.name[:NAME_LENGTH]
    return wire


def stripe_locale(locale: str | None) -> str:
    """The hosted page's language for a BCP 47 tag: the exact one, else its language, else what the browser asks for."""
    if not locale:
        return "auto"
    language, _, rest = locale.replace("_", "-").partition("-")
    language = language.lower()
    tag = f"{language}-{rest.split('-')[-1].upper()}" if rest else language
    language = _NORWEGIAN.get(language, language)
    return tag if tag in LOCALES else language if language in LOCALES else "auto"


def _check_amount(request: RegisterPayment) -> None:
    amount, rules = request.amount, CURRENCIES.get(request.amount.currency)
    if rules is None:
        raise InvalidRequest(
            f"Stripe does not charge in {amount.currency}", psp_code="currency_not_supported"
        )
    if not rules.minimum_minor <= amount.amount_minor <= rules.maximum_minor:
        raise InvalidRequest(f"Stripe does not charge {amount}", psp_code="amount_out_of_range")
    if amount.amount_minor % rules.charge_step_minor:
        raise InvalidRequest(f"{amount} is no multiple of Stripe's step", psp_code="amount_step")
    lines = [Money(line.unit_amount.amount_minor * line.quantity, amount.currency) for line in request.lines]
    if total(lines, amount.currency) != amount:
        raise InvalidRequest("the lines do not add up to the amount", psp_code="lines")


def _chargeable(lines: tuple[HostedLine, ...], amount: Money) -> tuple[HostedLine, ...]:
    """The lines as they are, or one for the whole where Stripe could not take them: too many, or off its step."""
    step = CURRENCIES[amount.currency].charge_step_minor
    if len(lines) <= MAX_LINES and all(line.unit_amount.amount_minor % step == 0 for line in lines):
        return lines
    more = f" + {len(lines) - 1}" if len(lines) > 1 else ""
    return (
        HostedLine(name=f"{lines[0].name[: NAME_LENGTH - len(more)]}{more}", quantity=1, unit_amount=amount),
    )
