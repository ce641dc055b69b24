"""`flask secrets`: which keys the sealed values are under, and putting them under new ones."""

from __future__ import annotations

from typing import Any

import click

from checkout import audit
from checkout.cli.context import CommandFailed, Group, cli_cause, json_option
from checkout.cli.output import note, show
from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.secrets import CannotOpen, KeyProviderUnavailable, SecretsNotConfigured
from checkout.secrets.inspect import read_status
from checkout.secrets.rotate import SETTLE_SECONDS, rotate
from checkout.secrets.sealed import data_keys

group = Group("secrets", help="Keys of what is encrypted at rest.")
FAULTS = (CannotOpen, KeyProviderUnavailable, SecretsNotConfigured)


@group.command("status")
@json_option
def status(as_json: bool) -> None:
    """Shows the keys and how many values are under each. Nothing is decrypted."""
    try:
        found = read_status(data_keys().provider)
    except FAULTS as fault:
        raise CommandFailed(str(fault)) from fault
    keys = [{name: value for name, value in key.items() if name != "wrapped"} for key in found.keys]
    values = [
        {"column": column, "data_key": key, "values": number}
        for (column, key), number in sorted(found.values.items(), key=str)
    ]
    show(
        {
            "key_encryption_key": found.kek_id,
            "data_key": found.current,
            "values_behind": found.behind,
            "data_keys_behind": found.keys_behind,
            "data_keys": keys
            if as_json
            else [f"{key['id']} {key['purpose']} {key['status']}" for key in keys],
            "values": values
            if as_json
            else [f"{each['column']} {each['data_key']}: {each['values']}" for each in values],
            "as_of": utcnow(),
        },
        as_json=as_json,
    )


@group.command("rotate")
@click.option(
    "--settle-seconds",
    type=click.FloatRange(0),
    default=SETTLE_SECONDS,
    show_default=True,
    help="How long other processes may go on under the old key before it is counted.",
)
@json_option
def rotate_keys(settle_seconds: float, as_json: bool) -> None:
    """Seals everything anew under a new data key while others work; ends with 1 when a value is left behind."""
    try:
        done = rotate(note, settle_seconds=settle_seconds)
    except FAULTS as fault:
        raise CommandFailed(str(fault)) from fault
    facts: dict[str, Any] = {
        "data_key": str(done.key),
        "resumed": done.resumed,
        "data_keys_wrapped_anew": done.rewrapped,
        "values_sealed_anew": done.resealed,
        "values_left": done.left,
        "values_unreadable": done.unreadable,
        "data_keys_left": done.keys_left,
        "complete": done.complete,
    }
    with atomic() as session:
        audit.record(
            session, actor=str(cli_cause()), action="secrets.rotate", object="data_keys", after=facts
        )
    show(facts, as_json=as_json)
    if not done.complete:
        raise CommandFailed(
            f"{done.left} values and {done.keys_left} data keys are still under an old key: run it again."
        )
