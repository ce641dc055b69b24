"""The pages of sellers and of those who pay them, in every state that looks different."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from checkout import approvals
from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.payouts.payable import collect_payable
from tests.browser.entry import HOSTILE, Entry, Site
from tests.pages.people import somebody
from tests.pages.seed import Line
from tests.pages.selling import delivered, new_seller, paid_out, released, sale, ship
from tests.payouts.conftest import owe
from tests.payouts.fake_psp import FakePsp

Arrange = Callable[[Site, UUID], str]
NAME = HOSTILE[:200]


def _seller(
    title: str, endpoint: str, arrange: str | Arrange, status: int = 200, role: str = "seller_owner"
) -> Entry:
    def arranged(site: Site) -> str:
        seller = new_seller(site.db, NAME)
        person = somebody(site.db, role, seller_id=seller, name="Grace Hopper", email="grace@example.org")
        site.cookies.append({"name": "session", "value": person.token, "url": site.base_url})
        return site.base_url + (arrange if isinstance(arrange, str) else arrange(site, seller))

    return Entry(f"{role}: {title}", endpoint, arranged, status)


def _platform(title: str, endpoint: str, role: str, arrange: str | Arrange, status: int = 200) -> Entry:
    def arranged(site: Site) -> str:
        person = somebody(site.db, role, name="Grace Hopper", email="grace@example.org")
        site.cookies.append({"name": "session", "value": person.token, "url": site.base_url})
        path = arrange if isinstance(arrange, str) else arrange(site, new_seller(site.db, NAME))
        return site.base_url + path

    return Entry(f"{role}: {title}", endpoint, arranged, status)


def _sales(site: Site, seller: UUID) -> FakePsp:
    """In each state; one with a name of somebody who means ill, one in a currency of three decimals."""
    psp = FakePsp()
    released(site.db, seller, reference="1040")
    paid_out(seller, psp, bank="paid")
    released(site.db, seller, 999_999, reference="1041")
    paid_out(seller, psp)
    released(site.db, seller, reference="1042")
    delivered(site.db, seller, reference=HOSTILE[:60])
    ship(sale(site.db, seller, reference=None))
    sale(site.db, seller, 99_999_000, tax=1_500_000, reference="1044", lines=(Line(HOSTILE, 99_999_000),))
    sale(site.db, seller, 7_010, commission=701, logistics=300, currency="KWD", reference="1045")
    return psp


def _full(path: str) -> Arrange:
    def arrange(site: Site, seller: UUID) -> str:
        _sales(site, seller)
        return path

    return arrange


def _failed(path: str) -> Arrange:
    def arrange(site: Site, seller: UUID) -> str:
        released(site.db, seller)
        payout = paid_out(seller, FakePsp(), bank="failed", code="account_closed")
        site.db.rows(
            "UPDATE sellers SET verification_status = 'restricted', requirements = '{individual.id_number}',"
            " verification_reason = 'The payment provider asks for more.' WHERE id = %(id)s",
            id=seller,
        )
        site.db.rows("UPDATE payout_accounts SET payouts_paused_until = now() + interval '2 days'")
        return path.format(payout=payout.public_id)

    return arrange


def _order(site: Site, seller: UUID) -> str:
    _sales(site, seller)
    order = site.db.value("SELECT id FROM orders WHERE reference = '1044'")
    return f"/seller/orders/{encode('ord', order)}"


def _held_order(site: Site, seller: UUID) -> str:
    return f"/seller/orders/{encode('ord', delivered(site.db, seller, reference=HOSTILE[:60]))}"


def _payout(site: Site, seller: UUID) -> str:
    delivered(site.db, seller, reference=HOSTILE[:60])
    released(site.db, seller)
    released(site.db, seller, reference=None)
    owe(seller, 400)
    payout = paid_out(seller, FakePsp())
    released(site.db, seller)
    return f"/seller/payouts/{payout.public_id}"


def _blocked(site: Site, seller: UUID) -> None:
    """One that a second person must approve, a held seller, one who owes, and payouts in several states."""
    psp = _sales(site, seller)
    released(site.db, seller, 2_000_000, commission=0, logistics=0)
    paid_out(seller, psp)
    held = new_seller(site.db, "Bao Tea")
    released(site.db, held)
    site.db.rows(
        "INSERT INTO payout_holds (id, seller_id, reason, placed_by, placed_at)"
        " VALUES (gen_random_uuid(), %(id)s, %(reason)s, 'person:usr_1', now())",
        id=held,
        reason=HOSTILE[:300],
    )
    owe(held, 5_000)
    collect_payable()


def _proposed(site: Site, seller: UUID) -> str:
    """A large payout, a debt to give up with words of somebody who means ill, one of one's own; two that have ended."""
    _blocked(site, seller)
    own = Cause("person", encode("usr", site.db.value("SELECT id FROM users WHERE name_sealed IS NOT NULL")))
    write_off, hostile = "seller_debt.write_off", {"amount": 99_999_000, "currency": "KWD", "reason": NAME}
    with atomic() as session:
        for kind, subject, proposal, by in (
            (write_off, encode("sel", seller), hostile, Cause("cli", "jo")),
            ("test.thing", "re_x", {"amount": 150_000, "currency": "JPY"}, own),
            ("test.thing", "pay_x", {}, Cause("task", "tsk_x")),
        ):
            approvals.propose(session, kind=kind, subject=subject, proposal=proposal, proposer=by)
        for name in ("po_1", "po_2"):
            id = approvals.propose(session, kind=write_off, subject=name, proposal=hostile, proposer=own)
            approvals.reject(session, id, by=Cause("cli", "jo"), reason=NAME)
    return "/finance/approvals"


def _finance(path: str) -> Arrange:
    def arrange(site: Site, seller: UUID) -> str:
        _blocked(site, seller)
        return path

    return arrange


def _one(site: Site, seller: UUID) -> str:
    _blocked(site, seller)
    held = site.db.value("SELECT seller_id FROM payout_holds")
    return f"/admin/sellers/{encode('sel', held)}"


SELLER_PAGES = (
    _seller("money", "seller.home", _full("/seller")),
    _seller("money, nothing yet", "seller.home", "/seller"),
    _seller("money, a payout failed", "seller.home", _failed("/seller"), role="seller_staff"),
    _platform("choose a seller", "seller.home", "auditor", lambda _site, _seller: "/seller"),
    _seller("orders", "seller_orders.index", _full("/seller/orders")),
    _seller("orders, none yet", "seller_orders.index", "/seller/orders"),
    _seller("orders, none match", "seller_orders.index", "/seller/orders?held=disputed"),
    _seller("orders, wrong filter", "seller_orders.index", "/seller/orders?currency=euros", 422),
    _seller("an order to ship", "seller_orders.show", _order),
    _seller("a held order", "seller_orders.show", _held_order, role="seller_staff"),
    _seller("ship from a file", "seller_ship.form", "/seller/orders/ship"),
    _seller("payouts", "seller_payouts.index", _full("/seller/payouts")),
    _seller("payouts, none yet", "seller_payouts.index", "/seller/payouts"),
    _seller("payouts, none match", "seller_payouts.index", "/seller/payouts?state=failed"),
    _seller("a payout", "seller_payouts.show", _payout),
    _seller("a failed payout", "seller_payouts.show", _failed("/seller/payouts/{payout}")),
    _seller("balance", "seller_balance.index", _full("/seller/balance?currency=EUR")),
    _seller("balance, none yet", "seller_balance.index", "/seller/balance"),
    _seller("settings", "seller_settings.show", _failed("/seller/settings")),
    _seller("settings, read only", "seller_settings.show", "/seller/settings", role="seller_staff"),
    _seller("bank account", "seller_settings.bank", "/seller/settings/bank"),
    _seller("pay out now", "seller_pay_now.ask", _full("/seller/pay-now?currency=EUR")),
    _seller("pay out now, nothing", "seller_pay_now.ask", "/seller/pay-now?currency=EUR"),
    _platform("finance", "finance.home", "finance", _finance("/finance")),
    _platform("finance, nothing yet", "finance.home", "finance", "/finance"),
    _platform("payouts of all", "finance.payouts", "finance_approver", _finance("/finance/payouts")),
    _platform("payouts of all, read only", "finance.payouts", "auditor", _finance("/finance/payouts")),
    _platform("payouts of all, none yet", "finance.payouts", "finance", "/finance/payouts"),
    _platform("approvals", "finance_approvals.index", "finance_approver", _proposed),
    _platform("approvals, read only", "finance_approvals.index", "auditor", _proposed),
    _platform("approvals, none yet", "finance_approvals.index", "finance", "/finance/approvals"),
    _platform(
        "approvals, none match", "finance_approvals.index", "admin", "/finance/approvals?status=rejected"
    ),
    _platform("sellers", "admin_sellers.index", "admin", _finance("/admin/sellers")),
    _platform("sellers, none match", "admin_sellers.index", "auditor", "/admin/sellers?name=nobody"),
    _platform("a seller", "admin_sellers.show", "operator", _one),
)
NOT_PAGES = {
    "seller_orders.export": "a CSV file",
    "seller_payouts.export": "a CSV file",
    "seller_balance.export": "a CSV file",
}
