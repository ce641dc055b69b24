"""The development mailbox: every email the product has sent, with its text and its HTML as a mail program shows it."""

from __future__ import annotations

import base64
import hashlib
import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from flask import Blueprint, Response, abort, make_response, render_template, url_for

from checkout.notifications import queries
from checkout.notifications.queries import MailboxMessage
from checkout.pages import security
from checkout.pages.shell import Link

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
REFERENCE_URL = "/docs"
BIGINT_MAX = 2**63 - 1


def make_blueprint() -> Blueprint:
    blueprint = Blueprint("mailbox", __name__, url_prefix="/demo/mailbox")
    security.protect(blueprint)
    blueprint.add_url_rule("", "index", _index)
    blueprint.add_url_rule("/<int:id>", "message", _message)
    blueprint.add_url_rule("/<int:id>/html", "html", _html)
    return blueprint


def navigation(current: str) -> list[Link]:
    """The demo's pages, for all of them."""
    return [
        Link("Shop", url_for("demo.shop"), current == "shop"),
        Link("Mailbox", url_for("mailbox.index"), current == "mailbox"),
        Link("API reference", REFERENCE_URL, False),
    ]


def _index() -> str:
    return render_template("demo/mailbox.html", messages=queries.mailbox(), navigation=navigation("mailbox"))


def _message(id: int) -> Response:
    stored, parsed = _read(id)
    page = render_template(
        "demo/message.html",
        message=stored,
        sender=str(parsed["From"]),
        message_id=str(parsed["Message-ID"]),
        text=_part(parsed, "plain"),
        navigation=navigation("mailbox"),
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = security.content_policy(frames=True)
    return response


def _html(id: int) -> Response:
    """The HTML part alone, for the frame: no scripts, no addresses of others, its own style sheet by its digest."""
    _, parsed = _read(id)
    html = _part(parsed, "html")
    digests = " ".join(f"'sha256-{_digest(style)}'" for style in _STYLE.findall(html)) or "'none'"
    response = make_response(html)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {digests}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _read(id: int) -> tuple[MailboxMessage, EmailMessage]:
    stored = queries.mailbox_message(id) if id <= BIGINT_MAX else None
    if stored is None:
        abort(404)
    parsed = message_from_bytes(stored.raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return stored, parsed


def _part(parsed: EmailMessage, subtype: str) -> str:
    part = parsed.get_body(preferencelist=(subtype,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
