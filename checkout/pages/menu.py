"""The menu by role, and where somebody is led after signing in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import request, url_for

from checkout.identity.access import Principal
from checkout.identity.sessions import Person
from checkout.pages.shell import Link


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu, for those who hold the permission; `of_seller`: where they hold it at a seller of their own.
    `within`: endpoints that belong to it."""

    name: str
    endpoint: str
    permission: str
    within: tuple[str, ...] = ()
    of_seller: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    links: Sequence[Link]


def _of_disputes(desk: str) -> tuple[str, ...]:
    names = ("show", "save", "add_file", "ask_submit", "submit", "ask_accept", "accept")
    return tuple(f"{desk}_disputes.{name}" for name in names)


MENU: Final[dict[str, tuple[Entry, ...]]] = {
    "Selling": (
        Entry("Your money", "seller.home", "balances:read", of_seller=True),
        Entry(
            "Orders",
            "seller_orders.index",
            "balances:read",
            (
                "seller_orders.show",
                "seller_orders.ship",
                "seller_ship.form",
                "seller_ship.upload",
                "seller_refund.ask",
                "seller_refund.send",
            ),
            of_seller=True,
        ),
        Entry(
            "Payouts",
            "seller_payouts.index",
            "payouts:read",
            ("seller_payouts.show", "seller_pay_now.ask", "seller_pay_now.pay"),
            of_seller=True,
        ),
        Entry("Disputes", "seller_disputes.index", "disputes:read", _of_disputes("seller"), of_seller=True),
        Entry("Balance", "seller_balance.index", "balances:read", of_seller=True),
        Entry(
            "Statements",
            "seller_statements.index",
            "balances:read",
            ("seller_statements.show", "seller_statements.verify", "seller_statements.judge"),
            of_seller=True,
        ),
        Entry("Settings", "seller_settings.show", "payouts:read", ("seller_settings.bank",), of_seller=True),
    ),
    "Payments": (
        Entry("Overview", "admin.home", "payments:read"),
        Entry(
            "Payments",
            "admin_payments.index",
            "payments:read",
            (
                "admin_payments.show",
                "admin_refund.ask",
                "admin_refund.send",
                "admin_refund.ask_cancel",
                "admin_refund.cancel",
                "admin_customers.show",
                "admin_customers.ask_credit",
                "admin_customers.credit",
            ),
        ),
        Entry(
            "Refund a file",
            "admin_refund_upload.form",
            "refunds:write",
            ("admin_refund_upload.upload",),
        ),
        Entry("Disputes", "admin_disputes.index", "disputes:read", _of_disputes("admin")),
        Entry("Reviews", "admin_reviews.index", "payments:read"),
    ),
    "Finance": (
        Entry("Finance", "finance.home", "approvals:read"),
        Entry(
            "Alerts",
            "finance_alerts.index",
            "alerts:read",
            ("finance_alert.show", "finance_alert_resolve.ask", "finance_alert_bulk.ask"),
        ),
        Entry("Reconciliation", "finance_runs.index", "reconciliation:read", ("finance_runs.show",)),
        Entry("Files", "finance_files.index", "reconciliation:read", ("finance_files.show",)),
        Entry(
            "Ledger",
            "finance_ledger.index",
            "ledger:read",
            tuple(f"finance_ledger.{name}" for name in ("accounts", "account", "entry", "correct")),
        ),
        Entry(
            "Journal",
            "finance_journal.show",
            "ledger:read",
            ("finance_journal.take", "finance_journal.propose"),
        ),
        Entry("Reports", "finance_reports.index", "ledger:read", ("finance_reports.unsettled",)),
        Entry("Approvals", "finance_approvals.index", "approvals:read"),
        Entry("Payouts", "finance.payouts", "approvals:read"),
    ),
    "Platform": (
        Entry("Sellers", "admin_sellers.index", "alerts:read", ("admin_sellers.show",)),
        Entry("Users", "admin_users.index", "users:read", ("admin_users.show", "admin_users.new")),
        Entry("Audit log", "admin_audit.index", "audit:read"),
        Entry("Personal data", "admin_privacy.show", "privacy:write"),
    ),
    "Developers": (
        Entry("Start", "developers.home", "keys:read"),
        Entry("API keys", "developers_keys.index", "keys:read", ("developers_keys.new",)),
        Entry("API reference", "docs.reference", "keys:read"),
    ),
    "You": (Entry("Account", "account.show", "", ("account.second_factor", "account.new_codes")),),
}

# The first of somebody's roles that stands here says where the day begins.
LANDING: Final[dict[str, str]] = {
    "admin": "admin.home",
    "operator": "admin.home",
    "finance_approver": "finance.home",
    "finance": "finance.home",
    "auditor": "admin.home",
    "developer": "developers.home",
    "seller_owner": "seller.home",
    "seller_staff": "seller.home",
}


def menu_of(principal: Principal) -> list[Group]:
    """The groups in which there is something for this person."""
    groups = [
        Group(name, [_link(entry) for entry in entries if _is_for(entry, principal)])
        for name, entries in MENU.items()
    ]
    return [group for group in groups if group.links]


def landing(person: Person) -> str:
    """The path of somebody's first page."""
    held = {grant.role for grant in person.grants}
    endpoint = next((endpoint for role, endpoint in LANDING.items() if role in held), "account.show")
    return url_for(endpoint)


def _is_for(entry: Entry, principal: Principal) -> bool:
    if entry.permission and entry.permission not in principal.permissions:
        return False
    return not entry.of_seller or bool(principal.reach(entry.permission).sellers)


def _link(entry: Entry) -> Link:
    return Link(entry.name, url_for(entry.endpoint), request.endpoint in {entry.endpoint, *entry.within})
