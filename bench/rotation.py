"""Rotating the keys of what is encrypted at rest while others read and write: `python -m bench rotation`.

A new key-encryption key and a new data key, over a few thousand people with second factors. Two processes read and one
writes all the while, each with its own keys in memory, as web processes have them. The control is a process that was not
given the new key-encryption key: it must fail, or the reads would prove nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

from bench.figures import Goal, Plan, Section
from bench.ground import Ground
from bench.rotation_child import CAUSE, SEED, email_of
from checkout import secrets
from checkout.db.migrate import upgrade
from checkout.db.session import atomic, configure
from checkout.db.statement import run as statement
from checkout.identity import users
from checkout.secrets import seal
from checkout.secrets.inspect import read_status
from checkout.secrets.rotate import SETTLE_SECONDS, Rotation, rotate
from checkout.secrets.sealed import data_keys

PEOPLE, QUICK_PEOPLE = 3_000, 200
LEAST_READS, QUICK_READS = 10_000, 500
AT_ONCE = 500
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def run(ground: Ground, plan: Plan) -> Section:
    url = ground.database("rotation")
    upgrade(url)
    configure(url)
    secrets.configure(secrets.LocalKeys([OLD]))
    people = QUICK_PEOPLE if plan.quick else PEOPLE
    _fill(people)
    both = f"{NEW.hex()},{OLD.hex()}"  # as the order of a rotation asks: first every process gets the new key
    beside = [_child(what, url, both, people) for what in ("read", "read", "write")]
    control = _child("read", url, OLD.hex(), people)
    secrets.configure(secrets.LocalKeys([NEW, OLD]))
    began = time.monotonic()
    done = rotate(lambda line: print(f"  {line}", flush=True), settle_seconds=SETTLE_SECONDS)
    seconds = time.monotonic() - began
    said = [_end(child) for child in beside]
    failing = _end(control)
    return _section(plan, done, seconds, reads=said[:2], writes=said[2], control=failing)


def _section(
    plan: Plan,
    done: Rotation,
    seconds: float,
    *,
    reads: list[dict[str, Any]],
    writes: dict[str, Any],
    control: dict[str, Any],
) -> Section:
    section = Section("rotation", "Rotating keys under load: `python -m bench rotation`")
    opened, errors = sum(each["done"] for each in reads), sum(each["errors"] for each in [*reads, writes])
    least = QUICK_READS if plan.quick else LEAST_READS
    left = read_status(data_keys().provider).behind
    section.goals += [
        Goal("F48", "values opened during one rotation", f"≥ {least}", [opened], opened >= least, "{:.0f}"),
        Goal("F48", "of these and of the writes, errors", "0", [errors], errors == 0, "{:.0f}"),
        Goal("–", "values left under the old key", "0", [left], left == 0 and done.complete, "{:.0f}"),
        Goal(
            "–",
            "control: errors of a process without the new key",
            "> 0",
            [control["errors"]],
            control["errors"] > 0,
            "{:.0f}",
        ),
    ]
    section.notes += [
        f"{done.resealed} values sealed anew and {done.rewrapped} data keys wrapped anew in {seconds:.0f} s, of which"
        f" {SETTLE_SECONDS:.0f} s are the wait for processes that may still seal under the old key; {writes['done']}"
        " changes by others meanwhile.",
    ]
    return section


def _fill(people: int) -> None:
    made = []
    for first in range(0, people, AT_ONCE):
        with atomic() as session:
            made += [
                users.create_user(session, email=email_of(number), name="Bench", cause=CAUSE).id
                for number in range(first, min(first + AT_ONCE, people))
            ]
    statement(
        """
        INSERT INTO second_factors (user_id, seed_sealed, created_at)
        SELECT person, seed, now() FROM unnest(%(people)s::uuid[], %(seeds)s::bytea[]) AS one (person, seed)
        """,
        people=made,
        seeds=[seal(SEED, table="second_factors", column="seed_sealed", row=id) for id in made],
    )


def _child(what: str, url: str, keys: str, people: int) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.rotation_child", what, url, keys, str(people)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert child.stdout is not None, "its output is a pipe"
    if child.stdout.readline().strip() != "ready":
        raise RuntimeError("a process beside the rotation did not start")
    return child


def _end(child: subprocess.Popen[str]) -> dict[str, Any]:
    """Stops it and reads what it counted."""
    output, _ = child.communicate("stop\n", timeout=30)
    if child.returncode:
        raise RuntimeError("a process beside the rotation ended with an error")
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found
