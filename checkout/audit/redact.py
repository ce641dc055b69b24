"""What before, after and reason may hold. Members that are not listed are left out, whatever their value; text of those
that are is scrubbed all the same. A name that is new here belongs on the list by decision, not by accident."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from checkout.observability.redaction import scrub

LEFT_OUT: Final = "[left out]"
SECRET: Final = "[secret]"  # noqa: S105  # what stands in a secret's place
DEEPEST: Final = 6

ALLOWED_MEMBERS: Final = frozenset(
    # states and ids
    "status kind subject proposal seller storefront order payment entry family rolled_to tenant sessions until outcome"
    # roles, keys, storefronts, sellers
    " role name prefix scopes overlap origins plan hold_days payout_schedule"
    # money and its terms
    " amount amount_minor currency commission_bps commission_fixed_minor commission_minimum_minor category_bps minimum"
    # payouts: last4 is what people know an account by
    " last4 payouts_paused_until rhythm weekday day_of_month next"
    # store credit
    " credit"
    # settlement
    " psp business_on origin"
    # parcels
    " shipment carrier parcels shipped refused"
    # how far sealing anew has come, in numbers
    " data_key resumed data_keys_wrapped_anew values_sealed_anew values_left values_unreadable data_keys_left complete"
    # proofs
    " rows differences"
    # files that left: which rows, in words
    " filter".split()
)
FREE_NAMES_WITHIN: Final = frozenset({"category_bps"})  # the names are a seller's categories of goods

_KEY_PREFIX: Final = re.compile(r"sk_(?:test|live)_[0-9A-Za-z]{8}")  # shown everywhere, opens nothing
_ACCOUNT_NUMBER: Final = re.compile(
    r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"
)  # IBAN, ISO 13616
_SEED: Final = re.compile(r"\b[A-Z2-7]{16,}={0,6}(?![A-Za-z0-9])")  # base32, RFC 4648
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")


def redacted(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members as they may be kept for ever."""
    return {name: _member(name, value, 1) for name, value in members.items()}


def redacted_text(text: str) -> str:
    """Free text without card numbers, email addresses, bank accounts, keys, seeds and tokens."""
    if _KEY_PREFIX.fullmatch(text):
        return text
    text = scrub(text)
    text = _ACCOUNT_NUMBER.sub("[account number]", text)
    text = _SEED.sub(SECRET, text)
    return _TOKEN.sub(_hide_token, text)


def _member(name: str, value: Any, depth: int) -> Any:
    return _value(value, depth, name in FREE_NAMES_WITHIN) if name in ALLOWED_MEMBERS else LEFT_OUT


def _value(value: Any, depth: int, free_names: bool = False) -> Any:
    if depth > DEEPEST:
        return LEFT_OUT
    match value:
        case str():
            return redacted_text(value)
        case Mapping() if free_names:
            return {redacted_text(str(name)): _value(each, depth + 1) for name, each in value.items()}
        case Mapping():
            return {str(name): _member(str(name), each, depth + 1) for name, each in value.items()}
        case list() | tuple():
            return [_value(each, depth + 1) for each in value]
        case _:
            return value


def _hide_token(match: re.Match[str]) -> str:
    """Long and of capitals, small letters and digits alike, as random bytes in base64 are; words and UUIDs are not."""
    text = match.group()
    mixed = (
        any(c.isupper() for c in text) and any(c.islower() for c in text) and any(c.isdigit() for c in text)
    )
    return SECRET if mixed else text
