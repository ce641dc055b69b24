"""Who checks out: found by address, with what is known of them and what this checkout adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row

from checkout.core.ids import new_uuid
from checkout.payments.commands import StartPayment
from checkout.shoppers import Details, SealedPerson, change_person, new_person, open_person

Standing = Literal["new", "changed", "known"]
COLUMN: Final = (
    "shopper_id"  # stays empty, and the payment unwritten, where a shopper was erased after being found
)


@dataclass(frozen=True, slots=True)
class Shopper:
    """`known`: the row stands already and says the same, so it is not written: a row that every payment of one shopper
    writes is a row they all wait for."""

    id: UUID
    standing: Standing
    details: Details
    email_index: bytes
    sealed: SealedPerson


def shopper_of(command: StartPayment, read: Row[Any], index: bytes) -> Shopper:
    """From what PREPARE has read under the email's index. A known shopper costs two decryptions and nothing else."""
    said = command.customer
    told = Details(said.email, said.name, said.locale, said.country)
    if read.shopper_id is None:
        id = new_uuid()
        return Shopper(id, "new", told, index, new_person(id, told))
    stored = SealedPerson(bytes(read.shopper_key), bytes(read.shopper_details))
    before = open_person(read.shopper_id, stored.key_sealed, stored.details)
    assert before is not None, "an erased shopper has no index to be found by"
    after = before.merged(told)
    if after == before:
        return Shopper(read.shopper_id, "known", after, index, stored)
    sealed = change_person(read.shopper_id, stored.key_sealed, after)
    return Shopper(read.shopper_id, "changed", after, index, sealed)
