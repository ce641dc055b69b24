"""Tell the operators that a task has failed for good, once for each time it died."""

from __future__ import annotations

from checkout.core.ids import decode
from checkout.events.subscribers import DEAD_LETTER_EMAIL
from checkout.notifications import letters, post_office
from checkout.notifications.message import compose
from checkout.notifications.outbox import mark_sent, write_down
from checkout.tasks import ClaimedTask
from checkout.tasks.queries import get_task


def send_dead_letter_email(task: ClaimedTask) -> None:
    """The task's arguments name the dead one.

    The email carries the kind and the error's class, not its text, which may hold personal data. A dead one of this
    very kind is not told by email: that channel is what has failed, and the alert stands.
    """
    office = post_office.current()
    dead = get_task(decode("tsk", str(task.args["object"])))
    if dead.kind == DEAD_LETTER_EMAIL:
        return
    message_id = office.message_id("dead_letter", f"{task.args['object']}.{task.args['event']}")
    written_at = write_down(
        message_id=message_id, template="dead_letter.added", object=str(task.args["object"]), shopper_id=None
    )
    if written_at is None:
        return
    letter = letters.dead_letter(
        task=str(task.args["object"]),
        kind=dead.kind,
        attempts=dead.attempts,
        error=(dead.last_error or "unknown").split(":")[0],
    )
    message = compose(
        letter,
        message_id=message_id,
        sender_name="Checkout operations",
        sender=office.sender,
        recipient=office.operators,
        written_at=written_at,
    )
    office.channel.send(message)
    mark_sent(message_id)
