"""The first pages by role: what happened today and what waits, with links to it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, current_app

from checkout.core import clock
from checkout.identity import api_keys
from checkout.pages import access
from checkout.pages.payment_words import PAYMENT_STATES
from checkout.pages.people_page import show
from checkout.reporting.counts import overview
from checkout.reporting.paging import Cut
from checkout.reporting.payments import PaymentFilter, list_payments

NEWEST_SHOWN = 8


class HomePages:
    """The views; they share the zone that today is meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprints(self) -> tuple[access.PeopleBlueprint, access.PeopleBlueprint]:
        admin = access.PeopleBlueprint("admin")
        admin.add_url_rule("/admin", "home", self.admin)
        developers = access.PeopleBlueprint("developers")
        developers.add_url_rule("/developers", "home", self.developers)
        return admin, developers

    @access.page_requires("payments:read")
    def admin(self) -> Response:
        today = clock.utcnow().astimezone(self._zone).date()
        midnight = datetime.combine(today, datetime.min.time(), self._zone)
        return show(
            "admin/home.html",
            overview=overview(access.reach(), since=midnight),
            newest=list_payments(PaymentFilter(), access.reach(), Cut(limit=NEWEST_SHOWN)),
            states=PAYMENT_STATES,
            today=today,
        )

    @access.page_requires("keys:read")
    def developers(self) -> Response:
        """What to do first, with what is done already."""
        now = clock.utcnow()
        keys = api_keys.list_keys(reach=access.reach())
        newest = None
        if access.may("payments:read"):
            reach = access.principal().reach("payments:read")
            newest = list_payments(PaymentFilter(), reach, Cut(limit=NEWEST_SHOWN))
        return show(
            "developers/home.html",
            base_url=current_app.config["PUBLIC_URL"],
            working=sum(1 for key in keys if key.status(now) in ("active", "expiring")),
            used=sum(1 for key in keys if key.last_used_at is not None),
            newest=newest,
            paid=newest is not None and any(row.succeeded_at for row in newest.rows),
            states=PAYMENT_STATES,
        )
