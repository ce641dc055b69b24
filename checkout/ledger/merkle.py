"""How entries become a digest. Pure, and written down here because whoever checks a seal elsewhere needs it exactly.

Canonical form of an entry: a JSON object in UTF-8, keys sorted, no spaces:
  id, sequence, kind, source_key, source, cause, effective_at, recorded_at (UTC, microseconds, "…Z"),
  reverses (id or null), postings: [[number, account kind, account owner, order id or null, currency, amount], …]
  in the order of their numbers; and happened_at, where the entry counts later than it happened. Accounts stand there by what they are, so that changing an account shows as well.
core/merkle.py says how these become leaves, roots and seals.
"""

from __future__ import annotations

from checkout.core.merkle import instant, leaf_digest
from checkout.core.strict_json import canonical
from checkout.ledger.queries import JournalEntry


def canonical_form(entry: JournalEntry) -> bytes:
    late = {"happened_at": instant(entry.happened_at)} if entry.happened_at else {}
    return canonical(
        {
            **late,
            "id": str(entry.id),
            "sequence": entry.sequence,
            "kind": entry.kind,
            "source_key": entry.source_key,
            "source": entry.source,
            "cause": entry.cause,
            "effective_at": instant(entry.effective_at),
            "recorded_at": instant(entry.recorded_at),
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
    return leaf_digest(canonical_form(entry))
