"""How entries become a digest. Pure, and written down here because whoever checks a seal elsewhere needs it exactly.

Canonical form of an entry: a JSON object in UTF-8, keys sorted, no spaces:
  id, sequence, kind, source_key, source, cause, effective_at, recorded_at (UTC, microseconds, "…Z"),
  reverses (id or null), postings: [[number, account kind, account owner, order id or null, currency, amount], …]
  in the order of their numbers. Accounts stand there by what they are, so that changing an account shows as well.
Leaf: SHA-256(0x00 + canonical form). Node: SHA-256(0x01 + left + right); an odd one is carried up as it is.
Digest of a seal: SHA-256(0x02 + previous digest + number + first sequence + last sequence + count + root), integers
as 8 bytes, big end first; the first seal's previous digest is 32 zero bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from checkout.core.strict_json import canonical
from checkout.ledger.queries import JournalEntry

GENESIS: Final = bytes(32)
DIGEST_BYTES: Final = 32


def canonical_form(entry: JournalEntry) -> bytes:
    return canonical(
        {
            "id": str(entry.id),
            "sequence": entry.sequence,
            "kind": entry.kind,
            "source_key": entry.source_key,
            "source": entry.source,
            "cause": entry.cause,
            "effective_at": _instant(entry.effective_at),
            "recorded_at": _instant(entry.recorded_at),
            "reverses": str(entry.reverses_entry_id) if entry.reverses_entry_id else None,
            "postings": [
                [
                    line.number,
                    line.account_kind,
                    line.account_owner,
                    str(line.order_id) if line.order_id else None,
                    line.currency,
                    line.amount_minor,
                ]
                for line in entry.lines
            ],
        }
    )


def leaf(entry: JournalEntry) -> bytes:
    return sha256(b"\x00" + canonical_form(entry)).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle root of at least one leaf."""
    assert leaves, "a seal is never empty"
    level = list(leaves)
    while len(level) > 1:
        pairs = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def seal_digest(
    previous: bytes, *, number: int, first_sequence: int, last_sequence: int, entries: int, merkle_root: bytes
) -> bytes:
    numbers = b"".join(value.to_bytes(8, "big") for value in (number, first_sequence, last_sequence, entries))
    return sha256(b"\x02" + previous + numbers + merkle_root).digest()


def split(leaves: bytes) -> list[bytes]:
    """The leaves that a seal stores one behind the other."""
    return [leaves[start : start + DIGEST_BYTES] for start in range(0, len(leaves), DIGEST_BYTES)]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
