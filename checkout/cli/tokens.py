"""`flask tokens`: the keys that sign people's access tokens."""

from __future__ import annotations

from checkout.cli.context import Group, cli_cause, json_option
from checkout.cli.output import note, show
from checkout.identity import signing_keys

group = Group("tokens", help="Access tokens of people.")


@group.command("rotate")
@json_option
def rotate(as_json: bool) -> None:
    """Makes a new signing key. Tokens of the key before count until they end, ten minutes at most."""
    kid = signing_keys.rotate(cause=cli_cause())
    show({"kid": kid, "status": "current"}, as_json=as_json)
    note("The key before verifies for another fifteen minutes; nobody has to sign in again.")
