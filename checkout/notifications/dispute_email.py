"""Tell a seller's people of a dispute that touches their orders: opened, its time runs out, won, lost."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from checkout.core.clock import utcnow
from checkout.core.ids import decode
from checkout.core.money import total
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.disputes.queries import view_dispute
from checkout.disputes.states import ANSWERABLE
from checkout.disputes.views import DisputeView, OrderPart
from checkout.disputes.words import reason_in_words
from checkout.identity import names
from checkout.identity.access import EVERYTHING
from checkout.notifications import letters, post_office
from checkout.notifications.message import Letter, compose
from checkout.notifications.outbox import mark_sent, write_down
from checkout.notifications.post_office import PostOffice
from checkout.secrets import blind_index
from checkout.sellers.contact import contact_email
from checkout.tasks import ClaimedTask
from checkout.wording import money, times
from checkout.wording.deadlines import time_left

TEMPLATE: Final = "dispute_told"
MOST_RECIPIENTS: Final = 50  # people of one seller

HEADINGS: Final = {
    "dispute.opened": ("a payment is disputed", "The shopper's bank disputes a payment for your goods."),
    "dispute.evidence_due_soon": ("evidence is due", "A dispute still waits for evidence."),
    "dispute.won": ("a dispute is won", "The bank decided for you."),
    "dispute.lost": ("a dispute is lost", "The bank decided for the shopper, who keeps the money."),
}
INQUIRY: Final = (
    "a bank asks about a payment",
    "The shopper's bank asks about a payment; no money was taken.",
)


def send_dispute_email(task: ClaimedTask) -> None:
    """Handles {"event", "type", "object": "dp_…"}: one letter for each of the sellers' people, once for each event.

    Raises:
        OSError, smtplib.SMTPException: the mail server could not take it; the task tries again.
    """
    office = post_office.current()
    with atomic() as session:
        view = view_dispute(session, decode("dp", task.args["object"]), EVERYTHING)
    for seller_id in dict.fromkeys(part.seller_id for part in view.parts):
        parts = [part for part in view.parts if part.seller_id == seller_id]
        letter = _letter(task.args["type"], view, parts, office)
        for recipient in _recipients(seller_id):
            whom = blind_index(recipient, table="emails", column="message_id", scope=seller_id).hex()[:16]
            message_id = office.message_id(TEMPLATE, f"{task.args['event']}.{whom}")
            _send(letter, message_id, view.dispute.public_id, recipient, office)


def _letter(type: str, view: DisputeView, parts: list[OrderPart], office: PostOffice) -> Letter:
    dispute = view.dispute
    is_question = type == "dispute.opened" and dispute.kind == "inquiry"
    title, what = INQUIRY if is_question else HEADINGS[type]
    taken = total([part.amount for part in parts], dispute.currency)
    due_at = dispute.evidence_due_at if dispute.status in ANSWERABLE else None
    is_open = due_at is not None and dispute.kind != "bank_return"
    return letters.dispute_told(
        seller=parts[0].seller_name,
        title=title,
        what=what,
        amount=money.with_code(taken, None) if taken else None,
        reason=reason_in_words(dispute.reason),
        orders=[part.public_id for part in parts],
        due=times.moment(due_at, office.zone, None).words if due_at and is_open else None,
        left=time_left(due_at, utcnow()) if due_at and is_open else None,
        platform_answers=is_open and view.seller_count > 1,
        reference=dispute.public_id,
    )


def _send(letter: Letter, message_id: str, dispute: str, recipient: str, office: PostOffice) -> None:
    written_at = write_down(message_id=message_id, template=TEMPLATE, object=dispute, shopper_id=None)
    if written_at is None:
        return
    message = compose(
        letter,
        message_id=message_id,
        sender_name=letters.PRODUCT,
        sender=office.sender,
        recipient=recipient,
        written_at=written_at,
    )
    office.channel.send(message)
    mark_sent(message_id)


def _recipients(seller_id: UUID) -> list[str]:
    """The contact, then the people who work for the seller; one who is both gets one letter."""
    people = run(
        """
        SELECT DISTINCT ON (u.id) u.id, u.email_sealed FROM memberships m JOIN users u ON u.id = m.user_id
         WHERE m.seller_id = %(seller_id)s AND u.status = 'active' ORDER BY u.id LIMIT %(limit)s
        """,
        seller_id=seller_id,
        limit=MOST_RECIPIENTS,
    )
    contact = contact_email(seller_id)
    known = [contact] if contact else []
    return list(dict.fromkeys([*known, *(names.open_email(who.id, who.email_sealed) for who in people)]))
