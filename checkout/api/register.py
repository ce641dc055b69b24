"""Puts the API into an app: hooks, error handlers, blueprints, document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from checkout.api import carrier_webhook, docs, errors, health, request_log, webhooks
from checkout.api.approvals import approvals
from checkout.api.balances import balances
from checkout.api.context import EXTENSION, ApiContext
from checkout.api.dispute_evidence import evidence
from checkout.api.disputes import disputes
from checkout.api.document import document_of, make_api
from checkout.api.explanations import explanations
from checkout.api.orders import orders
from checkout.api.payment_actions import actions
from checkout.api.payments import payments
from checkout.api.payout_schedules import payout_schedules
from checkout.api.payouts import payouts
from checkout.api.reconciliation import reconciliation
from checkout.api.reconciliation_alert_desk import alert_desk
from checkout.api.reconciliation_alert_joins import alert_joins
from checkout.api.reconciliation_alerts import reconciliation_alerts
from checkout.api.refund_uploads import refund_uploads
from checkout.api.refunds import refunds
from checkout.api.seller_actions import seller_actions
from checkout.api.sellers import sellers
from checkout.api.settlements import settlements
from checkout.api.shipment_uploads import uploads
from checkout.api.shipments import shipments
from checkout.api.statements import statements
from checkout.api.tokens import auth_tokens
from checkout.api.transactions import transactions
from checkout.api.wallet_actions import wallet_actions
from checkout.api.wallets import wallets
from checkout.payments.links import StatusLinks

if TYPE_CHECKING:
    from config import Settings


def register(app: Flask, settings: Settings) -> None:
    app.extensions[EXTENSION] = ApiContext(
        public_url=settings.public_url,
        links=StatusLinks(settings.public_url, settings.secret_key),
        lease_seconds=settings.task_lease_seconds,
        secret_key=settings.secret_key,
        livemode=settings.livemode,
        timezone=settings.business_tz,
        carrier_webhook_secrets=settings.carrier_webhook_secrets,
    )
    request_log.register(app)
    errors.register(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(webhooks.blueprint)
    app.register_blueprint(carrier_webhook.blueprint)
    api = make_api(app, public_url=settings.public_url)
    for blueprint in (
        auth_tokens,
        approvals,
        payments,
        actions,
        orders,
        shipments,
        uploads,
        sellers,
        balances,
        seller_actions,
        payouts,
        payout_schedules,
        refunds,
        refund_uploads,
        disputes,
        evidence,
        explanations,
        settlements,
        reconciliation,
        reconciliation_alerts,
        alert_desk,
        alert_joins,
        statements,
        transactions,
        wallets,
        wallet_actions,
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(docs.make_blueprint(lambda: document_of(api)))
