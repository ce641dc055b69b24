"""A registration on the wire: its parameters, the currencies' peculiarities, and what is refused before it is sent."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, strategies

from checkout.core.currencies import CODES
from checkout.core.money import Money
from checkout.psp import HostedLine, InvalidRequest
from checkout.psp.stripe.client import form
from checkout.psp.stripe.currencies import CURRENCIES
from checkout.psp.stripe.reading import Unreadable, from_wire, to_wire
from checkout.psp.stripe.wire import session_parameters, stripe_locale
from tests.stripe_openapi.validate import request_errors


def test_the_parameters_of_a_session(request_of):
    request = replace(
        request_of(reference="pay_1", amount=Money(2490, "EUR")),
        lines=(HostedLine("Mug", 2, Money(750, "EUR")), HostedLine("Tea", 1, Money(990, "EUR"))),
        metadata={"payment": "pay_1", "storefront": "sto_1"},
    )

    wire = session_parameters(request)

    assert wire == {
        "mode": "payment",
        "client_reference_id": "pay_1",
        "success_url": "https://shop.example/s/1",
        "cancel_url": "https://shop.example/s/1",
        "expires_at": str(int(request.expires_at.timestamp())),
        "adaptive_pricing[enabled]": "false",
        "locale": "de",
        "customer_email": "jo@example.org",
        "metadata[payment]": "pay_1",
        "metadata[storefront]": "sto_1",
        "payment_intent_data[metadata][payment]": "pay_1",
        "line_items[0][quantity]": "2",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "750",
        "line_items[0][price_data][product_data][name]": "Mug",
        "line_items[1][quantity]": "1",
        "line_items[1][price_data][currency]": "eur",
        "line_items[1][price_data][unit_amount]": "990",
        "line_items[1][price_data][product_data][name]": "Tea",
    }
    assert request_errors("POST", "/v1/checkout/sessions", wire) == []


def test_without_email_none_is_sent(request_of):
    assert "customer_email" not in session_parameters(request_of(customer_email=None))


@pytest.mark.parametrize(
    "name",
    ["automatic_tax", "allow_promotion_codes", "optional_items", "shipping_options", "payment_method_types"],
)
def test_nothing_is_sent_that_could_change_the_amount_or_is_gone(request_of, name):
    assert not [key for key in session_parameters(request_of()) if key.startswith(name)]


@pytest.mark.parametrize(
    ("locale", "stripes"),
    [
        ("de-DE", "de"), ("de", "de"), ("en-GB", "en-GB"), ("en-gb", "en-GB"), ("en_US", "en"), ("pt-BR", "pt-BR"),
        ("zh-Hant-TW", "zh-TW"), ("zh-CN", "zh"), ("no-NO", "nb"), ("nn", "nb"), ("es-419", "es-419"),
        ("xx-YY", "auto"), ("", "auto"), (None, "auto"),
    ],
)  # fmt: skip
def test_the_hosted_page_speaks_the_shoppers_language(locale, stripes):
    assert stripe_locale(locale) == stripes


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        (Money(49, "EUR"), "amount_out_of_range"),
        (Money(29, "GBP"), "amount_out_of_range"),
        (Money(17499, "HUF"), "amount_out_of_range"),
        (Money(100_000_000, "EUR"), "amount_out_of_range"),
        (Money(1_000_000, "ISK"), "amount_out_of_range"),
        (Money(1005, "KWD"), "amount_step"),
        (Money(12301, "MGA"), "amount_step"),
        (Money(1000, "CUP"), "currency_not_supported"),
    ],
    ids=str,
)
def test_what_stripe_would_not_charge_is_not_sent(request_of, amount, why):
    with pytest.raises(InvalidRequest) as refused:
        session_parameters(request_of(amount=amount))

    assert refused.value.psp_code == why


@pytest.mark.parametrize(
    "amount",
    [Money(50, "EUR"), Money(99_999_999, "EUR"), Money(999_999, "ISK"), Money(10, "KWD"), Money(50, "JPY")],
    ids=str,
)
def test_the_least_and_the_most_are_sent(request_of, amount):
    assert session_parameters(request_of(amount=amount))["mode"] == "payment"


def test_lines_that_do_not_add_up_are_a_bug_and_not_sent(request_of):
    with pytest.raises(InvalidRequest):
        session_parameters(request_of(lines=(HostedLine("Mug", 1, Money(2489, "EUR")),)))


def test_more_lines_than_stripe_shows_become_one(request_of):
    lines = tuple(HostedLine(f"Thing {number}", 1, Money(10, "EUR")) for number in range(101))

    wire = session_parameters(request_of(amount=Money(1010, "EUR"), lines=lines))

    assert wire["line_items[0][price_data][product_data][name]"] == "Thing 0 + 100"
    assert wire["line_items[0][price_data][unit_amount]"] == "1010"
    assert "line_items[1][quantity]" not in wire


def test_lines_off_the_currencys_step_become_one(request_of):
    """Two halves of 1.230 KWD cannot be sent one by one; the whole can."""
    lines = (HostedLine("Left", 1, Money(615, "KWD")), HostedLine("Right", 1, Money(615, "KWD")))

    wire = session_parameters(request_of(amount=Money(1230, "KWD"), lines=lines))

    assert wire["line_items[0][price_data][unit_amount]"] == "1230"
    assert "line_items[1][quantity]" not in wire


@pytest.mark.parametrize(
    ("wire_amount", "wire_currency", "ours"),
    [
        (2490, "eur", Money(2490, "EUR")),
        (500, "jpy", Money(500, "JPY")),
        (1230, "kwd", Money(1230, "KWD")),
        (90_000, "isk", Money(900, "ISK")),
        (500, "ugx", Money(5, "UGX")),
        (123, "mga", Money(12_300, "MGA")),
        (-2490, "eur", Money(-2490, "EUR")),
    ],
)
def test_an_amount_of_the_wire_in_our_unit(wire_amount, wire_currency, ours):
    assert from_wire(wire_amount, wire_currency) == ours


@pytest.mark.parametrize(("amount", "currency"), [(1, "xxx"), (50, "isk"), (1, "")])
def test_an_amount_that_cannot_be_ours_is_unreadable(amount, currency):
    with pytest.raises(Unreadable):
        from_wire(amount, currency)


@given(currency=strategies.sampled_from(sorted(CURRENCIES)), steps=strategies.integers(1, 99_999))
def test_every_chargeable_amount_survives_the_wire(currency, steps):
    amount = Money(steps * CURRENCIES[currency].charge_step_minor, currency)

    assert from_wire(to_wire(amount), currency.lower()) == amount


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_the_least_and_the_most_of_a_currency_are_multiples_of_its_step(currency):
    rules = CURRENCIES[currency]

    assert currency in CODES
    assert rules.minimum_minor % rules.charge_step_minor == 0
    assert rules.maximum_minor % rules.charge_step_minor == 0
    assert 0 < rules.minimum_minor < rules.maximum_minor


@given(strategies.dictionaries(strategies.text(min_size=1), strategies.text(), max_size=5))
def test_a_form_reads_back_as_what_was_written_whatever_its_order(parameters):
    """Brackets, blanks, signs and letters of any script survive; the same parameters are always the same bytes."""
    written = form(parameters)

    assert written.isascii()
    assert dict(parse_qsl(written, keep_blank_values=True)) == parameters
    assert written == form(dict(reversed(parameters.items())))
