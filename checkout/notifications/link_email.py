"""Send somebody the link that lets them choose a password. Runs as a task, which knows the link's row and no more."""

from __future__ import annotations

from uuid import UUID

from checkout.core.ids import encode
from checkout.identity import password_links
from checkout.identity.password_links import LinkKind
from checkout.notifications import letters, post_office
from checkout.notifications.message import compose
from checkout.notifications.outbox import mark_sent, write_down
from checkout.tasks import ClaimedTask

WRITERS = {LinkKind.INVITATION: letters.invitation, LinkKind.RESET: letters.password_reset}


def send_link_email(task: ClaimedTask) -> None:
    """The task's arguments name the link. One that was used, replaced, or is nobody's is not sent.

    Raises:
        UndeliverableAddress: the address is malformed.
        OSError, smtplib.SMTPException: the mail server could not take it; the task tries again.
    """
    office = post_office.current()
    link_id = UUID(str(task.args["link"]))
    to = password_links.recipient(link_id)
    if to is None:
        return
    user = encode("usr", to.user_id)
    message_id = office.message_id(f"{to.kind}_{link_id.hex}", user)
    written_at = write_down(message_id=message_id, template=f"user.{to.kind}", object=user, shopper_id=None)
    if written_at is None:
        return
    url = password_links.url(to.kind, link_id)
    message = compose(
        WRITERS[to.kind](name=to.name, url=url, expires_at=to.expires_at, office=office),
        message_id=message_id,
        sender_name=letters.PRODUCT,
        sender=office.sender,
        recipient=to.email,
        written_at=written_at,
    )
    office.channel.send(message)
    mark_sent(message_id)
