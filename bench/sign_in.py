"""Signing in with an unknown address against a wrong password: does the time tell them apart? `python -m bench sign_in`.

500 of each in turn, each of an account and from an address of its own, so that no limit ends the series. The ratio of
the medians is shown, and a permutation test: how often labels dealt at random differ as much as the true ones.
"""

from __future__ import annotations

import random
import time
from statistics import median, quantiles
from uuid import uuid4

from bench.figures import Goal, Plan, Sample, Section
from bench.ground import Ground
from checkout.core.cause import Cause
from checkout.db.migrate import upgrade
from checkout.db.session import atomic, configure
from checkout.db.statement import run as statement
from checkout.identity import password_hashes, sign_in, users
from checkout.identity.errors import InvalidCredentials

PAIRS, QUICK_PAIRS, WARM_PAIRS = 500, 40, 5
PERMUTATIONS = 2_000
UNKNOWN, WRONG = "unknown address", "wrong password"
MOST_APART = 0.05  # of the medians: far below what a network hides
LEAST_CHANCE = 0.01


def run(ground: Ground, plan: Plan) -> Section:
    url = ground.database("sign_in")
    upgrade(url)
    configure(url)
    pairs = QUICK_PAIRS if plan.quick else PAIRS
    _people(pairs + WARM_PAIRS)
    for number in range(pairs, pairs + WARM_PAIRS):
        _seconds(UNKNOWN, number)
        _seconds(WRONG, number)
    found: dict[str, list[float]] = {UNKNOWN: [], WRONG: []}
    for number in range(pairs):
        for kind in random.sample(list(found), 2):
            found[kind].append(_seconds(kind, number))
    return _section(found)


def _section(found: dict[str, list[float]]) -> Section:
    section = Section("sign_in", "Unknown address against wrong password: `python -m bench sign_in`")
    ratio = median(found[UNKNOWN]) / median(found[WRONG])
    chance = _permuted(found[UNKNOWN], found[WRONG])
    section.goals += [
        Goal(
            "–",
            f"medians of {len(found[WRONG])} each, unknown address ÷ wrong password",
            f"1 ± {MOST_APART}",
            [ratio],
            abs(ratio - 1) <= MOST_APART,
            "{:.3f}×",
        ),
        Goal(
            "–",
            f"share of {PERMUTATIONS} random relabellings whose medians differ as much",
            f"> {LEAST_CHANCE}",
            [chance],
            chance > LEAST_CHANCE,
            "{:.3f}",
        ),
    ]
    section.cells = {kind: [_sample(times)] for kind, times in found.items()}
    return section


def _people(count: int) -> None:
    """Accounts with one hash for all: hashing each would take longer than the comparison."""
    password_hash = password_hashes.hash_password(uuid4().hex)
    with atomic() as session:
        for number in range(count):
            users.create_user(session, email=f"person{number}@bench.example", cause=Cause("system", "bench"))
    statement("UPDATE users SET password_hash = %(hash)s", hash=password_hash)


def _seconds(kind: str, number: int) -> float:
    """How long one refusal takes; its words are the same for both."""
    local = "person" if kind == WRONG else "nobody"
    ip = f"10.{kind == WRONG:d}.{number // 250}.{number % 250 + 1}"
    began = time.perf_counter()
    try:
        sign_in.begin(f"{local}{number}@bench.example", "violet otter on fire", ip=ip)
    except InvalidCredentials:
        return time.perf_counter() - began
    raise RuntimeError("a wrong password signed in")


def _permuted(one: list[float], other: list[float]) -> float:
    """The share of random relabellings whose medians are at least as far apart as these."""
    apart = abs(median(one) - median(other))
    everything, size = [*one, *other], len(one)
    dealer = random.Random(1)
    as_far = 0
    for _ in range(PERMUTATIONS):
        dealer.shuffle(everything)
        as_far += abs(median(everything[:size]) - median(everything[size:])) >= apart
    return as_far / PERMUTATIONS


def _sample(times: list[float]) -> Sample:
    cuts = [each * 1000 for each in quantiles(times, n=100)]
    return Sample(len(times) / sum(times), p50_ms=cuts[49], p95_ms=cuts[94], p99_ms=cuts[98])
