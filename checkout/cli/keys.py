"""`flask keys`: a storefront's API keys. A key's text is shown once, when it is made."""

from __future__ import annotations

from typing import Any

import click

from checkout.cli.context import Group, cli_cause, json_option, settings
from checkout.cli.output import note, show, show_list
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.identity import api_keys
from checkout.identity.api_keys import ApiKey

group = Group("keys", help="API keys of storefronts.")


@group.command("create")
@click.option("--storefront", required=True, help="sto_…, from `flask storefronts list`.")
@click.option("--name", required=True, help="Who will use it.")
@json_option
def create_key(storefront: str, name: str, as_json: bool) -> None:
    """Makes a key and prints it. It cannot be shown again."""
    with atomic() as session:
        made, text = api_keys.create(
            session, decode("sto", storefront), name, livemode=settings().livemode, cause=cli_cause()
        )
    show({**_shown(made), "key": text}, as_json=as_json)
    note("Keep the key now: only its digest is stored.")


@group.command("list")
@click.option("--storefront", help="Only this one's keys (sto_…).")
@json_option
def list_keys(storefront: str | None, as_json: bool) -> None:
    """Lists keys, without their secrets."""
    storefront_id = decode("sto", storefront) if storefront else None
    show_list([_shown(key) for key in api_keys.list_keys(storefront_id=storefront_id)], as_json=as_json)


@group.command("revoke")
@click.argument("key")
@click.option("--reason", help="Kept in the audit log.")
@json_option
def revoke_key(key: str, reason: str | None, as_json: bool) -> None:
    """Ends KEY (key_…) for good; every process refuses it within a second."""
    with atomic() as session:
        api_keys.revoke(session, decode("key", key), cause=cli_cause(), reason=reason)
    show({"id": key, "status": "revoked"}, as_json=as_json)


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.public_id,
        "storefront": encode("sto", key.storefront_id),
        "name": key.name,
        "shown_as": f"{key.prefix}_…{key.last_four}",
        "livemode": key.livemode,
        "status": "revoked" if key.revoked_at else "active",
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
    }
