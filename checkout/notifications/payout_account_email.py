"""Tell a seller that its payout account was changed: the contact, and every owner. Whoever did not do it has two days."""

from __future__ import annotations

from uuid import UUID

from checkout.core.ids import decode, encode
from checkout.db.statement import run
from checkout.identity import names
from checkout.notifications import letters, post_office
from checkout.notifications.message import compose
from checkout.notifications.outbox import mark_sent, write_down
from checkout.secrets import blind_index
from checkout.sellers.bank_numbers import masked
from checkout.sellers.contact import contact_email
from checkout.tasks import ClaimedTask

TEMPLATE = "payout_account_changed"
MOST_RECIPIENTS = 50  # owners of one seller


def send_payout_account_email(task: ClaimedTask) -> None:
    """Handles `notifications.payout_account_email` {"payout_account": "pac_…"}: one letter each, once each."""
    change = str(task.args["payout_account"])
    (row,) = run(
        """
        SELECT p.id, p.seller_id, p.currency, p.last4, p.created_at, p.payouts_paused_until, s.name
          FROM payout_accounts p JOIN sellers s ON s.id = p.seller_id WHERE p.id = %(id)s
        """,
        id=decode("pac", change),
    )
    office = post_office.current()
    letter = letters.payout_account_changed(
        seller=row.name,
        currency=row.currency,
        account=masked(row.last4),
        changed_at=row.created_at,
        paused_until=row.payouts_paused_until,
        office=office,
    )
    for recipient in _recipients(row.seller_id):
        whom = blind_index(recipient, table="emails", column="message_id", scope=row.seller_id).hex()[:16]
        message_id = office.message_id(TEMPLATE, f"{change}.{whom}")
        seller = encode("sel", row.seller_id)
        written_at = write_down(message_id=message_id, template=TEMPLATE, object=seller, shopper_id=None)
        if written_at is None:
            continue
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
    """The contact, then the owners; one who is both gets one letter."""
    owners = run(
        """
        SELECT u.id, u.email_sealed FROM memberships m JOIN users u ON u.id = m.user_id
         WHERE m.seller_id = %(seller_id)s AND m.role = 'seller_owner' AND u.status = 'active'
         ORDER BY m.created_at, m.id LIMIT %(limit)s
        """,
        seller_id=seller_id,
        limit=MOST_RECIPIENTS,
    )
    contact = contact_email(seller_id)
    return list(
        dict.fromkeys(
            [
                *([contact] if contact else []),
                *(names.open_email(owner.id, owner.email_sealed) for owner in owners),
            ]
        )
    )
