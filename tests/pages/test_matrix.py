"""Who may open and send what: every page and form behind the sign-in, tried by every role, with ids of their own and of
others.

The table is written by hand: a page that is added without a line of its own fails, and so does one whose permission
changes. What a permission is worth comes from the roles' table alone.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from checkout import approvals
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.disputes import files
from checkout.gate import limited
from checkout.identity import api_keys, saved_views, sessions
from checkout.identity.roles import ROLES
from checkout.pages.access import OF_THE_PERMISSION, SIGNED_IN
from checkout.psp import registry
from tests.api.fake_psp import FakePsp as AccountsPsp
from tests.api.world import refund_of
from tests.conftest import Database
from tests.disputes.conftest import Bank
from tests.disputes.fake_psp import DisputedPsp
from tests.pages.people import CAUSE, signed_in, somebody, token_in, with_app
from tests.pages.reconciling import one_short
from tests.pages.seed import seed
from tests.pages.selling import new_seller, paid_out, released
from tests.payments.conftest import Shop
from tests.payouts.fake_psp import FakePsp
from tests.statements.test_statements import day, earn

FIGURES = {
    "ord": "net", "pay": "amount_received", "po": "amount", "sel": "balance.available.EUR", "re": "amount",
    "dp": "amount", "jrn": "moved.EUR", "run": "difference.EUR", "alr": "difference",
}  # fmt: skip
NAMED = {
    "ord": "<order>", "pay": "<payment>", "po": "<payout>", "sel": "<seller>", "re": "<refund>", "dp": "<dispute>",
    "jrn": "<entry>", "run": "<run>", "alr": "<alert>",
}  # fmt: skip
PAGES = {
    "GET /account": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "GET /account/recovery-codes": SIGNED_IN,
    "POST /account/recovery-codes": SIGNED_IN,
    "GET /account/second-factor": SIGNED_IN,
    "POST /account/second-factor": SIGNED_IN,
    "POST /account/second-factor/begin": SIGNED_IN,
    "POST /account/second-factor/off": SIGNED_IN,
    "POST /account/sessions/<uuid:session_id>/end": SIGNED_IN,
    "GET /admin": "payments:read",
    "GET /admin/audit": "audit:read",
    "GET /admin/audit.csv": "audit:read",
    "POST /admin/audit/verify": "audit:read",
    "GET /admin/customers/<customer>": "wallets:read",
    "GET /admin/customers/<customer>/credit": "wallets:write",
    "POST /admin/customers/<customer>/credit": "wallets:write",
    "GET /admin/disputes": "disputes:read",
    "GET /admin/disputes/<dispute>": "disputes:read",
    "GET /admin/disputes/<dispute>/accept": "disputes:write",
    "POST /admin/disputes/<dispute>/accept": "disputes:write",
    "POST /admin/disputes/<dispute>/evidence": "disputes:write",
    "POST /admin/disputes/<dispute>/files": "disputes:write",
    "GET /admin/disputes/<dispute>/files/<evidence_file>": "disputes:read",
    "GET /admin/disputes/<dispute>/submit": "disputes:write",
    "POST /admin/disputes/<dispute>/submit": "disputes:write",
    "GET /admin/orders/<order>/cancel": "orders:write",
    "POST /admin/orders/<order>/cancel": "orders:write",
    "GET /admin/payments": "payments:read",
    "GET /admin/payments.csv": "payments:read",
    "GET /admin/payments/<payment>": "payments:read",
    "GET /admin/payments/<payment>/refund": "refunds:write",
    "POST /admin/payments/<payment>/refund": "refunds:write",
    "GET /admin/privacy": "privacy:write",
    "POST /admin/privacy/erase": "privacy:write",
    "POST /admin/privacy/export": "privacy:write",
    "GET /admin/refunds/upload": "refunds:write",
    "POST /admin/refunds/upload": "refunds:write",
    "GET /admin/reviews": "payments:read",
    "POST /admin/reviews/<payment>": "payments:review",
    "GET /admin/sellers": "alerts:read",
    "GET /admin/sellers/<seller>": "alerts:read",
    "GET /admin/users": "users:read",
    "POST /admin/users": "users:write",
    "GET /admin/users/<user>": "users:read",
    "POST /admin/users/<user>/disable": "users:write",
    "POST /admin/users/<user>/enable": "users:write",
    "POST /admin/users/<user>/end-sessions": "users:write",
    "POST /admin/users/<user>/grant": "users:write",
    "POST /admin/users/<user>/invite": "users:write",
    "POST /admin/users/<user>/revoke": "users:write",
    "GET /admin/users/new": "users:write",
    "GET /developers": "keys:read",
    "GET /developers/keys": "keys:read",
    "POST /developers/keys": "keys:write",
    "POST /developers/keys/<key>/revoke": "keys:write",
    "POST /developers/keys/<key>/roll": "keys:write",
    "GET /developers/keys/new": "keys:write",
    "GET /explain/alr_<suffix>/<figure>": "alerts:read",
    "GET /explain/dp_<suffix>/<figure>": "payments:read",
    "GET /explain/jrn_<suffix>/<figure>": "ledger:read",
    "GET /explain/ord_<suffix>/<figure>": "orders:read",
    "GET /explain/re_<suffix>/<figure>": "payments:read",
    "GET /explain/run_<suffix>/<figure>": "reconciliation:read",
    "GET /explain/pay_<suffix>/<figure>": "payments:read",
    "GET /explain/po_<suffix>/<figure>": "payouts:read",
    "GET /explain/sel_<suffix>/<figure>": "balances:read",
    "GET /finance": "approvals:read",
    "GET /finance/alerts": "alerts:read",
    "GET /finance/alerts.csv": "alerts:read",
    "GET /finance/alerts/bulk": "alerts:write",
    "POST /finance/alerts/views": "alerts:read",
    "POST /finance/alerts/views/<uuid:view>/drop": "alerts:read",
    "GET /finance/alerts/<alert>": "alerts:read",
    "POST /finance/alerts/<alert>/assign": "alerts:write",
    "POST /finance/alerts/<alert>/cause": "alerts:write",
    "POST /finance/alerts/<alert>/due": "alerts:write",
    "POST /finance/alerts/<alert>/escalate": "alerts:write",
    "GET /finance/alerts/<alert>/left": "alerts:read",
    "POST /finance/alerts/<alert>/note": "alerts:write",
    "POST /finance/alerts/<alert>/reopen": "alerts:write",
    "GET /finance/alerts/<alert>/resolve": "alerts:write",
    "POST /finance/alerts/<alert>/resolve": "alerts:write",
    "POST /finance/alerts/<alert>/snooze": "alerts:write",
    "GET /finance/alerts/<alert>/unlink": "alerts:write",
    "POST /finance/alerts/<alert>/unlink": "alerts:write",
    "POST /finance/alerts/bulk": "alerts:write",
    "GET /finance/approvals": "approvals:read",
    "POST /finance/approvals/<approval>": "approvals:decide",
    "GET /finance/reconciliation/files": "reconciliation:read",
    "POST /finance/reconciliation/files": "reconciliation:write",
    "GET /finance/reconciliation/files/<settlement_file>": "reconciliation:read",
    "GET /finance/reconciliation/files/<settlement_file>/original": "reconciliation:read",
    "GET /finance/journal": "ledger:read",
    "POST /finance/journal/file": "ledger:read",
    "POST /finance/journal/periods": "ledger:write",
    "GET /finance/ledger": "ledger:read",
    "GET /finance/ledger/accounts": "ledger:read",
    "GET /finance/ledger/accounts/<account>": "ledger:read",
    "GET /finance/ledger/entries/<entry>": "ledger:read",
    "POST /finance/ledger/entries/<entry>/correct": "ledger:write",
    "GET /finance/reports": "ledger:read",
    "GET /finance/reports/debts.csv": "ledger:read",
    "GET /finance/reports/fees.csv": "ledger:read",
    "GET /finance/reports/rates.csv": "ledger:read",
    "GET /finance/reports/unsettled": "ledger:read",
    "GET /finance/reports/unsettled.csv": "ledger:read",
    "GET /finance/payouts": "approvals:read",
    "POST /finance/payouts/<payout>/approve": "payouts:approve",
    "POST /finance/payouts/<payout>/reject": "payouts:approve",
    "GET /finance/reconciliation/runs": "reconciliation:read",
    "POST /finance/reconciliation/runs": "reconciliation:write",
    "GET /finance/reconciliation/runs/<run>": "reconciliation:read",
    "GET /finance/reconciliation/runs/<run>/progress": "reconciliation:read",
    "GET /finance/reconciliation/runs/<run>/differences.csv": "reconciliation:read",
    "POST /finance/sellers/<seller>/hold": "payouts:hold",
    "POST /finance/sellers/<seller>/release": "payouts:hold",
    "GET /search": "search:read",
    "GET /seller": "balances:read",
    "GET /seller/balance": "balances:read",
    "GET /seller/balance.csv": "balances:read",
    "GET /seller/disputes": "disputes:read",
    "GET /seller/disputes/<dispute>": "disputes:read",
    "GET /seller/disputes/<dispute>/accept": "disputes:write",
    "POST /seller/disputes/<dispute>/accept": "disputes:write",
    "POST /seller/disputes/<dispute>/evidence": "disputes:write",
    "POST /seller/disputes/<dispute>/files": "disputes:write",
    "GET /seller/disputes/<dispute>/files/<evidence_file>": "disputes:read",
    "GET /seller/disputes/<dispute>/submit": "disputes:write",
    "POST /seller/disputes/<dispute>/submit": "disputes:write",
    "GET /seller/orders": "balances:read",
    "GET /seller/orders.csv": "balances:read",
    "GET /seller/orders/<order>": "balances:read",
    "GET /seller/orders/<order>/refund": "refunds:write",
    "POST /seller/orders/<order>/refund": "refunds:write",
    "POST /seller/orders/<order>/ship": "orders:write",
    "GET /seller/orders/ship": "orders:write",
    "POST /seller/orders/ship": "orders:write",
    "GET /seller/pay-now": "payouts:write",
    "POST /seller/pay-now": "payouts:write",
    "GET /seller/payouts": "payouts:read",
    "GET /seller/payouts.csv": "payouts:read",
    "GET /seller/payouts/<payout>": "payouts:read",
    "GET /seller/settings": "payouts:read",
    "GET /seller/settings/bank": "sellers:write",
    "POST /seller/settings/bank": "sellers:write",
    "POST /seller/settings/schedule": "payouts:write",
    "POST /seller/settings/verification": "sellers:write",
    "GET /seller/statements": "balances:read",
    "GET /seller/statements/<statement>": "balances:read",
    "GET /seller/statements/<statement>.<any(csv, json):form>": "balances:read",
    "GET /seller/statements/month/<month>": "balances:read",
    "GET /seller/statements/payout/<payout>": "payouts:read",
    "GET /seller/statements/verify": "balances:read",
    "POST /seller/statements/verify": "balances:read",
    "POST /sign-out": SIGNED_IN,
    "GET /step-up": SIGNED_IN,
    "POST /step-up": SIGNED_IN,
}
# Pages of a seller that name none: who has one sees that one's, and another's by `?seller=` is not there.
OF_ONE_SELLER = frozenset(
    name
    for name in PAGES
    if " /seller" in name
    and "<" not in name.replace("<month>", "")
    and not name.endswith(("statements/verify", "/seller/orders/ship"))
)
# A shop's developer may ship, but belongs to no seller: the page asks which one first, and offers none.
ASKS_WHICH_SELLER = {("POST /seller/orders/<order>/ship", "developer")}

# A payment is several sellers': a seller gives back of its orders, on their pages.
NOT_A_SELLERS = {(f"{method} /admin/payments/<payment>/refund", "seller_owner") for method in ("GET", "POST")}

# What somebody keeps for themselves is nobody else's, whatever they may read.
ONES_OWN = {"POST /finance/alerts/views/<uuid:view>/drop"}


def test_every_page_stands_in_the_table(app: Flask) -> None:
    """With the permission that the table says."""
    declared = {
        f"{method} {rule.rule}": permission
        for rule in app.url_map.iter_rules()
        if (permission := getattr(app.view_functions[rule.endpoint], OF_THE_PERMISSION, None))
        and not rule.rule.startswith("/v1/")
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    }

    assert declared == PAGES


class Ids:
    """What the addresses name: of one shop with one seller, or of another with another."""

    def __init__(self, db: Database, name: str, psp: FakePsp, disputed: DisputedPsp) -> None:
        self.seller_id = new_seller(db, f"Seller of {name}")
        self.order_id = released(db, self.seller_id)
        earn(self.seller_id, 1500, day(5))  # a month that has a statement
        self.payout = paid_out(self.seller_id, psp).public_id
        payment = db.value("SELECT payment_id FROM orders WHERE id = %(id)s", id=self.order_id)
        self.storefront_id: UUID = _into_a_shop(db, payment, name)
        with atomic() as session:
            key, _ = api_keys.create(
                session, self.storefront_id, "till", livemode=False, cause=CAUSE, scopes=["payments:read"]
            )
            approval = approvals.propose(
                session, kind="test.thing", subject=f"po_{name}", proposal={}, proposer=CAUSE
            )
        self.person = somebody(db, "auditor")
        self.values = {
            "<payment>": encode("pay", payment),
            "<order>": encode("ord", self.order_id),
            "<payout>": self.payout,
            "<seller>": encode("sel", self.seller_id),
            "<user>": self.person.public_id,
            "<key>": key.public_id,
            "<approval>": encode("apr", approval),
            "<customer>": encode("cus", _customer(db, payment)),
            "<refund>": refund_of(encode("pay", payment), encode("ord", self.order_id)),
            **_disputed(db, self.storefront_id, self.seller_id, disputed),
            "<month>": "2025-05",
            "<any(csv, json):form>": "csv",
        }

    def address(self, rule: str) -> str:
        path = rule
        if rule.startswith("/explain/"):
            prefix = rule.split("/")[2].partition("_")[0]
            suffix = self.values[NAMED[prefix]].partition("_")[2]
            path = path.replace("<suffix>", suffix).replace("<figure>", FIGURES[prefix])
        for name, value in self.values.items():
            path = path.replace(name, value)
        assert "<" not in path, f"{path}: say which ids are own and foreign"
        return path


def _customer(db: Database, payment: UUID) -> UUID:
    """Who paid, as a customer of the shop that the payment is now of."""
    found = db.value(
        """
        UPDATE shoppers s SET storefront_id = p.storefront_id FROM payments p
         WHERE p.id = %(id)s AND s.id = p.shopper_id RETURNING s.id
        """,
        id=payment,
    )
    assert isinstance(found, UUID)
    return found


def _disputed(db: Database, storefront_id: UUID, seller_id: UUID, psp: DisputedPsp) -> dict[str, str]:
    """A dispute of the seller's own sale in the shop, with a document."""
    registry.use(psp)
    db.rows(
        "INSERT INTO storefront_origins (storefront_id, origin) VALUES (%(id)s, 'https://shop.example')",
        id=storefront_id,
    )
    bank = Bank(db, Shop(storefront_id, seller_id, seller_id, psp), psp)
    dispute = bank.now(bank.told(bank.paid(1500)))
    new = files.prepare(dispute.id, field="receipt", name="slip.pdf", content=b"%PDF-1.7", cause=CAUSE)
    with atomic() as session:
        stored = files.store_file(session, new, cause=CAUSE)
    return {"<dispute>": dispute.public_id, "<evidence_file>": encode("file", stored)}


def _reconciled(db: Database) -> dict[str, str]:
    """A night of the platform's, which has one owner alone."""
    night = one_short(db)
    return {
        "<alert>": night.alert,
        "<run>": night.run,
        "<settlement_file>": night.file,
        "<account>": night.account,
        "<entry>": night.entry,
    }


def _into_a_shop(db: Database, payment: UUID, name: str) -> UUID:
    """The payment and its orders as another shop's."""
    other = seed(db, shop=name)
    shop = db.value("SELECT storefront_id FROM payments WHERE id = %(id)s", id=other)
    db.rows("UPDATE payments SET storefront_id = %(shop)s WHERE id = %(id)s", shop=shop, id=payment)
    db.rows("UPDATE orders SET storefront_id = %(shop)s WHERE payment_id = %(id)s", shop=shop, id=payment)
    assert isinstance(shop, UUID)
    return shop


def expected(name: str, role: str, whose: str) -> str:
    """From the roles' table, not from the code that decides."""
    permission = PAGES[name]
    if permission != SIGNED_IN and permission not in ROLES[role].permissions:
        return "missing role"
    if (name, role) in ASKS_WHICH_SELLER:
        return "asked which"
    if (name, role) in NOT_A_SELLERS or (whose == "foreign" and name in ONES_OWN):
        return "not found"
    if whose == "own" or (ROLES[role].tenant == "platform" and permission != SIGNED_IN):
        return "allowed"
    return "not found"


def test_each_kind_of_answer_is_expected_somewhere() -> None:
    """The control: the table would notice a page that lets everybody in, or nobody."""
    answers = {
        expected(name, role, whose) for name in PAGES for role in ROLES for whose in ("own", "foreign")
    }

    assert answers == {"allowed", "missing role", "not found", "asked which"}


@pytest.mark.parametrize("role", ROLES)
def test_every_page_by_every_role_with_own_and_foreign_ids(
    client: FlaskClient, db: Database, app: Flask, role: str
) -> None:
    """Allowed, the page that names the missing role, or 404; and never a fault of ours."""
    psps = FakePsp(), DisputedPsp()
    own, foreign = Ids(db, "Mine", *psps), Ids(db, "Theirs", *psps)
    night = _reconciled(db)
    own.values |= night
    foreign.values |= night
    tenant = ROLES[role].tenant
    at: dict[str, Any] = {"seller_id": own.seller_id} if tenant == "seller" else {}
    if tenant == "storefront":
        at = {"storefront_id": own.storefront_id}
    who = somebody(db, role, **at)
    signed_in(client, who)
    for ids in (own, foreign):
        _add_statement(client, db, ids)
        _add_session(ids, who if ids is own else foreign.person)
        _add_view(db, ids, who if ids is own else foreign.person)
    registry.use(AccountsPsp())
    with_app(db, who)
    signed_in(client, who)
    token = token_in(client.get("/account").text)
    wrong, tried = [], 0

    def outcome(name: str, whose: str) -> str:
        method, _, rule = name.partition(" ")
        app.extensions[limited.EXTENSION].forget()
        asked = {"currency": "EUR"} if "pay-now" in name or "month" in name else {}
        if name.endswith("ledger/accounts"):
            asked = {"kind": "psp_balance", "currency": "EUR"}
        if whose == "foreign" and name in OF_ONE_SELLER:
            asked["seller"] = encode("sel", foreign.seller_id)
        path = (own if whose == "own" else foreign).address(rule)
        if method == "GET":
            answer = client.get(path, query_string=asked)
        else:
            form = {"csrf_token": token, "overlap": "1h", **asked}
            answer = client.post(path, data=form, headers={"Origin": "http://localhost"})
        if answer.status_code == 403 and "Your role does not reach here" in answer.text:
            return "missing role"
        if answer.status_code == 404:
            return "not found"
        if "Choose a seller" in answer.text and "Seller of" not in answer.text:
            return "asked which" if (name, role) in ASKS_WHICH_SELLER else "allowed"
        return "allowed" if answer.status_code in (200, 303, 409, 422) else f"{answer.status_code}"

    for name in sorted(PAGES, key=lambda name: name == "POST /sign-out"):  # after it nobody is signed in
        has_ids = name in OF_ONE_SELLER or "<" in name.replace("<month>", "")
        for whose in ("own", "foreign") if has_ids else ("own",):
            tried += 1
            seen, wanted = outcome(name, whose), expected(name, role, whose)
            if seen != wanted:
                wrong.append(f"{name} with {whose} ids: {seen}, not {wanted}")

    assert wrong == []
    assert tried > len(PAGES)


def _add_statement(client: FlaskClient, db: Database, ids: Ids) -> None:
    """Of its payout, as somebody who sees everything issues it by looking."""
    signed_in(client, somebody(db, "auditor"))
    answer = client.get(f"/seller/statements/payout/{ids.payout}")
    assert answer.status_code == 303, answer.text
    ids.values["<statement>"] = answer.headers["Location"].rpartition("/")[2].partition("?")[0]


def _add_session(ids: Ids, of: Any) -> None:
    with atomic() as session:
        opened = sessions.open(session, of.user_id, ip=None, second_factor=False)
    ids.values["<uuid:session_id>"] = str(opened.session_id)


def _add_view(db: Database, ids: Ids, of: Any) -> None:
    with atomic() as session:
        saved_views.save_view(
            session, of.user_id, list="finance_alerts", name="Yen", query="currency=JPY", cause=CAUSE
        )
    view = db.value("SELECT id FROM saved_views WHERE user_id = %(id)s", id=of.user_id)
    ids.values["<uuid:view>"] = str(view)
