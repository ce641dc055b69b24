"""What every email needs and no event carries: the channel, the sender's address, the links, the zone of times."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from checkout.notifications.channels import Channel, channel_for
from checkout.payments.links import StatusLinks


@dataclass(frozen=True, slots=True)
class PostOffice:
    channel: Channel
    sender: str
    operators: str
    links: StatusLinks
    zone: ZoneInfo
    host: str
    public_url: str

    def message_id(self, fact: str, object: str) -> str:
        """The same for the same fact, whoever sends it and how often: `<payment_succeeded.pay_…@host>`."""
        return f"<{fact}.{object}@{self.host}>"


_office: PostOffice | None = None


def configure(
    *, smtp_url: str | None, email_from: str, public_url: str, links: StatusLinks, business_tz: str
) -> None:
    """Called once by the composition root of every process that sends emails."""
    global _office
    host = urlsplit(public_url).hostname or "localhost"
    _office = PostOffice(
        channel=channel_for(smtp_url),
        sender=email_from,
        operators=f"operators@{host}",
        links=links,
        zone=ZoneInfo(business_tz),
        host=host,
        public_url=public_url.rstrip("/"),
    )


def current() -> PostOffice:
    """The process's post office."""
    assert _office is not None, "notifications.configure() comes first"
    return _office
