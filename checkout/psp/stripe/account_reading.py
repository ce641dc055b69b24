"""A connected account as Stripe shows it, read into ours."""

from __future__ import annotations

from typing import Final

from checkout.psp.port import AccountLink, BankAccount, ConnectedAccount, Requirements
from checkout.psp.stripe.reading import (
    Object,
    Unreadable,
    boolean,
    listed,
    moment,
    nested,
    optional_text,
    text,
)

SELLER_KEY: Final = "seller"  # in an account's metadata


def connected_account_of(account: Object) -> ConnectedAccount:
    """Raises Unreadable where a field is not what it should be."""
    currency = optional_text(account, "default_currency")
    return ConnectedAccount(
        id=text(account, "id"),
        reference=optional_text(nested(account, "metadata"), SELLER_KEY),
        country=optional_text(account, "country"),
        default_currency=currency.upper() if currency else None,
        details_submitted=boolean(account, "details_submitted"),
        payouts_enabled=boolean(account, "payouts_enabled"),
        transfers_enabled=nested(account, "capabilities").get("transfers") == "active",
        requirements=_requirements(nested(account, "requirements")),
        bank_accounts=_bank_accounts(nested(account, "external_accounts")),
        created_at=moment(account, "created"),
    )


def account_link_of(link: Object) -> AccountLink:
    url = text(link, "url")
    if not url.startswith(("https://", "http://")):
        raise Unreadable("url is no web address")
    return AccountLink(url=url, expires_at=moment(link, "expires_at"))


def _requirements(wanted: Object) -> Requirements:
    errors = listed(wanted, "errors") if wanted.get("errors") is not None else []
    return Requirements(
        currently_due=_names(wanted, "currently_due"),
        past_due=_names(wanted, "past_due"),
        pending_verification=_names(wanted, "pending_verification"),
        disabled_reason=optional_text(wanted, "disabled_reason"),
        errors=tuple(text(error, "reason") for error in errors),
    )


def _names(wanted: Object, name: str) -> tuple[str, ...]:
    value = wanted.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unreadable(f"{name} is no list of names")
    return tuple(value)


def _bank_accounts(external: Object) -> tuple[BankAccount, ...]:
    found = listed(external, "data") if external else []
    return tuple(
        BankAccount(
            id=text(item, "id"),
            currency=text(item, "currency").upper(),
            country=text(item, "country"),
            bank_name=optional_text(item, "bank_name"),
            last4=text(item, "last4"),
        )
        for item in found
        if item.get("object") == "bank_account"
    )
