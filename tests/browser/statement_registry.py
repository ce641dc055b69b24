"""Explanations and statements, in every state that looks different."""

from __future__ import annotations

import re
from uuid import UUID

from checkout.core.ids import encode
from checkout.statements import issue_month, issue_payout
from tests.browser.entry import HOSTILE, Site
from tests.browser.people_registry import _page
from tests.pages.people import Somebody
from tests.pages.reconciling import one_short
from tests.pages.selling import new_seller, paid_out, released, sale
from tests.payouts.conftest import owe
from tests.payouts.fake_psp import FakePsp
from tests.statements.test_statements import BERLIN, day, earn


def _own(site: Site, person: Somebody, name: str = "Ada's Pottery") -> UUID:
    """The person's own seller, who sells."""
    seller = new_seller(site.db, name)
    site.db.rows(
        "UPDATE memberships SET seller_id = %(seller)s WHERE user_id = %(id)s",
        seller=seller,
        id=person.user_id,
    )
    return seller


def _order(site: Site, person: Somebody) -> str:
    return f"/explain/{encode('ord', released(site.db, _own(site, person)))}/net"


def _expected(site: Site, person: Somebody) -> str:
    order = encode("ord", sale(site.db, _own(site, person, HOSTILE[:200])))
    return f"/explain/{order}/net?via={order}/commission"


def _differs(site: Site, _: Somebody) -> str:
    order = released(site.db, new_seller(site.db, HOSTILE[:200]))
    site.db.rows("UPDATE orders SET amount_refunded_minor = 1")
    return f"/explain/{encode('ord', order)}/net"


def _payout(site: Site, person: Somebody) -> str:
    seller = _own(site, person)
    for _number in range(3):
        released(site.db, seller)
    return f"/explain/{paid_out(seller, FakePsp()).public_id}/amount"


def _balance(site: Site, person: Somebody) -> str:
    seller = _own(site, person)
    released(site.db, seller)
    owe(seller, 9_999_999)
    return f"/explain/{encode('sel', seller)}/balance.available.EUR"


def _payment(site: Site, _: Somebody) -> str:
    order = sale(site.db, new_seller(site.db))
    payment = site.db.value("SELECT payment_id FROM orders WHERE id = %(id)s", id=order)
    return f"/explain/{encode('pay', payment)}/amount_received"


def _of_a_night(site: Site, figure: str) -> str:
    """24.90 of which the PSP tells 23.90, its row's cells marked."""
    return f"/explain/{figure.format(**vars(one_short(site.db)))}"


def _statements(site: Site, person: Somebody) -> str:
    seller = _own(site, person, HOSTILE[:200])
    earn(seller, 1500, day(5), commission=150)
    earn(seller, 99_999_999, day(5), "KWD")
    issue_month(seller, "EUR", "2025-05", BERLIN)
    released(site.db, seller)
    issue_payout(paid_out(seller, FakePsp()).id)
    return "/seller/statements"


def _statement(site: Site, person: Somebody, *, revision: str = "") -> str:
    seller = _own(site, person, HOSTILE[:200])
    earn(seller, 1500, day(5), commission=150)
    issue_month(seller, "EUR", "2025-05", BERLIN)
    earn(seller, 99_999_999, day(5, 20))
    statement = issue_month(seller, "EUR", "2025-05", BERLIN)
    assert re.fullmatch(r"stm_[0-9a-z]{26}", statement.public_id)
    return f"/seller/statements/{statement.public_id}{revision}"


STATEMENT_PAGES = (
    _page("explain an order", "explain.order", "seller_owner", _order),
    _page("explain an order, expected", "explain.order", "seller_staff", _expected),
    _page("explain an order, it differs", "explain.order", "finance", _differs),
    _page("explain a payout", "explain.payout", "seller_owner", _payout),
    _page("explain a balance", "explain.seller", "seller_owner", _balance),
    _page("explain a payment", "explain.payment", "auditor", _payment),
    _page(
        "explain an entry", "explain.entry", "finance", lambda site, _: _of_a_night(site, "{entry}/moved.EUR")
    ),
    _page(
        "explain a night", "explain.run", "finance", lambda site, _: _of_a_night(site, "{run}/difference.EUR")
    ),
    _page(
        "explain a difference",
        "explain.alert",
        "finance",
        lambda site, _: _of_a_night(site, "{alert}/difference"),
    ),
    _page("statements", "seller_statements.index", "seller_owner", _statements),
    _page("statements, none yet", "seller_statements.index", "seller_staff", "/seller/statements"),
    _page("a statement", "seller_statements.show", "seller_owner", _statement),
    _page(
        "a statement, corrected since",
        "seller_statements.show",
        "seller_owner",
        lambda site, who: _statement(site, who, revision="?revision=1"),
    ),
    _page("check a statement", "seller_statements.verify", "seller_staff", "/seller/statements/verify"),
)
STATEMENT_FILES = {
    "explain.refund": "looks as the explanation of a payment",
    "explain.dispute": "looks as the explanation of a payment",
    "seller_statements.file": "a JSON or CSV file",
    "seller_statements.month": "leads to the statement",
    "seller_statements.payout": "leads to the statement",
}
