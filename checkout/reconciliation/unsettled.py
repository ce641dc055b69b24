"""Captures that no settlement file tells of: those up to a mark of the journal are kept, so that nobody goes through all
captures of months to find the few. What has a line has it for good: from one mark to the next the list gets what is new,
and loses what was told meanwhile. Whoever reads looks beyond the mark, and leaves out what was told since."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.ledger.horizon import settled_horizon

LOOKED_BACK: Final = timedelta(days=90)  # what is older has long had its alert
STATEMENT_TIMEOUT: Final = "10min"  # the first mark goes through all captures of that time

CAPTURES: Final = "('payment_captured', 'payment_unapplied', 'wallet_topped_up')"
# A capture is in a file where a line bears its number.
UNTOLD: Final = """
    NOT EXISTS (SELECT FROM psp_numbers n JOIN settlement_lines l ON l.psp = n.psp AND l.number = n.number
                 WHERE n.entry_id = e.id AND n.part = 'movement')
"""
BEGIN: Final = "INSERT INTO unsettled_mark (through_sequence) VALUES (0) ON CONFLICT DO NOTHING"
MARK: Final = "SELECT through_sequence FROM unsettled_mark FOR UPDATE"
KEEP: Final = f"""
    INSERT INTO unsettled_captures (entry_id)
    SELECT e.id FROM journal_entries e
     WHERE e.sequence > %(after)s AND e.sequence <= %(through)s AND e.kind IN {CAPTURES} AND e.effective_at >= %(since)s
       AND {UNTOLD}
    ON CONFLICT DO NOTHING
"""
DROP: Final = f"""
    DELETE FROM unsettled_captures u USING journal_entries e
     WHERE e.id = u.entry_id AND (e.effective_at < %(since)s OR NOT {UNTOLD})
"""
SET_MARK: Final = "UPDATE unsettled_mark SET through_sequence = %(through)s, marked_at = %(now)s"


def keep_unsettled() -> None:
    """Sets the mark to where the journal is final now. Owns its transaction; where somebody writes for long, nothing is
    done, which the next call makes up for."""
    horizon = settled_horizon()
    if horizon is None:
        return
    now = utcnow()
    since = now - LOOKED_BACK
    with atomic() as session:
        execute(session, f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
        execute(session, BEGIN)
        after = execute(session, MARK).scalar_one()
        if after < horizon.sequence:
            execute(session, KEEP, after=after, through=horizon.sequence, since=since)
        execute(session, DROP, since=since)
        execute(session, SET_MARK, through=max(after, horizon.sequence), now=now)
