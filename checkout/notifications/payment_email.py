"""Tell the shopper one fact about a payment, once. Runs as a task, staged in the transaction of the fact itself.

The email's row is written first, under a Message-ID derived from the fact; then it is sent; then the row says so. A
crash between the last two sends it again under the same Message-ID, never as a second, different email.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.notifications import letters, post_office
from checkout.notifications.message import Letter, compose
from checkout.notifications.post_office import PostOffice
from checkout.payments.queries import PaymentView, get_view

Writer = Callable[[PaymentView, PostOffice], Letter]

WRITERS: Final[Mapping[str, Writer]] = {
    "payment.succeeded": letters.payment_succeeded,
    "payment.failed": letters.payment_failed,
    "payment.expired": letters.payment_expired,
    "payment.delayed": letters.payment_delayed,
}


@dataclass(frozen=True, slots=True)
class EmailRow:
    """An email that is due: when it was written decides its Date, also when it is sent again."""

    message_id: str
    written_at: datetime


def send_payment_email(args: Mapping[str, Any]) -> None:
    """`args` are a subscribed task's: the event's type and the payment it is about. Owns its transactions.

    Raises:
        UndeliverableAddress: the shopper's address is malformed.
        OSError, smtplib.SMTPException: the mail server could not take it; the task tries again.
    """
    office = post_office.current()
    fact, payment_id = str(args["type"]), decode("pay", str(args["object"]))
    with atomic() as session:
        view = get_view(session, payment_id)
        if _is_out_of_date(fact, view):
            return
        message_id = office.message_id(fact.replace(".", "_"), str(args["object"]))
        written_at = _write_down(session, message_id, fact, str(args["object"]), view.shopper.id)
    if written_at is None:
        return
    message = compose(
        WRITERS[fact](view, office),
        message_id=message_id,
        sender_name=view.storefront_name,
        sender=office.sender,
        recipient=view.shopper.email,
        written_at=written_at,
    )
    crash_point("email.written_down")
    office.channel.send(message)
    crash_point("email.sent")
    mark_sent(message_id)


def mark_sent(message_id: str) -> None:
    """Says when the email left, once."""
    run(
        "UPDATE emails SET sent_at = %(now)s WHERE message_id = %(message_id)s AND sent_at IS NULL",
        message_id=message_id,
        now=utcnow(),
    )


def _is_out_of_date(fact: str, view: PaymentView) -> bool:
    """ "Your bank needs more time" must not arrive after the bank has answered; an end stays true."""
    return fact == "payment.delayed" and view.status != "processing"


def _write_down(session: Any, message_id: str, template: str, object: str, shopper_id: UUID | None) -> datetime | None:
    """The row of this email: when it was written, or None where it has been sent already."""
    row = execute(
        session,
        """
        INSERT INTO emails (message_id, template, object, shopper_id, created_at)
        VALUES (%(message_id)s, %(template)s, %(object)s, %(shopper_id)s, %(now)s)
        ON CONFLICT (message_id) DO UPDATE SET template = emails.template
        RETURNING created_at, sent_at
        """,
        message_id=message_id,
        template=template,
        object=object,
        shopper_id=shopper_id,
        now=utcnow(),
    ).one()
    return None if row.sent_at is not None else row.created_at
