"""How an email leaves: a mail server where one is configured, else the development mailbox."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

from checkout.core.clock import utcnow
from checkout.db.statement import run

SMTP_TIMEOUT_SECONDS = 10  # for each answer of the server; below the task's lease, all steps together
SMTP_PORTS = {"smtp": 25, "smtps": 465}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Channel(Protocol):
    """Takes an email, whole or not at all. Called outside any transaction."""

    def send(self, message: EmailMessage) -> None: ...


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server: smtps://user:password@host:port for TLS from the first byte, smtp:// for STARTTLS where the
    server offers it. A password is never sent in the clear to another machine."""

    url: str

    def send(self, message: EmailMessage) -> None:
        parts = urlsplit(self.url)
        with self._connected() as client:
            if parts.username:
                client.login(unquote(parts.username), unquote(parts.password or ""))
            client.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "localhost", parts.port or SMTP_PORTS[parts.scheme]
        here = host in LOOPBACK
        if parts.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=SMTP_TIMEOUT_SECONDS, context=context)
        client = smtplib.SMTP(host, port, timeout=SMTP_TIMEOUT_SECONDS)
        client.ehlo_or_helo_if_needed()
        if not here and client.has_extn("starttls"):
            client.starttls(context=ssl.create_default_context())
        elif not here and parts.username:
            client.close()
            raise smtplib.SMTPException("the mail server offers no STARTTLS: the password stays here")
        return client


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The development mailbox: a table that /demo/mailbox shows. The same Message-ID arrives once."""

    def send(self, message: EmailMessage) -> None:
        run(
            """
            INSERT INTO mailbox_messages (message_id, recipient, subject, raw, received_at)
            VALUES (%(message_id)s, %(recipient)s, %(subject)s, %(raw)s, %(now)s)
            ON CONFLICT (message_id) DO NOTHING
            """,
            message_id=str(message["Message-ID"]),
            recipient=str(message["To"]),
            subject=str(message["Subject"]),
            raw=message.as_bytes(policy=policy.SMTP),
            now=utcnow(),
        )


def channel_for(smtp_url: str | None) -> Channel:
    """The mail server where a URL names one, else the mailbox.

    Raises:
        ValueError: the URL's scheme is none of ours.
    """
    if not smtp_url:
        return Mailbox()
    if urlsplit(smtp_url).scheme not in SMTP_PORTS:
        raise ValueError(
            f"SMTP_URL must begin with one of {', '.join(f'{scheme}://' for scheme in SMTP_PORTS)}"
        )
    return Smtp(smtp_url)
