"""Correct a mistake: post the opposite of an entry. The entry stays; whoever reads the journal sees both."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import exc
from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import constraint_name
from checkout.db.statement import execute
from checkout.ledger import journal, recipes
from checkout.ledger.balances import balance_of, get_account
from checkout.ledger.chart import Account
from checkout.ledger.entry import Posting
from checkout.ledger.errors import EntryNotFound, ReversalRefused
from checkout.ledger.journal import PostedEntry
from checkout.ledger.queries import JournalEntry, get_entry

# Their key is the PSP's number, or the charge's id until that number is learnt: the PSP moved money for them, and a
# line in our books does not move it back.
KEYED_BY_THE_PSP: Final = frozenset(
    {
        "payment_captured",
        "payment_unapplied",
        "psp_fee",
        "refund_sent",
        "refund_bounced",
        "external_refund",
        "dispute_withdrawn",
        "dispute_fee",
        "dispute_reinstated",
        "payout_transferred",
        "transfer_reversed",
        "debt_recovered",
        "wallet_topped_up",
        "psp_payout_sent",
        "psp_payout_failed",
        "psp_topped_up",
        "fx_settled",
        "fx_converted",
        "suspense_booked",
        "rounding_booked",
    }
)

# Each of them is one half of a change: an order's, a reserve's, a payout's, a payment's or a wallet's row says the
# other. The opposite entry alone would leave a payout on its way whose money is free to be paid again.
FOLLOWING_A_STATUS: Final = frozenset(
    {
        "unapplied_applied",
        "order_released",
        "logistics_charged",
        "reserve_released",
        "reserve_applied",
        "refund_requested",
        "refund_failed",
        "payout_fee_charged",
        "payout_created",
        "payout_paid",
        "payout_returned",
        "payout_released",
        "payout_fee_returned",
        "reversal_counted_as_recovery",
        "recovery_counted_as_reversal",
        "wallet_held",
        "wallet_hold_released",
        "wallet_credited",
        "wallet_credit_expired",
    }
)

# What of an entry was put onto another account, and lies there: the entry's own opposite would leave it there.
PUT_ELSEWHERE: Final = """
    SELECT 1 FROM journal_entries e
     WHERE e.source = %(source)s AND e.kind = 'amount_reclassified'
       AND NOT EXISTS (SELECT FROM journal_entries b WHERE b.reverses_entry_id = e.id) LIMIT 1
"""


def reverse_entry(session: Session, entry_id: UUID, *, cause: Cause) -> PostedEntry:
    """Posts the reversal in the caller's transaction.

    Raises:
        EntryNotFound: no such entry.
        ReversalRefused: the PSP moved money for it; a row's status says the same; it was reversed before; it is a
            reversal itself; an amount of it was put onto another account; or an account would end on its wrong side.
    """
    entry = get_entry(session.connection(), entry_id)
    if entry is None:
        raise EntryNotFound("no such journal entry")
    refuse_what_must_stand(session, entry)
    reversal = recipes.reversal(entry_id=entry.id, source=entry.source, postings=_postings(entry))
    try:
        posted = journal.post(session, reversal, cause=cause)
    except exc.IntegrityError as error:
        if constraint_name(error) != "reversed_at_most_once":
            raise
        posted = None
    if posted is None:
        raise _already_reversed(entry)
    _refuse_wrong_sides(session, entry)
    return posted


def take_back(session: Session, entry_id: UUID, *, cause: Cause) -> None:
    """Posts the opposite of an entry that followed a status, in the transaction that takes the status back. Once: an
    entry that was taken back before stays so."""
    entry = get_entry(session.connection(), entry_id)
    assert entry is not None, "the caller has found it, and entries are never deleted"
    reversal = recipes.reversal(entry_id=entry.id, source=entry.source, postings=_postings(entry))
    journal.post(session, reversal, cause=cause)


def refuse_what_must_stand(session: Session, entry: JournalEntry) -> None:
    name = encode("jrn", entry.id)
    if entry.kind == "reversal":
        raise ReversalRefused("is_a_reversal", f"{name} is a reversal itself: post the fact again")
    if entry.kind in KEYED_BY_THE_PSP or _has_psp_number(session, entry.id):
        raise ReversalRefused("psp_moved_money", f"the PSP moved money for {name} ({entry.kind})")
    if entry.kind in FOLLOWING_A_STATUS:
        raise ReversalRefused(
            "follows_a_status", f"{name} ({entry.kind}) is undone with what it was posted for"
        )
    if journal.find(session, "reversal", name) is not None:
        raise _already_reversed(entry)
    if execute(session, PUT_ELSEWHERE, source=name).first() is not None:
        raise ReversalRefused(
            "put_elsewhere", f"an amount of {name} lies on another account: reverse that entry first"
        )


def _already_reversed(entry: JournalEntry) -> ReversalRefused:
    return ReversalRefused("already_reversed", f"{encode('jrn', entry.id)} was reversed before")


def _has_psp_number(session: Session, entry_id: UUID) -> bool:
    found = execute(session, "SELECT 1 FROM psp_numbers WHERE entry_id = %(id)s LIMIT 1", id=entry_id).first()
    return found is not None


def _postings(entry: JournalEntry) -> list[Posting]:
    postings = []
    for line in entry.lines:
        assert line.account_kind is not None, "the database posts to accounts that exist"
        assert line.account_owner is not None
        account = Account(line.account_kind, line.account_owner)
        postings.append(Posting(account, Money(line.amount_minor, line.currency), line.order_id))
    return postings


def _refuse_wrong_sides(session: Session, entry: JournalEntry) -> None:
    """Looked at after posting, when the accounts' locks are held; the database would refuse the commit as well."""
    for account_id in sorted({line.account_id for line in entry.lines}):
        account = get_account(session, account_id)
        left = balance_of(session, account)
        if not account.either_side and left.amount_minor * account.normal_side < 0:
            raise ReversalRefused(
                "wrong_side", f"{account.kind} of {account.owner} would end on its wrong side with {left}"
            )
