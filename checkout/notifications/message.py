"""Building an email: text and HTML from the same data, headers that nobody's input can add to.

A message is a function of its arguments: built again for a retry it has the same bytes, Message-ID and date.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

HEADER_LENGTH = 200  # characters of a name or subject; longer ones are cut, not folded without end


class UndeliverableAddress(Exception):
    """The text is no email address that a mail server would take."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said, before it is an email."""

    subject: str
    text: str
    html: str


def compose(
    letter: Letter, *, message_id: str, sender_name: str, sender: str, recipient: str, written_at: datetime
) -> EmailMessage:
    """The whole email, ready to send.

    Raises:
        UndeliverableAddress: the recipient's address is malformed.
    """
    message = EmailMessage(policy=policy.SMTP)
    message["Message-ID"] = message_id
    message["Date"] = format_datetime(written_at)
    message["From"] = _address(sender, name=sender_name)
    message["To"] = _address(recipient)
    message["Subject"] = one_line(letter.subject)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message.set_boundary("part-" + hashlib.sha256(message_id.encode()).hexdigest()[:32])
    return message


def one_line(text: str) -> str:
    """Text that stays in its header: line breaks and other controls become spaces, the length is bounded."""
    cleaned = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(cleaned.split())[:HEADER_LENGTH]


def _address(address: str, *, name: str = "") -> Address:
    local, at, domain = address.rpartition("@")
    plain = at and local and domain and address.isprintable() and not set(address) & set(' ,;:<>()[]"\\')
    if not plain or len(address) > HEADER_LENGTH:
        raise UndeliverableAddress("the address is malformed")
    try:
        return Address(display_name=one_line(name), username=local, domain=_ascii_domain(domain))
    except ValueError as error:
        raise UndeliverableAddress("the address is malformed") from error


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise UndeliverableAddress("the address is malformed") from error
