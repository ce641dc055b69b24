"""A person's address and name as `users` keeps them: sealed for their row, and found by a keyed fingerprint of the
address. Whoever reads the table, a dump or a backup without the keys learns neither."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.identity.email_spelling import spelled
from checkout.secrets import blind_index, open_sealed, seal

TABLE: Final = "users"
EMAIL: Final = "email_sealed"
NAME: Final = "name_sealed"
INDEX: Final = "email_index"
PLATFORM: Final = UUID(int=0)  # the fingerprint's scope: an account is the platform's, not one storefront's


def email_index(email: str) -> bytes:
    """32 bytes, equal for every spelling of one address."""
    return blind_index(_text(email), table=TABLE, column=INDEX, scope=PLATFORM)


def attempts_index(account: str) -> bytes:
    """The same of an id or an address that was tried, whoever's it is; it does not meet the other."""
    return blind_index(_text(account), table="attempts", column="subject", scope=PLATFORM)


def _text(account: str) -> str:
    """What is no text in UTF-8 becomes what no address holds: it is nobody's, and never somebody else's."""
    return spelled(account).encode("utf-8", "backslashreplace").decode()


def seal_email(user_id: UUID, email: str) -> bytes:
    return seal(email.encode(), table=TABLE, column=EMAIL, row=user_id)


def seal_name(user_id: UUID, name: str | None) -> bytes | None:
    return None if name is None else seal(name.encode(), table=TABLE, column=NAME, row=user_id)


def open_email(user_id: UUID, sealed: bytes) -> str:
    """The address as it was first written.

    Raises:
        CannotOpen: it is another row's, or was changed.
    """
    return open_sealed(sealed, table=TABLE, column=EMAIL, row=user_id).decode()


def open_name(user_id: UUID, sealed: bytes | None) -> str | None:
    """
    Raises:
        CannotOpen: it is another row's, or was changed.
    """
    return None if sealed is None else open_sealed(sealed, table=TABLE, column=NAME, row=user_id).decode()


def opened(row: Row[Any], *, row_id: str = "id") -> dict[str, Any]:
    """A row's values with `email` and `name` in the place of the two sealed columns; `row_id` says what holds its id.

    Raises:
        CannotOpen: they are another row's, or were changed.
    """
    values = dict(row._mapping)
    email, name = values.pop(EMAIL), values.pop(NAME)
    user_id = values[row_id]
    return {**values, "email": open_email(user_id, email), "name": open_name(user_id, name)}
