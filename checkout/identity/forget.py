"""Drop what has served its time: ended sessions, sign-ins never finished, old links and counts."""

from __future__ import annotations

from checkout.identity import attempts, password_links, pending_sign_ins, sessions


def forget_ended_sign_ins() -> None:
    """A bounded number of each; whoever calls it hourly keeps up."""
    sessions.forget_ended()
    pending_sign_ins.forget_old()
    password_links.forget_old()
    attempts.forget_old()
