"""A connected account, its bank accounts, and the link to its onboarding page."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import object_ids
from checkout.mockpsp.banks import TestBank

Json = dict[str, Any]

# Nothing is asked that a test would have to invent: what a hosted page with test data can answer at once.
WANTED: Final = ("business_type", "external_account", "representative.first_name", "tos_acceptance.date")
_PROFILE: Final = (
    "mcc name product_description support_address support_email support_phone support_url url".split()
)
_CONTROLLER: Final[Json] = {
    "fees": {"payer": "application"},
    "is_controller": True,
    "losses": {"payments": "application"},
    "requirement_collection": "application",
    "stripe_dashboard": {"type": "none"},
    "type": "application",
}


def account(params: Json, *, now: int) -> Json:
    """An account about which everything is still to be learnt."""
    account_id = object_ids.account_id()
    profile = params.get("business_profile", {})
    return {
        "id": account_id,
        "object": "account",
        "business_profile": dict.fromkeys(_PROFILE) | profile,
        "business_type": params.get("business_type"),
        "capabilities": {"transfers": "inactive"},
        "charges_enabled": False,
        "controller": _CONTROLLER,
        "country": params.get("country", "US"),
        "created": now,
        "default_currency": params["default_currency"],
        "details_submitted": False,
        "email": params.get("email"),
        "external_accounts": bank_list(account_id, []),
        "future_requirements": requirements(),
        "metadata": params.get("metadata", {}),
        "payouts_enabled": False,
        "requirements": requirements(WANTED, disabled_reason="requirements.past_due"),
        "settings": _settings(params),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "none",
    }


def requirements(
    due: tuple[str, ...] = (),
    *,
    pending: tuple[str, ...] = (),
    disabled_reason: str | None = None,
    errors: tuple[Json, ...] = (),
) -> Json:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": list(due),
        "disabled_reason": disabled_reason,
        "errors": list(errors),
        "eventually_due": list(due),
        "past_due": list(due) if disabled_reason == "requirements.past_due" else [],
        "pending_verification": list(pending),
    }


def bank_list(account_id: str, banks: list[Json]) -> Json:
    return {
        "object": "list",
        "data": banks,
        "has_more": False,
        "total_count": len(banks),
        "url": f"/v1/accounts/{account_id}/external_accounts",
    }


def bank_account(
    account_id: str, bank: TestBank, *, number: str, country: str, currency: str, holder: str | None
) -> Json:
    """Only the last four of its number are kept."""
    return {
        "id": object_ids.bank_account_id(),
        "object": "bank_account",
        "account": account_id,
        "account_holder_name": holder,
        "account_holder_type": None,
        "account_type": None,
        "available_payout_methods": ["standard", "instant"] if bank.instant else ["standard"],
        "bank_name": "MOCK TEST BANK",
        "country": country,
        "currency": currency,
        "customer": None,
        "default_for_currency": True,
        "fingerprint": bank.slug,
        "last4": number[-4:],
        "metadata": {},
        "routing_number": None,
        "status": "new",
    }


def account_link(*, url: str, now: int, expires_at: int) -> Json:
    return {"object": "account_link", "created": now, "expires_at": expires_at, "url": url}


def _settings(params: Json) -> Json:
    asked = params.get("settings", {}).get("payouts", {}).get("schedule", {})
    return {
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_payments": {"statement_descriptor_prefix": None},
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "payments": {"statement_descriptor": None},
        "payouts": {
            "debit_negative_balances": False,
            "schedule": {"delay_days": 2, "interval": asked.get("interval", "daily")},
            "statement_descriptor": None,
        },
    }
