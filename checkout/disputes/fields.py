"""What can be said against a dispute: the fields of evidence, each of words or of a file, and which a reason asks for.

The fields and their lengths are Stripe's (https://docs.stripe.com/api/disputes/evidence_object); which of them help
against which reason follows its guide (https://docs.stripe.com/disputes/reason-codes-defense-requirements). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checkout.core.errors import FieldError, InvalidParameter

LONG: Final = 20_000
SHORT: Final = 5_000
ALL_TEXTS: Final = (
    40_000  # characters, all fields together: a third of what Stripe takes, what a request of ours holds
)
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # all but tab and line ends


@dataclass(frozen=True, slots=True)
class EvidenceField:
    """`asks` is what the person is asked for. `length` is None for a file."""

    name: str
    asks: str
    length: int | None

    @property
    def is_file(self) -> bool:
        return self.length is None


def _fields(length: int | None, **asks: str) -> dict[str, EvidenceField]:
    return {name: EvidenceField(name, words, length) for name, words in asks.items()}


FIELDS: Final[Mapping[str, EvidenceField]] = {
    **_fields(
        LONG,
        product_description="What was sold",
        uncategorized_text="Anything else that speaks for you",
        refund_policy_disclosure="How the shopper was shown the refund policy before paying",
        refund_refusal_explanation="Why the shopper is not entitled to a refund",
        cancellation_policy_disclosure="How the shopper was shown the cancellation policy",
        cancellation_rebuttal="Why the cancellation does not apply",
        duplicate_charge_explanation="How the two charges differ",
        access_activity_log="When and from where the shopper used what was bought",
    ),
    **_fields(
        SHORT,
        customer_name="The shopper's name",
        customer_email_address="The shopper's email address",
        customer_purchase_ip="The address the purchase came from",
        billing_address="The shopper's billing address",
        shipping_address="Where the goods were sent",
        shipping_carrier="Who carried them",
        shipping_date="When they were sent",
        shipping_tracking_number="The tracking number",
        service_date="When the service was given",
        duplicate_charge_id="The other charge's id at the payment provider",
    ),
    **_fields(
        None,
        receipt="The receipt, or the message that confirmed the order",
        customer_communication="Messages with the shopper that help your case",
        customer_signature="The shopper's signature, as on a delivery slip",
        shipping_documentation="Proof of dispatch or delivery, with the address on it",
        service_documentation="Proof that the service was given",
        refund_policy="The refund policy as the shopper saw it",
        cancellation_policy="The cancellation policy as the shopper saw it",
        duplicate_charge_documentation="Proof that the two charges are for different things",
        uncategorized_file="Any other document",
    ),
}

# Who the shopper is, as only the platform knows it: a seller may write it and does not read it.
OF_THE_PERSON: Final = frozenset(
    {"customer_name", "customer_email_address", "customer_purchase_ip", "billing_address"}
)

_DELIVERY: Final = (
    "shipping_documentation",
    "shipping_carrier",
    "shipping_tracking_number",
    "shipping_date",
    "shipping_address",
)
_ALWAYS: Final = ("product_description", "receipt", "customer_communication")

# What helps most comes first.
WANTED: Final[Mapping[str, tuple[str, ...]]] = {
    "fraudulent": (
        *_DELIVERY,
        "customer_name",
        "customer_email_address",
        "customer_purchase_ip",
        "billing_address",
        "customer_signature",
    ),
    "unrecognized": ("customer_name", "customer_email_address", *_DELIVERY),
    "product_not_received": (*_DELIVERY, "customer_signature", "service_date", "service_documentation"),
    "product_unacceptable": ("refund_policy", "refund_policy_disclosure", "refund_refusal_explanation"),
    "credit_not_processed": ("refund_policy", "refund_policy_disclosure", "refund_refusal_explanation"),
    "subscription_canceled": (
        "cancellation_policy",
        "cancellation_policy_disclosure",
        "cancellation_rebuttal",
    ),
    "duplicate": (
        "duplicate_charge_explanation",
        "duplicate_charge_id",
        "duplicate_charge_documentation",
        *_DELIVERY,
    ),
}


def checklist(reason: str) -> tuple[EvidenceField, ...]:
    """The fields that help against the reason, the most helpful first; an unknown reason wants what always helps."""
    names = dict.fromkeys((*WANTED.get(reason, ()), *_ALWAYS, "uncategorized_text"))
    return tuple(FIELDS[name] for name in names)


def checked_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """The words as they are kept: an empty field is none.

    Raises:
        InvalidParameter: no such field, a file's field, or too many words; names each.
    """
    errors = [error for name, words in texts.items() if (error := _error(name, words)) is not None]
    if errors:
        raise InvalidParameter("the evidence breaks a rule", pointers=errors)
    kept = {name: words.strip() for name, words in texts.items() if words.strip()}
    if sum(map(len, kept.values())) > ALL_TEXTS:
        raise InvalidParameter.at(
            "/texts", f"all texts together have at most {ALL_TEXTS} characters", "too_long"
        )
    return kept


def _error(name: str, words: str) -> FieldError | None:
    field, pointer = FIELDS.get(name), f"/texts/{name}"
    if field is None:
        return FieldError(pointer, "unknown", "there is no such field of evidence")
    if field.length is None:
        return FieldError(pointer, "not_a_text", "this field takes a file")
    if CONTROL.search(words):
        return FieldError(
            pointer, "invalid_characters", "must have no control characters but line ends and tabs"
        )
    if len(words) > field.length:
        return FieldError(pointer, "too_long", f"has at most {field.length} characters")
    return None
