"""`flask demo`: a demo storefront, two sellers, people of every role, and the file that tells scripts of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from checkout.cli import demo_users
from checkout.cli.context import Group, cli_cause, development_only, json_option
from checkout.cli.output import note, show
from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.identity import api_keys, storefronts
from checkout.identity.authenticate import authenticate
from checkout.identity.roles import PLATFORM_SCOPES, SCOPES
from checkout.identity.storefronts import Storefront
from checkout.limits.plans import choose_plan, plan_of
from checkout.limits.quotas import LOAD_TEST
from checkout.sellers.contact import contact_email, set_contact_email
from checkout.sellers.create import create_seller
from checkout.sellers.onboarding import request_onboarding
from checkout.sellers.queries import get_seller, list_sellers

if TYPE_CHECKING:
    from config import Settings

SHOP, OTHER_SHOP = "Demo shop", "Other shop"
OTHER_ORIGIN = "https://other-shop.example"
# Paid out on request and without a hold, so that a script sees the whole way of the money in seconds.
SELLERS = {"Ada's Pottery": 1_000, "Bao Tea": 800}
SELLERS_SEARCHED = 500
KEY_NAME = "demo"

group = Group("demo", help="The demo shop (development only).")


@group.command("seed")
@json_option
def seed(as_json: bool) -> None:
    """Makes the demo storefront, its sellers, people and keys; makes nothing twice. Writes DATA_DIR/demo.json."""
    settings = development_only()
    path = settings.data_dir / "demo.json"
    known = _read(path)
    shop = _storefront(SHOP, _own_origins(settings))
    other = _storefront(OTHER_SHOP, [OTHER_ORIGIN])
    _lift_limits(shop, other)
    sellers = [_seller(name, bps, known.get("sellers")) for name, bps in SELLERS.items()]
    if settings.psp == "mock":
        for seller in sellers:
            _onboard(decode("sel", seller["id"]), seller["name"])
    demo = {
        "base_url": settings.public_url,
        "mock_psp_url": settings.mock_psp_url,
        "api_key": _key(shop, known.get("api_key"), settings, SCOPES | PLATFORM_SCOPES),
        "foreign_api_key": _key(other, known.get("foreign_api_key"), settings, SCOPES),
        "storefront": shop.public_id,
        "sellers": sellers,
        "users": demo_users.seed(known.get("users"), sellers=sellers, storefront=shop),
        "webhook_secret": next(iter(settings.stripe_webhook_secrets), None),
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
    }
    _write(path, demo)
    if as_json:
        show(demo, as_json=True)
    else:
        note(f"Demo data is there; {path} says how to reach it.")


def _own_origins(settings: Settings) -> list[str]:
    """Both names of this machine lead to the demo shop, whichever of them stands in PUBLIC_URL."""
    port = settings.port
    parts = urlsplit(settings.public_url)
    return [f"{parts.scheme}://{parts.netloc}", f"http://localhost:{port}", f"http://127.0.0.1:{port}"]


def _storefront(name: str, origins: list[str]) -> Storefront:
    found = next((shop for shop in storefronts.list_storefronts() if shop.name == name), None)
    if found is None:
        with atomic() as session:
            return storefronts.create(session, name=name, origins=origins, cause=cli_cause())
    if missing := set(origins) - set(found.origins):
        with atomic() as session:
            storefronts.set_origins(
                session, found.id, sorted(missing | set(found.origins)), cause=cli_cause()
            )
    return found


def _lift_limits(*shops: Storefront) -> None:
    """Scripts and load tests call as fast as they can: the demo's keys have limits that one machine does not reach."""
    for shop in shops:
        if plan_of(shop.public_id) != LOAD_TEST:
            with atomic() as session:
                choose_plan(session, shop.public_id, LOAD_TEST, cause=cli_cause())


def _key(storefront: Storefront, known: Any, settings: Settings, scopes: frozenset[str]) -> str:
    """A key is seen once, when it is made: the one in the file is kept for as long as it works."""
    principal = authenticate(known) if isinstance(known, str) else None
    ours = principal is not None and principal.scope == storefront.public_id
    if ours and principal is not None and scopes <= principal.permissions and isinstance(known, str):
        return known
    with atomic() as session:
        _, text = api_keys.create(
            session, storefront.id, KEY_NAME, livemode=settings.livemode, cause=cli_cause(), scopes=scopes
        )
    return text


def _seller(name: str, commission_bps: int, known: Any) -> dict[str, str]:
    """Found under the id in the file, else by its name among the newest."""
    seller_id = _known_seller(name, known) or next(
        (seller.id for seller in list_sellers(limit=SELLERS_SEARCHED) if seller.name == name), None
    )
    return {"id": encode("sel", seller_id or _new_seller(name, commission_bps)), "name": name}


def _onboard(seller_id: UUID, name: str) -> None:
    """Its account at the mock PSP, verified as soon as it is opened: the mock takes the address for a yes."""
    first_name = name.split()[0].removesuffix("'s").lower()
    address = f"{first_name}+verified@sellers.example"
    has_one = contact_email(seller_id) is not None
    with atomic() as session:
        if not has_one:
            set_contact_email(session, seller_id, address)
        request_onboarding(session, seller_id, cause=cli_cause())


def _known_seller(name: str, known: Any) -> UUID | None:
    ids = [item.get("id") for item in known if item.get("name") == name] if isinstance(known, list) else []
    try:
        return get_seller(decode("sel", ids[0])).id if ids else None
    except NotFound:
        return None


def _new_seller(name: str, commission_bps: int) -> UUID:
    with atomic() as session:
        return create_seller(
            session,
            name=name,
            commission_bps=commission_bps,
            cause=cli_cause(),
            country="DE",
            hold_days=0,
            payout_schedule="manual",
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, demo: dict[str, Any]) -> None:
    """It holds keys: for its owner alone, and never half-written."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(json.dumps(demo, indent=2, ensure_ascii=False) + "\n")
    draft.replace(path)
