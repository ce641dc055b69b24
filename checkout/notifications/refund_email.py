"""Tell the shopper that money has gone back, or that it did not arrive: once for each refund and end."""

from __future__ import annotations

from typing import Final

from checkout.identity.access import EVERYTHING
from checkout.notifications import letters, post_office
from checkout.notifications.message import compose
from checkout.notifications.outbox import mark_sent, write_down
from checkout.payments.queries import get_view
from checkout.refunds.queries import RefundView, find_within
from checkout.refunds.words import NEVER_BEGUN
from checkout.tasks import ClaimedTask

# Failures that a shopper is not told of: the refund was never begun, or the shopper's bank has the money already.
UNTOLD: Final = NEVER_BEGUN | {"disputed"}


def send_refund_email(task: ClaimedTask) -> None:
    """Handles {"event", "type", "object": "re_…"}. As parcel_email.py, under a Message-ID of the refund's own.

    Raises:
        UndeliverableAddress: the shopper's address is malformed.
        OSError, smtplib.SMTPException: the mail server could not take it; the task tries again.
    """
    office = post_office.current()
    fact, object = str(task.args["type"]), str(task.args["object"])
    refund = find_within(object, EVERYTHING)
    view = get_view(refund.refund.payment_id)
    if view.shopper_email is None or not _is_so(fact, refund):
        return  # an erased person is not written to
    message_id = office.message_id(fact.replace(".", "_"), object)
    written_at = write_down(message_id=message_id, template=fact, object=object, shopper_id=view.shopper_id)
    if written_at is None:
        return
    message = compose(
        letters.refund_told(view, refund, office),
        message_id=message_id,
        sender_name=view.storefront_name,
        sender=office.sender,
        recipient=view.shopper_email,
        written_at=written_at,
    )
    office.channel.send(message)
    mark_sent(message_id)


def _is_so(fact: str, view: RefundView) -> bool:
    """ "Your money went back" must not arrive after the bank has refused it."""
    if fact == "refund.failed":
        return view.refund.status == "failed" and view.refund.failure_code not in UNTOLD
    return view.refund.status == "succeeded"
