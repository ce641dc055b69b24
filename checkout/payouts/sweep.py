"""The platform's own money, from its balance at the PSP to its bank: never what is owed to sellers, shoppers or states.

A sweep is asked for by a person; nothing here runs by the clock. One at a time for each currency: while the outcome of
one is not known, no other is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Row, exc

from checkout import audit
from checkout.alerts import open_alert
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.core.state_machine import StateMachine
from checkout.db.session import atomic, constraint_name, retrying
from checkout.db.statement import execute, run
from checkout.db.transitions import transition
from checkout.ledger import journal, payout_recipes
from checkout.psp import (
    PLATFORM,
    BankPayout,
    CreateBankPayout,
    InsufficientFunds,
    InvalidRequest,
    PaymentServiceProvider,
    PspError,
)

PLATFORM_PAYOUT: Final = StateMachine(
    name="platform_payout",
    table="platform_payouts",
    initial="submitting",
    edges={
        "submitting": {"in_transit", "failed"},
        "in_transit": {"paid", "failed"},
        "paid": {"failed"},  # the bank sent it back
    },
)
WINDOW_MARGIN: Final = timedelta(hours=1)  # a key is not trusted in its last hour
TWICE_APART: Final = timedelta(seconds=60)  # "not there" is believed when it was so a minute ago as well

# What of the platform's balance at the PSP is somebody else's. What a payout has transferred already has left it.
OWED: Final = """
    WITH held AS (
        SELECT a.kind, a.currency, -account_balance(a.id) AS minor FROM ledger_accounts a
         WHERE a.kind IN ('seller_pending', 'seller_available', 'seller_reserve', 'payout_in_transit',
                          'connected_balance', 'customer_wallet', 'customer_wallet_held', 'refund_in_transit',
                          'unapplied', 'tax_payable')
    )
    SELECT currency, sum(CASE kind WHEN 'seller_available' THEN greatest(minor, 0) ELSE minor END)::bigint AS minor
      FROM held GROUP BY currency
"""


@dataclass(frozen=True, slots=True)
class Room:
    """One currency: what the PSP can send, what is owed to others, and what may be swept: whole steps, zero or more."""

    available: Money
    owed: Money
    free: Money


def rooms(psp: PaymentServiceProvider) -> list[Room]:
    """Each currency that the PSP holds.

    Raises:
        PspError: the PSP does not say.
    """
    before, there, after = _owed(), psp.fetch_balance().available, _owed()
    # What came in meanwhile is owed and may not be there yet, what went out is there no more and still seemed to be:
    # the larger of the two is owed.
    owed = {currency: max(before.get(currency, 0), after.get(currency, 0)) for currency in before | after}
    return [_room(psp, money, owed.get(money.currency, 0)) for money in there]


def _owed() -> dict[str, int]:
    return {row.currency: row.minor for row in run(OWED)}


def sweep(psp: PaymentServiceProvider, *, cause: Cause, currency: str | None = None) -> list[UUID]:
    """Sends what is free in each currency, or in one, after the last one's outcome is known; returns what was made.

    Raises:
        PspError: the PSP does not say what is there.
    """
    settle_open(psp, cause=cause)
    looked_at = utcnow()
    made = [
        id
        for room in rooms(psp)
        if room.free and currency in (None, room.free.currency)
        if (id := retrying(lambda: _begin(psp, room, cause, looked_at))) is not None  # noqa: B023 - called at once
    ]
    crash_point("payouts.sweep.after_begin")
    settle_open(psp, cause=cause)
    _look_after(psp)
    return made


def settle_open(psp: PaymentServiceProvider, *, cause: Cause) -> None:
    """Goes on with what was begun: the same request under its key, after the key's window the look-up."""
    for row in run(
        "SELECT * FROM platform_payouts WHERE status = 'submitting' AND psp = %(psp)s", psp=psp.name
    ):
        try:
            _go_on(psp, row, cause)
        except (InvalidRequest, InsufficientFunds) as refusal:
            _refused(psp, row, refusal.psp_code or "refused", cause)
        except PspError:
            continue  # unknown: it stays, and no other is made meanwhile


def apply_platform_payout(psp: str, found: BankPayout, *, cause: Cause) -> bool:
    """What the PSP says of one of ours; False where it is none. Owns its transaction."""
    rows = run(
        "SELECT * FROM platform_payouts WHERE psp = %(psp)s AND (psp_payout_id = %(id)s OR request->>'reference' = %(ref)s)",
        psp=psp,
        id=found.id,
        ref=found.reference or "",
    )
    if not rows:
        return False
    _record(rows[0], found, cause)
    return True


def _room(psp: PaymentServiceProvider, available: Money, owed_minor: int) -> Room:
    rules = psp.capabilities.currencies.get(available.currency)
    free = max(0, available.amount_minor - owed_minor)
    free -= free % rules.payout_step_minor if rules else free
    return Room(available, Money(owed_minor, available.currency), Money(free, available.currency))


def _begin(psp: PaymentServiceProvider, room: Room, cause: Cause, looked_at: datetime) -> UUID | None:
    """None where one is under way, or was since the room was looked at: what was free then may have left."""
    id, now = new_uuid(), utcnow()
    reference = encode("po", id)
    request = CreateBankPayout(reference, f"{reference}:payout", room.free, PLATFORM)
    try:
        with atomic() as session:
            begun = execute(
                session,
                """
                WITH made AS (
                    INSERT INTO platform_payouts (id, psp, currency, amount_minor, available_minor, owed_minor, status,
                                                  request, attempted_at, requested_by, created_at, updated_at)
                    SELECT %(id)s, %(psp)s, %(currency)s, %(amount)s, %(available)s, %(owed)s, 'submitting',
                           %(request)s, %(now)s, %(cause)s, %(now)s, %(now)s
                     WHERE NOT EXISTS (SELECT FROM platform_payouts WHERE psp = %(psp)s AND currency = %(currency)s
                                          AND (status = 'submitting' OR updated_at >= %(looked_at)s))
                    RETURNING id)
                INSERT INTO platform_payout_transitions (platform_payout_id, version, from_status, to_status, cause, at)
                SELECT id, 1, NULL, 'submitting', %(cause)s, %(now)s FROM made
                RETURNING platform_payout_id
                """,
                id=id,
                psp=psp.name,
                currency=room.free.currency,
                amount=room.free.amount_minor,
                available=room.available.amount_minor,
                owed=room.owed.amount_minor,
                request=Jsonb({"reference": reference, "wire": psp.wire_of(request)}),
                now=now,
                cause=str(cause),
                looked_at=looked_at,
            )
            if begun.first() is None:
                return None
            after = {"amount": room.free.amount_minor, "currency": room.free.currency}
            audit.record(
                session, actor=str(cause), action="platform_payout.sweep", object=reference, after=after
            )
    except exc.IntegrityError as error:
        if constraint_name(error) == "one_platform_payout_at_a_time":
            return None
        raise
    return id


def _go_on(psp: PaymentServiceProvider, row: Row[Any], cause: Cause) -> None:
    reference = row.request["reference"]
    window = timedelta(hours=psp.capabilities.key_window_hours) - WINDOW_MARGIN
    amount = Money(row.amount_minor, row.currency)
    if utcnow() < row.attempted_at + window and _is_still_free(psp, amount):
        key = f"{reference}:payout"
        made = psp.create_payout(CreateBankPayout(reference, key, amount, PLATFORM, wire=row.request["wire"]))
        crash_point("payouts.sweep.after_answer")
        _record(row, made, cause)
        return
    found = _find(psp, row)
    if found is not None:
        _record(row, found, cause)
    elif row.not_found_at is not None and utcnow() >= row.not_found_at + TWICE_APART:
        _end(row.id, "failed", cause, failure_code="not_executed")
    else:
        run(
            "UPDATE platform_payouts SET not_found_at = coalesce(not_found_at, %(now)s) WHERE id = %(id)s",
            id=row.id,
            now=utcnow(),
        )


def _find(psp: PaymentServiceProvider, row: Row[Any]) -> BankPayout | None:
    since = row.attempted_at - WINDOW_MARGIN
    return psp.find_payout(row.request["reference"], account=PLATFORM, created_after=since)


def _is_still_free(psp: PaymentServiceProvider, amount: Money) -> bool:
    """What was free when the sweep began may be a seller's by now: then it is looked for, and not sent again."""
    return any(room.free >= amount for room in rooms(psp) if room.available.currency == amount.currency)


def _refused(psp: PaymentServiceProvider, row: Row[Any], code: str, cause: Cause) -> None:
    """A refusal proves nothing of an attempt before it."""
    try:
        found = _find(psp, row)
    except PspError:
        return
    if found is not None:
        _record(row, found, cause)
    else:
        _end(row.id, "failed", cause, failure_code=code)


def _record(row: Row[Any], found: BankPayout, cause: Cause) -> None:
    """The PSP's two movements, each under its own number, then the status that they mean."""

    def unit() -> None:
        with atomic() as session:
            execute(session, "SELECT id FROM platform_payouts WHERE id = %(id)s FOR UPDATE", id=row.id)
            connection, moved = session.connection(), {"psp": row.psp, "amount": found.amount}
            if found.balance_transaction is not None:
                sent = payout_recipes.psp_payout_sent(**moved, number=found.balance_transaction)
                journal.post(session, sent, cause=cause)
            transition(
                connection,
                PLATFORM_PAYOUT,
                row.id,
                to="in_transit",
                cause=cause,
                set={"psp_payout_id": found.id},
            )
            if found.status == "paid":
                transition(connection, PLATFORM_PAYOUT, row.id, to="paid", cause=cause)
            if found.failure_balance_transaction is not None:
                back = payout_recipes.psp_payout_failed(**moved, number=found.failure_balance_transaction)
                journal.post(session, back, cause=cause)
                failure = {"failure_code": found.failure.code if found.failure else "canceled_at_psp"}
                transition(connection, PLATFORM_PAYOUT, row.id, to="failed", cause=cause, set=failure)

    retrying(unit)


def _end(id: UUID, to: str, cause: Cause, **columns: Any) -> None:
    with atomic() as session:
        transition(session.connection(), PLATFORM_PAYOUT, id, to=to, cause=cause, set=columns)


def _look_after(psp: PaymentServiceProvider) -> None:
    """What is left must still cover what is owed: a person is called where it does not."""
    try:
        short = _short(rooms(psp))
    except PspError:
        return
    for room in short:
        missing = room.owed - room.available
        with atomic() as session:
            open_alert(
                session,
                code="platform_funds_short",
                severity="critical",
                subject=psp.name,
                detail=f"After a sweep {room.available} can be sent, and {room.owed} is owed",
                amount=missing,
                dedupe_key=f"platform_funds_short:{psp.name}:{missing.currency}",
            )


def _short(found: Sequence[Room]) -> list[Room]:
    return [room for room in found if room.available < room.owed]
