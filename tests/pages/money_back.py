"""A desk that gives money back, in a test of pages: payments of two sellers, and a PSP in memory behind the pages."""

from __future__ import annotations

from uuid import uuid4

from checkout.core.cause import Cause
from checkout.db.session import atomic
from checkout.identity import storefronts
from checkout.psp import registry
from checkout.sellers.create import create_seller
from tests.conftest import Database
from tests.disputes.conftest import Bank
from tests.disputes.fake_psp import DisputedPsp
from tests.payments.conftest import Shop
from tests.payments.fake_psp import FakePsp
from tests.refunds.conftest import Desk
from tests.refunds.fake_psp import RefundingPsp

CAUSE = Cause("cli", "test")


def new_desk(db: Database, *, ada: str = "Ada's Pottery", bao: str = "Bao Tea") -> Desk:
    """A shop of two sellers at 10 %, on hold for 7 days; its PSP, which gives money back, is the process's."""
    psp = RefundingPsp()
    return Desk(db, _shop(psp, ada, bao), psp)


def new_bank(db: Database, *, ada: str = "Ada's Pottery", bao: str = "Bao Tea") -> Bank:
    """The same shop, at a PSP whose payments are disputed."""
    psp = DisputedPsp()
    return Bank(db, _shop(psp, ada, bao), psp)


def _shop(psp: FakePsp, ada: str, bao: str) -> Shop:
    registry.use(psp)
    with atomic() as session:
        shop = storefronts.create(session, name="Demo shop", origins=["https://shop.example"], cause=CAUSE)
        sellers = [
            create_seller(session, name=name, commission_bps=1000, cause=CAUSE, country="DE")
            for name in (ada, bao)
        ]
    return Shop(shop.id, *sellers, psp)


def key() -> str:
    """As a form carries one."""
    return uuid4().hex
