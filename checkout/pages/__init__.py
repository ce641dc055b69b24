"""Server-rendered pages: the shopper's status page, the pages of people who sign in, and in development a demo shop
with its mailbox."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import Flask

from checkout.pages import (
    account,
    admin_privacy,
    admin_refund,
    admin_refund_upload,
    admin_reviews,
    admin_users,
    errors,
    explain,
    finance_alert_unlink,
    finance_approvals,
    finance_files,
    finance_runs,
    mailbox,
    password_pages,
    search,
    seller_pay_now,
    seller_refund,
    seller_ship,
    session_pages,
    shell,
    shortcuts,
    sign_in,
    step_up,
)
from checkout.pages.admin_audit import AuditPages
from checkout.pages.admin_customers import CustomerPages
from checkout.pages.admin_payments import PaymentPages
from checkout.pages.admin_sellers import AdminSellers
from checkout.pages.demo import DemoPages
from checkout.pages.developers_keys import KeyPages
from checkout.pages.disputes import DisputePages
from checkout.pages.finance import FinancePages
from checkout.pages.finance_alert import AlertPage
from checkout.pages.finance_alert_bulk import AlertBulk
from checkout.pages.finance_alert_resolve import AlertResolution
from checkout.pages.finance_alerts import AlertPages
from checkout.pages.finance_journal import JournalPages
from checkout.pages.finance_ledger import LedgerPages
from checkout.pages.finance_reports import ReportPages
from checkout.pages.homes import HomePages
from checkout.pages.seller_balance import SellerBalances
from checkout.pages.seller_home import SellerHome
from checkout.pages.seller_orders import SellerOrders
from checkout.pages.seller_payouts import SellerPayouts
from checkout.pages.seller_settings import SellerSettings
from checkout.pages.seller_statements import StatementPages
from checkout.pages.status import StatusPages
from checkout.payments.links import StatusLinks

STRIPE_PAGE_ORIGIN = "https://checkout.stripe.com"


class PagesSettings(Protocol):
    """What the pages need to know of the configuration."""

    @property
    def secret_key(self) -> str: ...
    @property
    def public_url(self) -> str: ...
    @property
    def business_tz(self) -> str: ...
    @property
    def livemode(self) -> bool: ...
    @property
    def is_production(self) -> bool: ...
    @property
    def data_dir(self) -> Path: ...
    @property
    def psp(self) -> str: ...
    @property
    def mock_psp_url(self) -> str: ...
    @property
    def mock_psp_port(self) -> int: ...


def register(app: Flask, settings: PagesSettings) -> None:
    """Adds the pages to the app; the demo shop and the mailbox exist in development alone."""
    zone = ZoneInfo(settings.business_tz)
    app.config["PUBLIC_URL"] = settings.public_url
    app.extensions[errors.EXTENSION] = errors.browser_page
    shell.install(app, livemode=settings.livemode, zone=zone)
    app.register_blueprint(shell.make_blueprint())
    app.register_blueprint(shortcuts.make_blueprint())
    app.register_blueprint(
        StatusPages(StatusLinks(settings.public_url, settings.secret_key), zone).blueprint()
    )
    _register_people(app, settings, zone)
    if settings.is_production:
        return
    demo = DemoPages(
        secret_key=settings.secret_key,
        data_dir=settings.data_dir,
        public_url=settings.public_url,
        psp_origins=_psp_origins(settings),
        zone=zone,
    )
    app.register_blueprint(demo.blueprint())
    app.register_blueprint(mailbox.make_blueprint())


def _register_people(app: Flask, settings: PagesSettings, zone: ZoneInfo) -> None:
    """What is behind the sign-in, and the sign-in."""
    for blueprint in (
        sign_in.make_blueprint(),
        sign_in.make_sign_out(),
        password_pages.make_blueprint(),
        session_pages.make_blueprint(),
        step_up.make_blueprint(),
        account.make_blueprint(),
        *HomePages(zone).blueprints(),
        PaymentPages(zone).blueprint(),
        CustomerPages(zone).blueprint(),
        admin_refund.make_blueprint(),
        admin_refund_upload.make_blueprint(),
        admin_reviews.make_blueprint(),
        admin_users.make_blueprint(),
        AuditPages(zone).blueprint(),
        admin_privacy.make_blueprint(),
        KeyPages(livemode=settings.livemode).blueprint(),
        search.make_blueprint(),
        explain.make_blueprint(),
        SellerHome(zone).blueprint(),
        seller_ship.make_blueprint(),
        SellerOrders(zone).blueprint(),
        SellerPayouts(zone).blueprint(),
        SellerBalances(zone).blueprint(),
        SellerSettings(zone).blueprint(),
        StatementPages(zone).blueprint(),
        seller_pay_now.make_blueprint(),
        seller_refund.make_blueprint(),
        FinancePages(zone).blueprint(),
        finance_approvals.make_blueprint(),
        finance_runs.make_blueprint(),
        finance_files.make_blueprint(),
        AlertPages(zone).blueprint(),
        AlertBulk(zone).blueprint(),
        AlertPage(zone).blueprint(),
        AlertResolution(zone).blueprint(),
        finance_alert_unlink.blueprint(),
        LedgerPages(zone).blueprint(),
        JournalPages(zone).blueprint(),
        ReportPages(zone).blueprint(),
        AdminSellers(zone).blueprint(),
        DisputePages("admin_disputes", "/admin/disputes", zone).blueprint(),
        DisputePages("seller_disputes", "/seller/disputes", zone).blueprint(),
    ):
        app.register_blueprint(blueprint)


def _psp_origins(settings: PagesSettings) -> list[str]:
    """Where the PSP's hosted page lives; the mock is reached by either name of this machine."""
    if settings.psp == "mock":
        return [settings.mock_psp_url, f"http://127.0.0.1:{settings.mock_psp_port}"]
    return [STRIPE_PAGE_ORIGIN]
