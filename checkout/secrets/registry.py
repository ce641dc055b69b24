"""Every column that holds sealed values. Rotation walks this list; a test compares it with the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """`key` is the table's uuid column that was given as `row` when the value was sealed."""

    table: str
    column: str
    key: str = "id"


SEALED_COLUMNS: Final[tuple[SealedColumn, ...]] = (
    SealedColumn("second_factors", "seed_sealed", key="user_id"),
    SealedColumn("shoppers", "key_sealed"),
    SealedColumn("signing_keys", "private_key_sealed"),
    SealedColumn("sellers", "contact_email_sealed"),
    SealedColumn("payout_accounts", "details_sealed"),
    SealedColumn("users", "email_sealed"),
    SealedColumn("users", "name_sealed"),
    SealedColumn("dispute_evidence", "key_sealed", key="dispute_id"),
)
