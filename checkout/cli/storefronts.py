"""`flask storefronts`: who integrates, and where their shoppers may be sent back to."""

from __future__ import annotations

from typing import Any

import click

from checkout.cli.context import Group, cli_cause, json_option
from checkout.cli.output import show, show_list
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.identity import storefronts
from checkout.identity.storefronts import Storefront

group = Group("storefronts", help="Storefronts and their origins.")


@group.command("create")
@click.option("--name", required=True, help="What people call it.")
@click.option(
    "--origin",
    "origins",
    required=True,
    multiple=True,
    help="https://shop.example; may be given several times.",
)
@json_option
def create_storefront(name: str, origins: tuple[str, ...], as_json: bool) -> None:
    """Makes a storefront whose payments may return to its origins."""
    with atomic() as session:
        made = storefronts.create(session, name=name, origins=origins, cause=cli_cause())
    show(_shown(made), as_json=as_json)


@group.command("origins")
@click.argument("storefront")
@click.option("--origin", "origins", required=True, multiple=True, help="All origins it shall have.")
@json_option
def set_origins(storefront: str, origins: tuple[str, ...], as_json: bool) -> None:
    """Replaces the origins of STOREFRONT (sto_…)."""
    with atomic() as session:
        normal = storefronts.set_origins(session, decode("sto", storefront), origins, cause=cli_cause())
    show({"id": storefront, "origins": list(normal)}, as_json=as_json)


@group.command("list")
@json_option
def list_storefronts(as_json: bool) -> None:
    """Lists the newest storefronts."""
    show_list([_shown(each) for each in storefronts.list_storefronts()], as_json=as_json)


def _shown(storefront: Storefront) -> dict[str, Any]:
    return {
        "id": storefront.public_id,
        "name": storefront.name,
        "origins": list(storefront.origins),
        "created_at": storefront.created_at,
    }
