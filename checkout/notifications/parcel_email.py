"""Tell the shopper that a parcel has left, once for each parcel. As payment_email.py, under a Message-ID of its own."""

from __future__ import annotations

from checkout.core.ids import decode
from checkout.notifications import letters, post_office
from checkout.notifications.message import compose
from checkout.notifications.outbox import mark_sent, write_down
from checkout.orders.queries import order_of_shipment
from checkout.payments.queries import get_view
from checkout.tasks import ClaimedTask

FACT = "shipment.created"


def send_parcel_email(task: ClaimedTask) -> None:
    """The task's arguments name the parcel. The email stands in the story of its order.

    Raises:
        UndeliverableAddress: the shopper's address is malformed.
        OSError, smtplib.SMTPException: the mail server could not take it; the task tries again.
    """
    office = post_office.current()
    shipment = str(task.args["object"])
    shipment_id = decode("shp", shipment)
    order = order_of_shipment(shipment_id)
    view = get_view(order.payment_id)
    if view.shopper_email is None:
        return  # an erased person is not written to
    message_id = office.message_id("parcel_sent", shipment)
    written_at = write_down(
        message_id=message_id, template=FACT, object=order.public_id, shopper_id=view.shopper_id
    )
    if written_at is None:
        return
    (parcel,) = [parcel for parcel in order.shipments if parcel.id == shipment_id]
    message = compose(
        letters.parcel_sent(view, order, parcel, office),
        message_id=message_id,
        sender_name=view.storefront_name,
        sender=office.sender,
        recipient=view.shopper_email,
        written_at=written_at,
    )
    office.channel.send(message)
    mark_sent(message_id)
