"""What the page of one alert shows, for all the views that lead back to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response

from checkout.alerts import desk, escalate
from checkout.approvals import AlreadyProposed
from checkout.core import business_day, clock
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.explanations.words import word_of
from checkout.idempotency import KeyReused
from checkout.pages import access
from checkout.pages.alert_plans import SEEN
from checkout.pages.alert_sides import Sides, sides_of
from checkout.pages.alert_suggestions import suggested_for
from checkout.pages.finance_alert_words import NOTES, said, spelled_out
from checkout.pages.finance_words import (
    ALERT_STATES,
    SEVERITIES,
    account_word,
    code_word,
    docs_of,
    first_step,
    page_of,
)
from checkout.pages.people_page import show as show_page
from checkout.pages.role_names import ROLE_NAMES
from checkout.reconciliation.desk.link import preview_link
from checkout.reconciliation.desk.resolutions import EXPLAINING, WORDS, ResolutionNotPossible, ways_of
from checkout.reconciliation.desk.resolve import unexplained
from checkout.reconciliation.desk.unexplained import Unexplained
from checkout.reconciliation.desk.unlink import Link, NotJoined, links_of
from checkout.reporting import alert_figures, alert_orders, alert_people, alerts, reconciled
from checkout.reporting.alert_orders import AlertOrder
from checkout.reporting.alerts import AlertRow
from checkout.wording.alert_letters import Case, to_psp, to_seller

ACTORS: Final = re.compile(r"person:usr_[0-9a-z]{26}|role:[a-z_]{1,40}")
REFUSALS: Final = (desk.InvalidAlertState, ResolutionNotPossible, AlreadyProposed, KeyReused, NotJoined)


@dataclass(frozen=True, slots=True)
class Choice:
    """A way that is open, and whether it has to name an account, a day or a claim, or may explain a part."""

    way: str
    words: str
    wants_account: bool = False
    wants_day: bool = False
    wants_claim: bool = False
    may_be_part: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """What would be left of the difference once it is joined with what is ticked. `problem`: why it cannot be."""

    ticked: tuple[str, ...]
    amount: Money | None
    problem: str = ""


def show_alert(
    id: UUID, *, status: int = 200, done: str = "", problem: str = "", ticked: Sequence[str] = ()
) -> Response:
    found, history = alerts.get_alert(id), desk.history(id)
    difference = unexplained_of(id)
    open_now = found.status != "resolved"
    links = links_of(id) if difference else []
    run = reconciled.run_of(found.psp, found.business_on) if found.psp and found.business_on else None
    sides, orders = sides_of(found), alert_orders.orders_of(found.payment_id)
    suggested = suggested_for(id) if open_now and difference else []
    return show_page(
        "finance/alert.html",
        status=status,
        alert=found,
        difference=difference,
        left=left_of(id, difference, ticked),
        choices=choices(found, difference) if open_now else [],
        claims=difference.claims if difference else (),
        sides=sides,
        orders=orders,
        suggested=suggested,
        letters=_letters(found, sides, orders) if open_now and access.may("alerts:write") else [],
        links=links,
        history=history,
        names=alert_figures.names_of(_people_of(found, links, history)),
        read_out=read_out,
        note_words=NOTES,
        claimed=Money(difference.claimed, difference.beyond.currency) if difference else None,
        workers=alert_people.workers() if access.may("alerts:write") else {},
        escalated_to=[(f"role:{name}", ROLE_NAMES[name]) for name in escalate.ROLES],
        hanging=alerts.count_hanging(id),
        own_actor=access.principal().actor,
        run=run,
        first_step=first_step(found.code),
        docs=docs_of(found.code),
        explaining=EXPLAINING,
        now=clock.utcnow(),
        today=business_day.today(),
        done=done,
        problem=problem,
        **words(),
    )


def read_out(text: str, names: Mapping[str, str]) -> str:
    """A note's text, with people, roles and ways by their names."""

    def named(actor: re.Match[str]) -> str:
        kind, _, name = actor[0].partition(":")
        if kind == "role" and name in ROLE_NAMES:
            return f"all of {ROLE_NAMES[name]}"
        return names.get(actor[0], actor[0])

    return ACTORS.sub(named, spelled_out(text))


def left_of(id: UUID, difference: Unexplained | None, ticked: Sequence[str]) -> Left | None:
    """None: the alert is of no settlement file."""
    if difference is None:
        return None
    if not ticked:
        return Left((), difference.stays)
    try:
        return Left(tuple(ticked), preview_link(id, ticked))
    except (InvalidParameter, ResolutionNotPossible, NotFound) as refusal:
        return Left(tuple(ticked), None, said(refusal))


def choices(found: AlertRow, difference: Unexplained | None) -> list[Choice]:
    """The ways that are open. An alert that states no amount is closed by a note; one that does and is of no settlement
    is closed by what settles it, not from here. What joins it with another record stands beside the suggestions."""
    if difference is None:
        return [] if found.amount else [Choice(SEEN, "It has been looked into: nothing is booked")]
    whole = bool(difference.beyond)
    return [
        Choice(
            way,
            WORDS[way],
            wants_account=way == "post_correction" and whole,
            wants_day=way == "expected_later",
            wants_claim=way == "psp_claim_paid" and len(difference.claims) > 1,
            may_be_part=whole and way in ("psp_claim", "psp_claim_paid", "post_correction", "write_off"),
        )
        for way in ways_of(difference)
        if way != "link_records"
    ]


def unexplained_of(id: UUID) -> Unexplained | None:
    """None: the alert is of no settlement file."""
    try:
        with atomic() as session:
            return unexplained(session, id)
    except NotFound:
        return None


def words() -> dict[str, Any]:
    return {
        "states": ALERT_STATES,
        "severities": SEVERITIES,
        "code_word": code_word,
        "account_word": account_word,
        "entry_word": word_of,
        "page_of": page_of,
        "public": encode,
    }


def _people_of(found: AlertRow, links: Sequence[Link], history: Sequence[desk.Note]) -> list[str | None]:
    """Whose it is, who did what, who wrote the notes, and whom they name."""
    of_it = [found.assignee, found.resolved_by, found.due_set_by, *(link.linked_by for link in links)]
    return of_it + [actor for note in history for actor in (note.author, *ACTORS.findall(note.text))]


def _letters(found: AlertRow, sides: Sides | None, orders: Sequence[AlertOrder]) -> list[tuple[str, str]]:
    """Whom one may ask, and the text."""
    if found.psp is None or found.business_on is None or found.amount is None:
        return []
    case = Case(
        alert=found.public_id,
        code=found.code,
        psp=found.psp,
        business_on=found.business_on,
        number=found.number or "",
        source_id=found.source_id or "",
        payment=found.payment or "",
        ours=found.ours,
        theirs=found.theirs,
        difference=found.amount,
        file_line=(sides.file, sides.row.line) if sides and sides.row and sides.file else None,
    )
    asked = [
        (f"the seller, {order.seller_name}", to_seller(case, seller=order.seller_name, order=order.public_id))
        for order in orders
    ]
    return [(f"the PSP, {found.psp}", to_psp(case)), *asked]
