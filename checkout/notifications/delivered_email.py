"""Tell the shopper that all of an order has arrived, or that it should have: once for each order."""

from __future__ import annotations

from checkout.core.ids import decode
from checkout.notifications import letters, post_office
from checkout.notifications.message import compose
from checkout.notifications.outbox import mark_sent, write_down
from checkout.orders.queries import get_order
from checkout.payments.queries import get_view
from checkout.tasks import ClaimedTask

FACT = "order.delivered"


def send_delivered_email(task: ClaimedTask) -> None:
    """The task's arguments name the order. As parcel_email.py, under a Message-ID of the order's own.

    Raises:
        UndeliverableAddress: the shopper's address is malformed.
        OSError, smtplib.SMTPException: the mail server could not take it; the task tries again.
    """
    office = post_office.current()
    order = get_order(decode("ord", str(task.args["object"])))
    view = get_view(order.payment_id)
    if view.shopper_email is None:
        return  # an erased person is not written to
    message_id = office.message_id("order_delivered", order.public_id)
    written_at = write_down(
        message_id=message_id, template=FACT, object=order.public_id, shopper_id=view.shopper_id
    )
    if written_at is None:
        return
    message = compose(
        letters.order_delivered(view, order, office),
        message_id=message_id,
        sender_name=view.storefront_name,
        sender=office.sender,
        recipient=view.shopper_email,
        written_at=written_at,
    )
    office.channel.send(message)
    mark_sent(message_id)
