"""`flask keys`: API keys of storefronts and sellers. A key's text is shown once, when it is made."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import click

from checkout.cli.context import Group, cli_cause, json_option, settings
from checkout.cli.output import note, show, show_list
from checkout.core.clock import utcnow
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.identity import api_keys
from checkout.identity.api_keys import ApiKey
from checkout.identity.roll_key import OVERLAPS
from checkout.identity.roll_key import roll as roll_key

group = Group("keys", help="API keys of storefronts and sellers.")

KEEP_IT = "Keep the key now: only its digest is stored."
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}
MOST_DAYS = 3_650


class Duration(click.ParamType[timedelta]):
    """How long from now: 12h or 30d."""

    name = "duration"

    def convert(self, value: Any, parameter: Any, context: Any) -> timedelta:
        found = re.fullmatch(r"([0-9]{1,5})([hd])", str(value))
        length = int(found[1]) * UNITS[found[2]] if found else timedelta(0)
        if not timedelta(0) < length <= timedelta(days=MOST_DAYS):
            self.fail(f"{value!r} is no time like 12h or 30d (at most {MOST_DAYS}d).", parameter, context)
        return length


@group.command("create")
@click.option("--storefront", help="sto_…, from `flask storefronts list`.")
@click.option("--seller", help="sel_…, from `flask sellers list`: instead of a storefront.")
@click.option("--name", required=True, help="Who will use it.")
@click.option(
    "--scope", "scopes", multiple=True, help="What it may do; repeat it. Without: all its kind may have."
)
@click.option("--expires", type=Duration(), help="12h, 30d: when it ends by itself. Without: never.")
@json_option
def create_key(
    storefront: str | None,
    seller: str | None,
    name: str,
    scopes: tuple[str, ...],
    expires: timedelta | None,
    as_json: bool,
) -> None:
    """Makes a key and prints it. It cannot be shown again."""
    if (storefront is None) == (seller is None):
        raise click.UsageError("Name the key's --storefront or its --seller, one of them.")
    with atomic() as session:
        made, text = api_keys.create(
            session,
            decode("sto", storefront) if storefront else None,
            name,
            seller_id=decode("sel", seller) if seller else None,
            livemode=settings().livemode,
            scopes=scopes or None,
            expires_at=utcnow() + expires if expires else None,
            cause=cli_cause(),
        )
    show({**_shown(made, utcnow()), "key": text}, as_json=as_json)
    note(KEEP_IT)


@group.command("list")
@click.option("--storefront", help="Only this one's keys (sto_…).")
@json_option
def list_keys(storefront: str | None, as_json: bool) -> None:
    """Lists keys, without their secrets."""
    storefront_id, now = decode("sto", storefront) if storefront else None, utcnow()
    found = [_shown(key, now) for key in api_keys.list_keys(storefront_id=storefront_id)]
    if not as_json:  # a line each: the scopes stand in the JSON
        found = [{name: value for name, value in item.items() if name not in DETAILS} for item in found]
    show_list(found, as_json=as_json)


@group.command("roll")
@click.argument("key")
@click.option(
    "--overlap",
    type=click.Choice(list(OVERLAPS)),
    default="24h",
    show_default=True,
    help="How long KEY still works.",
)
@json_option
def roll(key: str, overlap: str, as_json: bool) -> None:
    """Makes a key like KEY (key_…), prints it, and ends KEY after the overlap."""
    with atomic() as session:
        made, text = roll_key(session, decode("key", key), overlap=overlap, cause=cli_cause())
    show({**_shown(made, utcnow()), "key": text}, as_json=as_json)
    note(KEEP_IT)


@group.command("revoke")
@click.argument("key")
@click.option("--reason", help="Kept in the audit log.")
@json_option
def revoke_key(key: str, reason: str | None, as_json: bool) -> None:
    """Ends KEY (key_…) for good; every process refuses it within a second."""
    with atomic() as session:
        api_keys.revoke(session, decode("key", key), cause=cli_cause(), reason=reason)
    show({"id": key, "status": "revoked"}, as_json=as_json)


DETAILS = frozenset({"scopes", "livemode", "last_used_ip", "rolled_to", "storefront", "seller"})


def _shown(key: ApiKey, now: datetime) -> dict[str, Any]:
    return {
        "id": key.public_id,
        "tenant": key.tenant,
        "storefront": encode("sto", key.storefront_id) if key.storefront_id else None,
        "seller": encode("sel", key.seller_id) if key.seller_id else None,
        "name": key.name,
        "shown_as": f"{key.prefix}_…{key.last_four}",
        "scopes": list(key.scopes),
        "livemode": key.livemode,
        "status": key.status(now),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "last_used_ip": key.last_used_ip,
        "rolled_to": encode("key", key.rolled_to) if key.rolled_to else None,
    }
