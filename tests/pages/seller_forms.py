"""What sellers' people send from their pages, each form once and successfully."""

from __future__ import annotations

from io import BytesIO

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from checkout.core.ids import encode
from checkout.orders.queries import get_order
from checkout.psp import registry
from tests.api.fake_psp import FakePsp
from tests.conftest import Database
from tests.pages.people import send, signed_in, somebody, token_in
from tests.pages.selling import new_seller, released, sale

SETTINGS = "/seller/settings"


def ship(client: FlaskClient, db: Database) -> TestResponse:
    seller = new_seller(db)
    order = sale(db, seller)
    (line,) = get_order(order).lines
    page = f"/seller/orders/{encode('ord', order)}"
    signed_in(client, somebody(db, "seller_owner", seller_id=seller))
    form = {"carrier": "DHL", "tracking_number": "JJD-1", f"quantity-{line.id.hex}": "1"}
    return send(client, page, f"{page}/ship", **form)


def upload(client: FlaskClient, db: Database) -> TestResponse:
    seller = new_seller(db)
    text = f"order,carrier,tracking_number\n{encode('ord', sale(db, seller))},DHL,JJD-1\n"
    signed_in(client, somebody(db, "seller_owner", seller_id=seller))
    page = "/seller/orders/ship"
    form = {"csrf_token": token_in(client.get(page).text), "file": (BytesIO(text.encode()), "parcels.csv")}
    return client.post(page, data=form, headers={"Origin": "http://localhost"})


def pay_now(client: FlaskClient, db: Database) -> TestResponse:
    seller = new_seller(db)
    released(db, seller)
    signed_in(client, somebody(db, "seller_owner", seller_id=seller))
    form = {"currency": "EUR", "method": "standard", "newest": ""}
    return send(client, "/seller/pay-now?currency=EUR", "/seller/pay-now", **form)


def schedule(client: FlaskClient, db: Database) -> TestResponse:
    signed_in(client, somebody(db, "seller_owner", seller_id=new_seller(db)))
    form = {"currency": "EUR", "rhythm": "daily", "minimum": "", "do": "save"}
    return send(client, SETTINGS, f"{SETTINGS}/schedule", **form)


def bank(client: FlaskClient, db: Database) -> TestResponse:
    _with_psp(client, db)
    form = {
        "currency": "eur",
        "country": "de",
        "account_number": "DE89 3704 0044 0532 0130 00",
        "holder_name": "Ada",
    }
    return send(client, f"{SETTINGS}/bank", f"{SETTINGS}/bank", **form)


def verification(client: FlaskClient, db: Database) -> TestResponse:
    _with_psp(client, db)
    return send(client, SETTINGS, f"{SETTINGS}/verification")


def _with_psp(client: FlaskClient, db: Database) -> None:
    signed_in(client, somebody(db, "seller_owner", seller_id=new_seller(db)))
    registry.use(FakePsp())


FORMS = {
    "/seller/orders/<order>/ship": ("order.ship", ship),
    "/seller/orders/ship": ("order.ship", upload),
    "/seller/pay-now": ("payout.request", pay_now),
    "/seller/settings/schedule": ("payout_schedule.set", schedule),
    "/seller/settings/bank": ("seller.payout_account", bank),
    "/seller/settings/verification": ("seller.onboarding_link", verification),
}
