"""Evidence tells of persons: a dispute's words and documents lie under a key of the dispute's own, which is sealed.

Without the key nothing of them opens: erasing it erases them. Each value is bound to its row and column.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from checkout.core.clock import utcnow
from checkout.db.statement import run
from checkout.disputes.errors import InvalidDisputeState
from checkout.secrets import envelope, open_sealed, seal

TABLE: Final = "dispute_evidence"
COLUMN: Final = "key_sealed"
READ: Final = "SELECT key_sealed FROM dispute_evidence WHERE dispute_id = %(id)s"


def existing_key(dispute_id: UUID) -> bytes | None:
    """The dispute's key; None where nothing was ever kept, or it was erased. Asked before a transaction: the key that
    opens it may have to be fetched."""
    rows = run(READ, id=dispute_id)
    if not rows or rows[0].key_sealed is None:
        return None
    return open_sealed(rows[0].key_sealed, table=TABLE, column=COLUMN, row=dispute_id)


def own_key(dispute_id: UUID, *, by: str) -> bytes:
    """The dispute's key, made now where there is none. Two at once get the same.

    Raises:
        InvalidDisputeState: its evidence was erased with the person.
    """
    known = existing_key(dispute_id)
    if known is not None:
        return known
    run(
        """
        INSERT INTO dispute_evidence (dispute_id, key_sealed, updated_by, updated_at)
        VALUES (%(id)s, %(key)s, %(by)s, %(now)s) ON CONFLICT DO NOTHING
        """,
        id=dispute_id,
        key=seal(envelope.new_key(), table=TABLE, column=COLUMN, row=dispute_id),
        by=by,
        now=utcnow(),
    )
    made = existing_key(dispute_id)
    if made is None:
        raise InvalidDisputeState("the evidence of this dispute was erased with the person it told of")
    return made


def close(plaintext: bytes, *, key: bytes, dispute_id: UUID, place: tuple[str, str], row: UUID) -> bytes:
    """Encrypts a value for the (table, column) of a row; the key's id in it is the dispute's own."""
    return envelope.encrypt(plaintext, key=key, key_id=dispute_id, place=envelope.place(*place, row))


def open_(ciphertext: bytes, *, key: bytes, place: tuple[str, str], row: UUID) -> bytes:
    """What was encrypted for this place.

    Raises:
        CannotOpen: it was made for another place, or was changed.
    """
    return envelope.decrypt(bytes(ciphertext), key=key, place=envelope.place(*place, row))
