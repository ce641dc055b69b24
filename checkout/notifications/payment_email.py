"""Tell the shopper one fact about a payment, once. Runs as a task, staged in the transaction of the fact itself.

The email's row is written first, under a Message-ID derived from the fact; then it is sent; then the row says so. A
crash between the last two sends it again under the same Message-ID, never as a second, different email.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from checkout.core.crash_points import crash_point
from checkout.core.ids import decode
from checkout.notifications import letters, post_office
from checkout.notifications.message import Letter, compose
from checkout.notifications.outbox import mark_sent, write_down
from checkout.notifications.post_office import PostOffice
from checkout.payments.queries import get_view
from checkout.payments.views import PaymentView
from checkout.tasks import ClaimedTask

Writer = Callable[[PaymentView, PostOffice], Letter]

WRITERS: Final[Mapping[str, Writer]] = {
    "payment.succeeded": letters.payment_succeeded,
    "payment.failed": letters.payment_failed,
    "payment.expired": letters.payment_expired,
    "payment.delayed": letters.payment_delayed,
}


def send_payment_email(task: ClaimedTask) -> None:
    """The task's arguments are the event's type and the payment it is about. Each statement stands by itself.

    Raises:
        UndeliverableAddress: the shopper's address is malformed.
        OSError, smtplib.SMTPException: the mail server could not take it; the task tries again.
    """
    office = post_office.current()
    fact, object = str(task.args["type"]), str(task.args["object"])
    view = get_view(decode("pay", object))
    if view.shopper_email is None or _is_out_of_date(fact, view):
        return  # an erased person is not written to
    message_id = office.message_id(fact.replace(".", "_"), object)
    written_at = write_down(message_id=message_id, template=fact, object=object, shopper_id=view.shopper_id)
    if written_at is None:
        return
    message = compose(
        WRITERS[fact](view, office),
        message_id=message_id,
        sender_name=view.storefront_name,
        sender=office.sender,
        recipient=view.shopper_email,
        written_at=written_at,
    )
    crash_point("notifications.written_down")
    office.channel.send(message)
    crash_point("notifications.sent")
    mark_sent(message_id)


def _is_out_of_date(fact: str, view: PaymentView) -> bool:
    """ "Your bank needs more time" must not arrive after the bank has answered; an end stays true."""
    return fact == "payment.delayed" and view.status != "processing"
