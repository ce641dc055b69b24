"""A person's details under the person's own key, which is itself sealed. Erasing the two columns erases the person.

Both are bound to the row's id: one person's details never open in another's row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from checkout.secrets import envelope, open_sealed, seal
from checkout.shoppers.details import Details, decode, encode

TABLE: Final = "shoppers"
KEY_COLUMN: Final = "key_sealed"
DETAILS_COLUMN: Final = "details"


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """The two columns of a row of shoppers."""

    key_sealed: bytes
    details: bytes


def new_person(shopper_id: UUID, details: Details) -> SealedPerson:
    """A person never seen before, under a fresh key."""
    key = envelope.new_key()
    return SealedPerson(
        key_sealed=seal(key, table=TABLE, column=KEY_COLUMN, row=shopper_id),
        details=encrypt_details(details, key=key, shopper_id=shopper_id),
    )


def change_person(shopper_id: UUID, key_sealed: bytes, details: Details) -> SealedPerson:
    """The same person with other details, under the same key."""
    key = open_sealed(key_sealed, table=TABLE, column=KEY_COLUMN, row=shopper_id)
    return SealedPerson(key_sealed, encrypt_details(details, key=key, shopper_id=shopper_id))


def open_person(shopper_id: UUID, key_sealed: bytes | None, details: bytes | None) -> Details | None:
    """What the row says; None once the person is erased. The one way in which pages, emails and requests learn it.

    Raises:
        CannotOpen: the columns are another row's, or were changed.
    """
    if key_sealed is None or details is None:
        return None
    key = open_sealed(key_sealed, table=TABLE, column=KEY_COLUMN, row=shopper_id)
    place = envelope.place(TABLE, DETAILS_COLUMN, shopper_id)
    return decode(envelope.decrypt(bytes(details), key=key, place=place))


def encrypt_details(details: Details, *, key: bytes, shopper_id: UUID) -> bytes:
    """The key's id in the ciphertext is the shopper's own: there is one key per person."""
    place = envelope.place(TABLE, DETAILS_COLUMN, shopper_id)
    return envelope.encrypt(encode(details), key=key, key_id=shopper_id, place=place)
