"""Connected accounts: create, retrieve, update, list, and the link to the onboarding page."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import banks, lists, object_ids, shapes, verification
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.currency_rules import check_currency
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.params import EXPAND, Flag, Metadata, Record, Text
from checkout.mockpsp.verification import Outcome

Json = dict[str, Any]
KIND: Final = "account"
LINK_SECONDS: Final = 300
VERIFIED_MARK: Final = "+verified@"  # in an email: the checks are passed as soon as the account is made
_CURRENCY_OF: Final = {
    "US": "usd",
    "GB": "gbp",
    "JP": "jpy",
    "KW": "kwd",
    "CH": "chf",
    "SE": "sek",
    "PL": "pln",
}
_BANK: Final = Record(
    {
        "account_holder_name": Text(200),
        "account_holder_type": Text(choices=("company", "individual")),
        "account_number": Text(40),
        "country": Text(2),
        "currency": Text(20),
        "object": Text(choices=("bank_account",)),
        "routing_number": Text(40),
    },
    required=("object", "account_number", "country"),
)
_SETTINGS: Final = Record(
    {
        "payouts": Record(
            {"schedule": Record({"interval": Text(choices=("daily", "manual", "monthly", "weekly"))})}
        )
    }
)
_PROFILE: Final = Record(
    {name: Text() for name in ("mcc", "name", "product_description", "support_email", "url")}
)
UPDATE: Final = Record(
    {
        "business_profile": _PROFILE,
        "business_type": Text(choices=("company", "government_entity", "individual", "non_profit")),
        "capabilities": Record({"transfers": Record({"requested": Flag()})}),
        "default_currency": Text(20),
        "email": Text(512),
        "expand": EXPAND,
        "external_account": _BANK,
        "metadata": Metadata(),
        "settings": _SETTINGS,
    }
)
_CONTROLLER: Final = Record(
    {
        "fees": Record({"payer": Text(choices=("application",))}),
        "losses": Record({"payments": Text(choices=("application",))}),
        "requirement_collection": Text(choices=("application",)),
        "stripe_dashboard": Record({"type": Text(choices=("none",))}),
    }
)
CREATE: Final = Record({**UPDATE.fields, "controller": _CONTROLLER, "country": Text(2)})


def create(call: Call) -> Json:
    params, work = call.params, call.work
    _check_email(params)
    country = params.get("country", "US").upper()
    usual = _CURRENCY_OF.get(country, "eur")
    currency = check_currency(str(params.get("default_currency", usual)), "default_currency")
    made = shapes.account(params | {"country": country, "default_currency": currency}, now=work.now)
    if "external_account" in params:
        _set_bank(made, params["external_account"])
    work.tx.insert(made)
    if VERIFIED_MARK in params.get("email", ""):
        verification.decide(work, made, Outcome.VERIFY)
    return made


def retrieve(call: Call) -> Json:
    return required(call.work, KIND, call.ids["account"], "account")


def update(call: Call) -> Json:
    """Metadata is merged; a bank account takes the place of the one of its currency."""
    params, found = call.params, retrieve(call)
    _check_email(params)
    found |= {name: params[name] for name in ("business_type", "email") if name in params}
    found["business_profile"] |= params.get("business_profile", {})
    if "metadata" in params:
        merged = found["metadata"] | params["metadata"]
        found["metadata"] = {key: value for key, value in merged.items() if value}
    schedule = params.get("settings", {}).get("payouts", {}).get("schedule", {})
    found["settings"]["payouts"]["schedule"] |= schedule
    if "external_account" in params:
        _set_bank(found, params["external_account"])
    verification.tell(call.work, found)
    return found


def list_accounts(call: Call) -> Json:
    return lists.page(call, KIND, "/v1/accounts", filters=())


def create_link(call: Call) -> Json:
    work, params = call.work, call.params
    required(work, KIND, params["account"], "account")
    for name in ("refresh_url", "return_url"):
        if not params[name].startswith(("https://", "http://")):
            raise InvalidRequest("Not a valid URL", code="url_invalid", param=name)
    token, ends = object_ids.onboarding_token(), work.now + LINK_SECONDS
    work.tx.run(
        "insert into onboarding_links (token, account, refresh_url, return_url, expires_at) values (?, ?, ?, ?, ?)",
        [token, params["account"], params["refresh_url"], params["return_url"], ends],
    )
    url = f"{call.psp.settings.public_base}/connect/{token}"
    return shapes.account_link(url=url, now=work.now, expires_at=ends)


def _set_bank(account: Json, given: Json) -> None:
    number = banks.normalized(given["account_number"])
    if number is None:
        raise InvalidRequest(
            "Invalid account number: must be 4 to 34 letters and digits.",
            code="account_number_invalid",
            param="external_account[account_number]",
        )
    verification.set_bank(
        account,
        banks.by_number(number),
        number=number,
        country=given["country"].upper(),
        currency=check_currency(
            str(given.get("currency") or account["default_currency"]), "external_account[currency]"
        ),
        holder=given.get("account_holder_name"),
    )


def _check_email(params: Json) -> None:
    email = params.get("email")
    if email is not None and "@" not in email:
        raise InvalidRequest(f"Invalid email address: {email[:100]}", code="email_invalid", param="email")


_LINK: Final = Record(
    {
        "account": Text(200),
        "collection_options": Record({"fields": Text(choices=("currently_due", "eventually_due"))}),
        "expand": EXPAND,
        "refresh_url": Text(),
        "return_url": Text(),
        "type": Text(choices=("account_onboarding", "account_update")),
    },
    required=("account", "refresh_url", "return_url", "type"),
)
ENDPOINTS: Final = (
    Endpoint("POST", "/v1/accounts", CREATE, create),
    Endpoint("GET", "/v1/accounts", lists.accepts(), list_accounts),
    Endpoint("GET", "/v1/accounts/<account>", Record({"expand": EXPAND}), retrieve),
    Endpoint("POST", "/v1/accounts/<account>", UPDATE, update),
    Endpoint("POST", "/v1/account_links", _LINK, create_link),
)
