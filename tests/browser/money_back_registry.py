"""The pages of money back, in every state that looks different."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from checkout.core.clock import utcnow
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.disputes import draft, files
from checkout.pages.refund_form import order_field
from checkout.payments.views import PaymentView
from checkout.wallets.grant import grant_credit
from tests.browser.entry import HOSTILE, Entry, Site
from tests.disputes.conftest import Bank
from tests.orders.conftest import ship
from tests.pages.money_back import CAUSE, new_bank, new_desk
from tests.pages.people import somebody
from tests.refunds.conftest import Desk
from tests.refunds.test_scenarios import paid_out
from tests.wallets.conftest import put_in

Arrange = Callable[[Desk, PaymentView], str]
NAME = HOSTILE[:200]


def page(
    title: str,
    endpoint: str,
    role: str,
    arrange: Arrange,
    status: int = 200,
    *,
    amounts: tuple[int, ...] = (99_999_000, 990),
    currency: str = "EUR",
) -> Entry:
    """A payment of two sellers, one of them with a name of somebody who means ill; a seller's person is Bao's."""

    def arranged(site: Site) -> str:
        desk = new_desk(site.db, ada=NAME)
        payment = desk.paid(*amounts, currency=currency)
        at: dict[str, UUID] = {"seller_id": desk.shop.bao} if role.startswith("seller") else {}
        person = somebody(site.db, role, name="Grace Hopper", email="grace@example.org", **at)
        site.cookies.append({"name": "session", "value": person.token, "url": site.base_url})
        return site.base_url + arrange(desk, payment)

    return Entry(f"{role}: {title}", endpoint, arranged, status)


def _refund(query: str = "") -> Arrange:
    return lambda desk, payment: f"/admin/payments/{payment.public_id}/refund{query}"


def _again(desk: Desk, payment: PaymentView) -> str:
    desk.asks(payment, 50_000, note=HOSTILE[:300])
    return f"/admin/payments/{payment.public_id}/refund"


def _owing(desk: Desk, payment: PaymentView) -> str:
    """Both were released, and Ada has been paid out: what goes back of that is owed."""
    desk.released(payment)
    paid_out(desk.shop.ada, 1_050)
    one, two = (order_field(order.id) for order in payment.orders)
    desk.db.rows("UPDATE sellers SET name = %(name)s WHERE id = %(id)s", name="Ada", id=desk.shop.ada)
    return f"/admin/payments/{payment.public_id}/refund?by=orders&{one}=5&{two}=9.90&logistics=yes"


def _nothing_left(desk: Desk, payment: PaymentView) -> str:
    desk.refunds(payment)
    return f"/admin/payments/{payment.public_id}/refund"


def _refunded(desk: Desk, payment: PaymentView) -> str:
    """Refunds in several states, one with a note of somebody who means ill."""
    desk.refunds(payment, 1_000, reason="other", note=HOSTILE[:300])
    desk.hears(desk.psp.back.bounce(desk.refunds(payment, 2_000).public_id))
    desk.refunds(payment, 3_000, destination="wallet")
    desk.asks(payment, 4_000)
    return f"/admin/payments/{payment.public_id}?done=refunded"


def _own(query: str = "") -> Arrange:
    return lambda desk, payment: f"/seller/orders/{payment.orders[1].public_id}/refund{query}"


def _own_order(desk: Desk, payment: PaymentView) -> str:
    desk.refunds(payment, only_order=payment.orders[1].id, amount=300)
    return f"/seller/orders/{payment.orders[1].public_id}"


def _cancel(desk: Desk, payment: PaymentView) -> str:
    return f"/admin/orders/{payment.orders[0].public_id}/cancel"


def _shipped(desk: Desk, payment: PaymentView) -> str:
    ship(payment.orders[0].id)
    return _cancel(desk, payment)


def disputed(
    title: str,
    endpoint: str,
    role: str,
    arrange: Callable[[Bank, str], str],
    status: int = 200,
    *,
    amounts: tuple[int, ...] = (1500,),
    state: str = "needs_response",
    **options: object,
) -> Entry:
    """A dispute of Ada's sale, whose name somebody who means ill has written; a seller's person is Ada's."""

    def arranged(site: Site) -> str:
        bank = new_bank(site.db, ada=NAME)
        told = bank.told(
            bank.paid(*amounts), **{"reason": "product_not_received", "status": state, **options}
        )
        at: dict[str, UUID] = {"seller_id": bank.shop.ada} if role.startswith("seller") else {}
        person = somebody(site.db, role, name="Grace Hopper", email="grace@example.org", **at)
        site.cookies.append({"name": "session", "value": person.token, "url": site.base_url})
        return site.base_url + arrange(bank, bank.now(told).public_id)

    return Entry(f"{role}: {title}", endpoint, arranged, status)


def _dispute(desk: str, rest: str = "") -> Callable[[Bank, str], str]:
    return lambda bank, dispute: f"/{desk}/disputes/{dispute}{rest}"


def _several(desk: str, rest: str = "") -> Callable[[Bank, str], str]:
    """In several states, one of them due soon."""

    def arrange(bank: Bank, _dispute: str) -> str:
        bank.told(bank.paid(99_999_000), reason="fraudulent", due_in_days=1)
        bank.told(bank.paid(500), reason="duplicate", status="warning_needs_response")
        bank.psp.decide(bank.told(bank.paid(700), reason="general").id, "won")
        bank.told(bank.paid(7_010, currency="KWD"), reason="never heard of", status="under_review")
        return f"/{desk}/disputes{rest}"

    return arrange


def _evidence(desk: str, rest: str = "") -> Callable[[Bank, str], str]:
    """A draft and a document, by somebody who means ill."""

    def arrange(bank: Bank, dispute: str) -> str:
        id = decode("dp", dispute)
        new = draft.prepare(
            id,
            version=0,
            texts={"uncategorized_text": HOSTILE, "shipping_carrier": HOSTILE[:90]},
            cause=CAUSE,
        )
        file = files.prepare(id, field="receipt", name=HOSTILE, content=b"%PDF-1.7", cause=CAUSE)
        with atomic() as session:
            draft.save_draft(session, new, cause=CAUSE)
            files.store_file(session, file, cause=CAUSE)
        return f"/{desk}/disputes/{dispute}{rest}"

    return arrange


def _payment(bank: Bank, _dispute: str) -> str:
    payment = bank.db.value("SELECT payment_id FROM disputes")
    assert isinstance(payment, UUID)
    return f"/admin/payments/{encode('pay', payment)}"


DISPUTE_PAGES = (
    disputed("disputes", "admin_disputes.index", "finance", _several("admin")),
    disputed(
        "disputes, none match", "admin_disputes.index", "finance", _several("admin", "?status=prevented")
    ),
    disputed("disputes, wrong filter", "admin_disputes.index", "finance", _several("admin", "?from=x"), 422),
    page("disputes, none yet", "admin_disputes.index", "auditor", lambda _desk, _payment: "/admin/disputes"),
    disputed("a dispute", "admin_disputes.show", "finance", _dispute("admin")),
    disputed("a dispute with evidence", "admin_disputes.show", "admin", _evidence("admin", "?done=saved")),
    disputed("a dispute, read only", "admin_disputes.show", "operator", _evidence("admin")),
    disputed("a lost dispute", "admin_disputes.show", "finance", _dispute("admin"), state="lost"),
    disputed("a disputed payment", "admin_payments.show", "finance", _payment),
    disputed("submit evidence", "admin_disputes.ask_submit", "finance", _evidence("admin", "/submit")),
    disputed(
        "submit, too late",
        "admin_disputes.ask_submit",
        "finance",
        _dispute("admin", "/submit"),
        due_in_days=-1,
    ),
    disputed("give a dispute up", "admin_disputes.ask_accept", "finance", _dispute("admin", "/accept")),
    disputed("disputes", "seller_disputes.index", "seller_owner", _several("seller")),
    page(
        "disputes, none yet",
        "seller_disputes.index",
        "seller_staff",
        lambda _desk, _payment: "/seller/disputes",
    ),
    disputed("a dispute", "seller_disputes.show", "seller_owner", _evidence("seller")),
    disputed(
        "a dispute of several",
        "seller_disputes.show",
        "seller_owner",
        _dispute("seller"),
        amounts=(1500, 990),
    ),
    disputed("submit evidence", "seller_disputes.ask_submit", "seller_owner", _evidence("seller", "/submit")),
    disputed(
        "give a dispute up", "seller_disputes.ask_accept", "seller_owner", _dispute("seller", "/accept")
    ),
)


def _customer(rest: str = "") -> Arrange:
    """Store credit of two currencies, some of it promotional, and a statement of several pages."""

    def arrange(desk: Desk, payment: PaymentView) -> str:
        for minor in range(1, 28):
            put_in(payment.shopper_id, Money(minor * 99_999, "EUR"))
        put_in(payment.shopper_id, Money(1_250, "KWD"))
        with atomic() as session:
            grant_credit(
                session,
                shopper_id=payment.shopper_id,
                amount=Money(500, "EUR"),
                expires_at=utcnow() + timedelta(days=30),
                reason="Late parcel",
                cause=CAUSE,
            )
        return f"/admin/customers/{encode('cus', payment.shopper_id)}{rest}"

    return arrange


def _no_credit(desk: Desk, payment: PaymentView) -> str:
    return f"/admin/customers/{encode('cus', payment.shopper_id)}"


WALLET_PAGES = (
    page("a customer", "admin_customers.show", "finance", _customer("?done=given&currency=EUR")),
    page("a customer, what is held", "admin_customers.show", "operator", _customer("?currency=KWD&of=held")),
    page("a customer without credit", "admin_customers.show", "operator", _no_credit),
    page("give credit", "admin_customers.ask_credit", "finance", _customer("/credit")),
)
NOT_PAGES = {
    "admin_disputes.download": "a document, as an attachment",
    "seller_disputes.download": "a document, as an attachment",
}
MONEY_BACK_PAGES = (
    *DISPUTE_PAGES,
    *WALLET_PAGES,
    page("refund", "admin_refund.ask", "finance", _refund()),
    page("refund again", "admin_refund.ask", "finance", _again),
    page("refund, what it does", "admin_refund.ask", "finance", _refund("?by=all")),
    page("refund, sellers owe", "admin_refund.ask", "admin", _owing, amounts=(1500, 990)),
    page("refund of dinars", "admin_refund.ask", "admin", _refund("?by=amount&amount=1.205"), currency="KWD"),
    page("refund, too much", "admin_refund.ask", "finance", _refund("?by=amount&amount=9999999"), 409),
    page("refund, nothing left", "admin_refund.ask", "finance", _nothing_left),
    page("a payment with refunds", "admin_payments.show", "finance", _refunded),
    page("cancel an order", "admin_refund.ask_cancel", "operator", _cancel),
    page("cancel a shipped order", "admin_refund.ask_cancel", "operator", _shipped),
    page(
        "refund a file",
        "admin_refund_upload.form",
        "finance",
        lambda _desk, _payment: "/admin/refunds/upload",
    ),
    page("refund my items", "seller_refund.ask", "seller_owner", _own()),
    page("refund my items, what it does", "seller_refund.ask", "seller_owner", _own("?by=amount&amount=3")),
    page("an order with refunds", "seller_orders.show", "seller_owner", _own_order),
)
