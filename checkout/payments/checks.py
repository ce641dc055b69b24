"""What a checkout must satisfy before anything is written: sums, bounds, the PSP's minimum and step. Pure; every
refusal points at the field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from checkout.core.errors import FieldError, InvalidParameter
from checkout.core.money import CurrencyMismatch, Money, total
from checkout.payments.commands import TOP_UP, NewOrder, StartPayment
from checkout.payments.errors import AmountStep, AmountTooSmall, OrderAmountsDoNotAddUp
from checkout.psp import CurrencyRules

AMOUNT_MAX_MINOR: Final = 99_999_999  # what the PSP takes at most in one charge
ORDERS_MAX: Final = 100
LINES_MAX: Final = 500  # of one order; the row count of one statement stays bounded


def check_amounts(command: StartPayment) -> None:
    """The orders add up to the amount, the lines to their order, and fees lie within it. A top-up has none.

    Raises:
        InvalidParameter, CurrencyMismatch, OrderAmountsDoNotAddUp: with a pointer to each field that is wrong.
    """
    if not 1 <= command.amount.amount_minor <= AMOUNT_MAX_MINOR:
        raise InvalidParameter.at("/amount", f"1 to {AMOUNT_MAX_MINOR}", "out_of_range")
    if command.purpose == TOP_UP:
        return
    _check_wallet_amount(command)
    _check_bounds(command)
    _check_currencies(command)
    wrong = [*_sums_that_differ(command), *_fees_beyond_the_order(command)]
    if wrong:
        raise OrderAmountsDoNotAddUp(_first_detail(command, wrong), pointers=wrong)


def check_psp_limits(amount: Money, rules: CurrencyRules, *, pointer: str = "/amount") -> None:
    """The PSP charges no less than its minimum, no more than its maximum, in multiples of its step for the currency.
    `amount` is what it is asked to charge.

    Raises:
        AmountTooSmall, AmountStep, InvalidParameter: pointing at `pointer`, the field that can mend it.
    """
    if amount.amount_minor > rules.maximum_minor:
        raise InvalidParameter.at(pointer, f"at most {rules.maximum_minor}", "out_of_range")
    if amount.amount_minor < rules.minimum_minor:
        least = Money(rules.minimum_minor, amount.currency)
        detail = f"the least that can be charged is {least}"
        raise AmountTooSmall(detail, pointers=[FieldError(pointer, "too_small", detail)])
    if amount.amount_minor % rules.charge_step_minor:
        detail = f"{amount.currency} is charged in steps of {rules.charge_step_minor} minor units"
        raise AmountStep(detail, pointers=[FieldError(pointer, "not_a_multiple", detail)])


def _check_wallet_amount(command: StartPayment) -> None:
    wallet = command.wallet_amount
    if wallet is not None and not 1 <= wallet.amount_minor <= command.amount.amount_minor:
        raise InvalidParameter.at("/wallet_amount", "1 to the amount", "out_of_range")


def _check_bounds(command: StartPayment) -> None:
    if not 1 <= len(command.orders) <= ORDERS_MAX:
        raise InvalidParameter.at("/orders", f"1 to {ORDERS_MAX} orders", "out_of_range")
    for index, order in enumerate(command.orders):
        if not 1 <= order.amount.amount_minor <= AMOUNT_MAX_MINOR:
            raise InvalidParameter.at(f"/orders/{index}/amount", f"1 to {AMOUNT_MAX_MINOR}", "out_of_range")
        if len(order.lines) > LINES_MAX:
            raise InvalidParameter.at(f"/orders/{index}/lines", f"at most {LINES_MAX} lines", "out_of_range")
        for name, fee in (("logistics_fee", order.logistics_fee), ("tax_amount", order.tax_amount)):
            if fee is not None and fee.amount_minor < 0:
                raise InvalidParameter.at(f"/orders/{index}/{name}", "not negative", "out_of_range")
        for position, line in enumerate(order.lines):
            if line.quantity < 1 or line.unit_amount.amount_minor < 0:
                raise InvalidParameter.at(f"/orders/{index}/lines/{position}", "not positive", "out_of_range")
        if order.delivery_from and order.delivery_to and order.delivery_from > order.delivery_to:
            raise InvalidParameter.at(
                f"/orders/{index}/estimated_delivery", "ends before it begins", "invalid"
            )


def _check_currencies(command: StartPayment) -> None:
    for order in command.orders:
        for amount in (
            order.amount,
            order.logistics_fee,
            order.tax_amount,
            *(x.unit_amount for x in order.lines),
        ):
            if amount is not None and amount.currency != command.amount.currency:
                raise CurrencyMismatch(command.amount.currency, amount.currency)


def _sums_that_differ(command: StartPayment) -> Iterator[FieldError]:
    together = total([order.amount for order in command.orders], command.amount.currency)
    if together != command.amount:
        yield _mismatch("/orders", command.amount, together)
    for index, order in enumerate(command.orders):
        if not order.lines:
            continue
        lines = [
            Money(line.unit_amount.amount_minor * line.quantity, order.amount.currency)
            for line in order.lines
        ]
        together = total(lines, order.amount.currency)
        if together != order.amount:
            yield _mismatch(f"/orders/{index}/lines", order.amount, together)


def _fees_beyond_the_order(command: StartPayment) -> Iterator[FieldError]:
    for index, order in enumerate(command.orders):
        kept = logistics_of(order) + platform_tax_of(order)
        if kept > order.amount:
            detail = f"logistics fee and tax are {kept.amount_minor}, the order {order.amount.amount_minor}"
            yield FieldError(f"/orders/{index}/logistics_fee", "exceeds_order", detail)
        elif order.tax_amount is not None and order.tax_amount > order.amount:
            yield FieldError(f"/orders/{index}/tax_amount", "exceeds_order", "the tax is more than the order")


def logistics_of(order: NewOrder) -> Money:
    return order.logistics_fee or Money.zero(order.amount.currency)


def platform_tax_of(order: NewOrder) -> Money:
    """The tax that the platform keeps; where the seller collects it, it is information only."""
    if order.tax_amount is None or order.tax_collected_by != "platform":
        return Money.zero(order.amount.currency)
    return order.tax_amount


def _mismatch(pointer: str, expected: Money, got: Money) -> FieldError:
    return FieldError(pointer, "sum_mismatch", f"expected {expected.amount_minor}, got {got.amount_minor}")


def _first_detail(command: StartPayment, wrong: list[FieldError]) -> str:
    first = wrong[0]
    if first.pointer == "/orders":
        together = sum(order.amount.amount_minor for order in command.orders)
        return f"orders add up to {together} but amount is {command.amount.amount_minor}"
    return f"{first.pointer}: {first.detail}"
