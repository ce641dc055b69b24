"""The pages behind the sign-in, in every state that looks different; each is opened by somebody with a role."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.identity import api_keys, password_links, sign_in, totp
from checkout.pages.own_paths import own_path
from tests.browser.entry import HOSTILE, Entry, Site
from tests.pages.people import CAUSE, PASSWORD, Somebody, seller, somebody, storefront, with_password
from tests.pages.seed import MUG_AND_TEA, Line, Part, Seeded, seed

Arrange = Callable[[Site, Somebody], str]

NAMED = "Grace Hopper"
HOSTILE_PARTS = (Part(HOSTILE[:200], 9_999_009, HOSTILE[:60], (Line(HOSTILE, 9_999_009),)), *MUG_AND_TEA[1:])
LONG_NAME = f"<script>alert(1)</script> {'x' * 170}"


def _page(
    title: str, endpoint: str, role: str, arrange: str | Arrange, status: int = 200, /, **who: object
) -> Entry:
    def arranged(site: Site) -> str:
        person = somebody(site.db, role, **{"name": NAMED, "email": "grace@example.org", **who})
        site.cookies.append({"name": "session", "value": person.token, "url": site.base_url})
        path = arrange if isinstance(arrange, str) else arrange(site, person)
        assert own_path(path, default="") == path
        return site.base_url + path

    return Entry(f"{role}: {title}", endpoint, arranged, status)


def _open(name: str, endpoint: str, arrange: Callable[[Site], str], status: int = 200) -> Entry:
    return Entry(f"sign-in: {name}", endpoint, lambda site: site.base_url + arrange(site), status)


def _pending(role: str, *, second_factor: bool, path: str) -> Callable[[Site], str]:
    """Somebody between the first page and the second."""

    def arranged(site: Site) -> str:
        person = somebody(site.db, role, second_factor=second_factor)
        with_password(site.db, person)
        begun = sign_in.begin(person.email, PASSWORD, ip="192.0.2.1")
        site.cookies.append({"name": "sign_in", "value": begun.pending_token, "url": site.base_url})
        return path

    return arranged


def _link(kind: str) -> Callable[[Site], str]:
    def arranged(site: Site) -> str:
        person = somebody(site.db, "finance")
        with atomic() as session:
            link_id = password_links.make(session, kind, person.user_id)
        token = password_links.token(kind, link_id)
        return f"/{'invitation' if kind == 'invitation' else 'password-reset'}/{token}"

    return arranged


def _payments(site: Site, _: Somebody) -> str:
    for status in (
        "succeeded",
        "processing",
        "awaiting_shopper",
        "in_review",
        "failed",
        "unknown",
        "canceled",
    ):
        seed(site.db, status=status)
    seed(
        site.db,
        status="succeeded",
        currency="KWD",
        shop=HOSTILE[:200],
        parts=(Part(HOSTILE[:200], 99_999_999, HOSTILE[:60]),),
    )
    return "/admin/payments"


def _payment(site: Site, _: Somebody, **seeded: object) -> str:
    return f"/admin/payments/{encode('pay', _full_payment(site, **seeded))}"


def _full_payment(site: Site, **seeded: object) -> UUID:
    """With webhooks, transitions and an audit row, some of them written by somebody who means ill."""
    payment = seed(
        site.db,
        Seeded(**{"status": "succeeded", "columns": {"psp_intent_id": "pi_1", "method": "card"}, **seeded}),
    )
    site.db.rows(
        "INSERT INTO payment_transitions (payment_id, version, from_status, to_status, cause, at)"
        " VALUES (%(id)s, 2, 'awaiting_shopper', 'succeeded', 'event:evt_1', now())",
        id=payment,
    )
    payload = {"id": "pi_1", "amount": 2490, "receipt_email": "jo@example.org", "note": HOSTILE}
    site.db.rows(
        "INSERT INTO inbox_events (id, psp, event_id, type, livemode, payload, status, object, created_at, received_at)"
        " VALUES (%(id)s, 'stripe', %(event)s, 'payment_intent.succeeded', false, %(payload)s::jsonb, 'processed', 'pi_1',"
        " now(), now())",
        id=uuid4(), event=f"evt_{uuid4().hex}", payload=json.dumps(payload),
    )  # fmt: skip
    _audit(site, encode("pay", payment), HOSTILE)
    return payment


def _audit(site: Site, object: str, reason: str) -> None:
    site.db.rows(
        "INSERT INTO audit_log (id, at, actor, action, object, before, after, reason, ip, request_id)"
        " VALUES (%(id)s, now(), 'person:usr_1', 'payment.review_approve', %(object)s, '{\"status\": \"in_review\"}',"
        " '{\"status\": \"succeeded\"}', %(reason)s, '192.0.2.7', 'req_1')",
        id=uuid4(), object=object, reason=reason,
    )  # fmt: skip


def _review(site: Site, _: Somebody) -> str:
    for shop in ("Demo shop", HOSTILE[:200]):
        payment = seed(
            site.db, status="in_review", shop=shop, columns={"review_opened_at": datetime.now().astimezone()}
        )
        site.db.rows(
            "INSERT INTO alerts (id, code, severity, subject, detail, payment_id, created_at, updated_at)"
            " VALUES (%(id)s, 'amount_mismatch', 'high', 'x', %(detail)s, %(payment)s, now(), now())",
            id=uuid4(), detail=f"14.90 EUR came where 24.90 EUR were due. {shop}", payment=payment,
        )  # fmt: skip
    return "/admin/reviews"


def _users(site: Site, _: Somebody) -> str:
    somebody(
        site.db, "seller_owner", seller_id=seller(site.db, HOSTILE[:200]), name=LONG_NAME, second_factor=False
    )
    somebody(site.db, "auditor", email=f"{'x' * 180}@example.org")
    return "/admin/users"


def _user(site: Site, _: Somebody) -> str:
    storefront(site.db, HOSTILE[:200])
    other = somebody(
        site.db, "seller_owner", seller_id=seller(site.db, HOSTILE[:200]), name=LONG_NAME, second_factor=False
    )
    return f"/admin/users/{other.public_id}"


def _log(site: Site, _: Somebody) -> str:
    _audit(site, "pay_1", HOSTILE)
    return "/admin/audit"


def _keys(site: Site, person: Somebody) -> str:
    shop = site.db.value("SELECT storefront_id FROM memberships WHERE user_id = %(id)s", id=person.user_id)
    for name in ("checkout server", HOSTILE[:200]):
        with atomic() as session:
            key, _ = api_keys.create(session, shop, name, livemode=False, cause=CAUSE)
    with atomic() as session:
        api_keys.revoke(session, key.id, cause=CAUSE)
    return "/developers/keys"


def _two_of_a_reference(site: Site, _: Somebody) -> str:
    for _number in range(2):
        seed(site.db, status="succeeded")
    return "/search?q=1042-A"


def _begun(site: Site, person: Somebody) -> str:
    totp.begin_enrolment(person.user_id)
    return "/account/second-factor"


SIGN_IN_PAGES = (
    _open("start", "sign_in.show", lambda _: "/sign-in?next=/admin&done=out"),
    _open("code", "sign_in.code", _pending("finance", second_factor=True, path="/sign-in/code")),
    _open("enrol", "sign_in.enrol", _pending("finance", second_factor=False, path="/sign-in/enrol")),
    _open("forgotten", "password.forgotten", lambda _: "/password-reset"),
    _open("new password", "password.reset", _link("reset")),
    _open("invitation", "password.invitation", _link("invitation")),
    _open("link ended", "password.reset", lambda _: "/password-reset/nonsense", 404),
)
PEOPLE_PAGES = (
    _page("overview", "admin.home", "admin", lambda site, who: _payments(site, who) and "/admin"),
    _page("overview, nothing yet", "admin.home", "finance", "/admin"),
    _page("payments", "admin_payments.index", "operator", _payments),
    _page(
        "payments filtered",
        "admin_payments.index",
        "operator",
        lambda site, who: f"{_payments(site, who)}?status=succeeded&from=2020-01-01",
    ),
    _page(
        "payments, none match",
        "admin_payments.index",
        "operator",
        "/admin/payments?status=failed&currency=EUR",
    ),
    _page("payments, none yet", "admin_payments.index", "operator", "/admin/payments"),
    _page(
        "payments, wrong filter",
        "admin_payments.index",
        "operator",
        "/admin/payments?currency=euros&from=yesterday",
        422,
    ),
    _page("a payment", "admin_payments.show", "admin", _payment),
    _page(
        "a payment, hostile",
        "admin_payments.show",
        "auditor",
        lambda site, who: _payment(site, who, parts=HOSTILE_PARTS),
    ),
    _page("reviews", "admin_reviews.index", "operator", _review),
    _page("reviews, read only", "admin_reviews.index", "auditor", _review),
    _page("reviews, none", "admin_reviews.index", "admin", "/admin/reviews"),
    _page("users", "admin_users.index", "admin", _users),
    _page("users, none match", "admin_users.index", "auditor", "/admin/users?text=nobody"),
    _page("a user", "admin_users.show", "admin", _user),
    _page(
        "invite",
        "admin_users.new",
        "admin",
        lambda site, _: "/admin/users/new" if storefront(site.db, HOSTILE[:200]) else "",
    ),
    _page("personal data", "admin_privacy.show", "admin", "/admin/privacy"),
    _page("audit log", "admin_audit.index", "auditor", _log),
    _page("audit log, none match", "admin_audit.index", "auditor", "/admin/audit?action=nothing"),
    _page("search", "search.find", "admin", "/search"),
    _page("search: found", "search.find", "admin", _two_of_a_reference),
    _page("search: nothing", "search.find", "seller_staff", "/search?q=nothing"),
    _page("start", "developers.home", "developer", "/developers"),
    _page("keys", "developers_keys.index", "developer", _keys),
    _page("keys, none yet", "developers_keys.index", "developer", "/developers/keys"),
    _page("a new key", "developers_keys.new", "developer", "/developers/keys/new"),
    _page("account", "account.show", "seller_owner", "/account", second_factor=False, name=LONG_NAME),
    _page("account with a second factor", "account.show", "admin", "/account"),
    _page(
        "second factor: begin",
        "account.second_factor",
        "developer",
        "/account/second-factor",
        second_factor=False,
    ),
    _page("second factor: enrol", "account.second_factor", "developer", _begun, second_factor=False),
    _page("second factor: on", "account.second_factor", "developer", "/account/second-factor"),
    _page("new recovery codes", "account.new_codes", "admin", "/account/recovery-codes"),
    _page("step-up", "step_up.ask", "admin", "/step-up?next=/admin/users/new", stepped_up=False),
    _page("missing role", "error", "seller_staff", "/admin/users", 403),
)


NOT_PAGES = {
    "admin_payments.export": "a CSV file",
    "admin_audit.export": "a CSV file",
    "session.look": "a fragment of the frame; test_people.py looks at it",
}
