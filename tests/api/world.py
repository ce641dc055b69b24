"""Two storefronts, two sellers who sell in both, people of every role: whose is what, for tests of who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from uuid import UUID, uuid4

from checkout import approvals
from checkout.core.cause import Cause
from checkout.core.ids import decode, encode, new_uuid
from checkout.core.money import Money, total
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.identity import access_tokens, api_keys, memberships, token_families, users
from checkout.identity.roles import ROLES
from checkout.ledger import chart, journal
from checkout.ledger.entry import Entry, credit, debit
from checkout.ledger.recipes import OrderPart, payment_captured
from checkout.orders.settle import parts_of
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.lists import AlertFilters, list_alerts
from checkout.reconciliation.night.run import run_day
from tests.api.conftest import PUBLIC_URL, Caller
from tests.api.disputed import disputed
from tests.conftest import Database

CAUSE = Cause("cli", "test")
LONG_AGO = datetime(2020, 1, 15, tzinfo=UTC)
FIGURES = {
    "seller": "balance.available.EUR",
    "payout": "amount",
    "order": "net",
    "payment": "amount_received",
    "refund": "amount",
    "dispute": "amount",
    "entry": "moved.EUR",
    "run": "difference.EUR",
    "alert": "difference",
}


SETTLEMENT_FILE = (
    "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id\n"
    "txn_nobodys,2026-03-14 12:00:00,eur,3.00,0.00,3.00,charge,ch_nobodys\n"
)


@dataclass(frozen=True)
class World:
    """`mine` is the storefront and the seller that tenants below belong to; the other ones are foreign to them."""

    storefront: UUID
    seller: UUID
    ids: dict[str, dict[str, str]]  # own, foreign to a storefront, foreign to a seller → parameter → id

    def __post_init__(self) -> None:
        """Explanations name an object by what stands after its prefix, and a figure of it."""
        for ids in self.ids.values():
            ids["month"] = LONG_AGO.strftime("%Y-%m")
            for name, figure in FIGURES.items():
                ids[f"{name}_suffix"] = ids[f"{name}_id"].partition("_")[2]
                ids[f"{name}_figure"] = figure


def make_world(caller: Caller, stranger: Caller) -> World:
    """The other storefront sells my seller's goods too, mine sells the other's: each tenant's foreign order is as near
    to its own as an order can be."""
    ada, bao = caller.shop.sellers
    own = caller.create()
    theirs = stranger.create(orders=[{"seller": ada, "amount": 2490}])
    run("UPDATE sellers SET country = 'DE'")  # the payment provider asks for it
    with atomic() as session:
        waiting = approvals.propose(
            session, kind="test.thing", subject="po_x", proposal={}, proposer=Cause("task", "tsk_x")
        )
    payouts = {seller: _payout_of(decode("sel", seller)) for seller in (ada, bao)}
    _moved_long_ago(decode("sel", ada), decode("sel", bao))
    mine = {
        "payment_id": own["id"],
        "order_id": own["orders"][0]["id"],
        "seller_id": ada,
        "approval_id": encode("apr", waiting),
        "payout_id": payouts[ada],
        **disputed(own["id"], own["orders"][0]["id"]),
        "customer_id": own["customer"],
        "refund_id": refund_of(own["id"], own["orders"][0]["id"]),
        **_settled(),
    }
    return World(
        storefront=caller.shop.storefront.id,
        seller=decode("sel", ada),
        ids={
            "own": mine,
            "storefront": {
                **mine,
                "payment_id": theirs["id"],
                "customer_id": theirs["customer"],
                "order_id": theirs["orders"][0]["id"],
                "refund_id": refund_of(theirs["id"], theirs["orders"][0]["id"]),
                "seller_id": bao,
                "payout_id": payouts[bao],
                **disputed(theirs["id"], theirs["orders"][0]["id"]),
            },
            "seller": {
                **mine,
                "payment_id": theirs["id"],
                "order_id": own["orders"][1]["id"],
                "refund_id": refund_of(own["id"], own["orders"][1]["id"]),
                "seller_id": bao,
                "payout_id": payouts[bao],
                **disputed(own["id"], own["orders"][1]["id"]),
            },
        },
    )


def _moved_long_ago(*sellers: UUID) -> None:
    """A cent came and went: a month has a statement, and nobody has money by it."""
    cent, rounding = Money(1, "EUR"), chart.ROUNDING
    for seller in sellers:
        own = chart.seller_available(seller)
        for name, taken, given in (("come", rounding, own), ("go", own, rounding)):
            legs = (debit(taken, cent), credit(given, cent))
            entry = Entry("seller_recharged", f"{seller}:{name}", "alr_test", legs, LONG_AGO)
            with atomic() as session:
                journal.post(session, entry, cause=CAUSE)


def captured(payment: str) -> str:
    """The payment's money is there, by card: its orders are paid."""
    id = decode("pay", payment)
    run(
        """
        UPDATE payments SET status = 'succeeded', amount_received_minor = amount_minor, psp_intent_id = 'pi_x',
               psp_charge_id = 'ch_x', succeeded_at = now() WHERE id = %(id)s
        """,
        id=id,
    )
    run(
        "UPDATE orders SET status = 'paid', card_part_minor = amount_minor, wallet_part_minor = 0"
        " WHERE payment_id = %(id)s",
        id=id,
    )
    with atomic() as session:
        parts = parts_of(session, id)
        entry = payment_captured(
            payment_id=id,
            psp="stripe",
            charge_id="ch_x",
            amount=total([part.amount for part in parts], parts[0].amount.currency),
            orders=[OrderPart(part.order_id, part.seller_id, part.amount) for part in parts],
        )
        journal.post(session, entry, cause=CAUSE)
    return payment


def refund_of(payment: str, order: str) -> str:
    """A refund of an order that the PSP has: nobody can do anything with it but look."""
    id = new_uuid()
    run(
        """
        INSERT INTO refunds (id, payment_id, kind, status, amount_minor, card_minor, wallet_minor, currency, destination,
                             requested_by, in_flight, psp, psp_request, created_at, updated_at)
        VALUES (%(id)s, %(payment)s, 'requested', 'pending', 100, 100, 0, 'EUR', 'card', 'cli:test', false, 'stripe',
                '{}', now(), now())
        """,
        id=id,
        payment=decode("pay", payment),
    )
    run(
        """
        INSERT INTO refund_parts (refund_id, order_id, seller_id, storefront_id, position, card_minor, wallet_minor,
                                  commission_minor, logistics_fee_minor, tax_minor)
        SELECT %(id)s, id, seller_id, storefront_id, position, 100, 0, 10, 0, 0 FROM orders WHERE id = %(order)s
        """,
        id=id,
        order=decode("ord", order),
    )
    return encode("re", id)


def _payout_of(seller: UUID) -> str:
    """A payout that is being sent: nobody can do anything with it but look."""
    id = new_uuid()
    run(
        """
        INSERT INTO payouts (id, seller_id, currency, kind, status, amount_minor, requested_by, psp, psp_account,
                             transfer_request, payout_request, created_at, updated_at)
        VALUES (%(id)s, %(seller)s, 'EUR', 'manual', 'in_transit', 1050, 'cli:test', 'stripe', 'acct_x', '{}', '{}',
                now(), now())
        """,
        id=id,
        seller=seller,
    )
    return encode("po", id)


def token_of(db: Database, role: str, world: World) -> str:
    """An access token of somebody with the role at its tenant, as signing in would give it."""
    tenant = ROLES[role].tenant
    with atomic() as session:
        user = users.create_user(session, email=f"{uuid4().hex[:12]}@example.org", cause=CAUSE)
        memberships.grant(
            session,
            user.id,
            role,
            seller_id=world.seller if tenant == "seller" else None,
            storefront_id=world.storefront if tenant == "storefront" else None,
            cause=CAUSE,
        )
    version = db.value("SELECT credentials_version FROM users WHERE id = %(id)s", id=user.id)
    with atomic() as session:
        family = token_families.open(
            session, user.id, version=version, second_factor=True, ip=None, cause=CAUSE
        )
    return access_tokens.issue(
        user.id, family.id, issuer=PUBLIC_URL, second_factor_at=family.second_factor_at
    )


def key_of(world: World, tenant: str, scopes: set[str]) -> str:
    """A key of my storefront, or of my seller."""
    with atomic() as session:
        _, text = api_keys.create(
            session,
            world.storefront if tenant == "storefront" else None,
            "matrix",
            seller_id=world.seller if tenant == "seller" else None,
            scopes=scopes,
            livemode=False,
            cause=CAUSE,
        )
    return text


def _settled() -> dict[str, str]:
    """A settlement file with a line that nobody knows, compared: the ids of file, run and alert."""
    day = date(2026, 3, 14)
    delivery = Delivery(psp="stripe", business_on=day, name="day.csv", origin="cli", by="cli:test")
    file, _ = receive_file(BytesIO(SETTLEMENT_FILE.encode()), delivery, cause=CAUSE)
    outcome = run_day("stripe", day, by="cli:test", cause=CAUSE)
    (alert,) = list_alerts(AlertFilters(business_on=day), limit=2)
    return {
        "file_id": file.public_id,
        "run_id": encode("run", outcome.id),
        "alert_id": encode("alr", alert.id),
        "entry_id": encode("jrn", run("SELECT id FROM journal_entries ORDER BY sequence LIMIT 1")[0].id),
    }
