"""Taking webhooks in (verify, store, 200): goal 6. `python -m bench webhooks`."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from statistics import median
from typing import Any
from uuid import uuid4

from bench import environments
from bench.figures import Goal, Plan, Sample, Section, at_least, interleaved, ratios, under_load
from bench.ground import Ground, Running
from bench.load import run as load
from bench.peers import stripe_objects
from bench.product import install

CONNECTIONS = 16
PACE = 150
PACE_SECONDS = 8.0
ACK_P99_MS = 250.0

OURS = "ours"
BARE = "bare minimum"
DJSTRIPE = "dj-stripe 2.11, as it comes"
DJSTRIPE_STORE = "dj-stripe 2.11, an event it does not act on"
DJSTRIPE_HAND_ON = "dj-stripe 2.11, with its callback"
# What a shop hears most; and one that nobody acts on.
ACTED_ON = stripe_objects.charge_succeeded()
ONLY_STORED = stripe_objects.event("balance.available", ACTED_ON["data"]["object"])


def run(ground: Ground, plan: Plan) -> Section:
    product = install(ground)
    section = Section("webhooks", "Taking webhooks in: `python -m bench webhooks`")
    with ExitStack() as stack:
        stub = stack.enter_context(ground.psp_stub())
        settings = product.settings(psp_port=stub.port)
        ours = stack.enter_context(product.web(settings))
        secret = settings.stripe_webhook_secrets[0]
        environ = {
            "PEER_PSP_URL": f"http://127.0.0.1:{stub.port}",
            "PEER_DATABASE_URL": product.empty_copy_url,
            "PEER_WEBHOOK_SECRET": secret,
        }
        bare = stack.enter_context(ground.wsgi("bare", "bench.peers.bare:app", environ))
        servers: dict[str, tuple[Running, str]] = {
            OURS: (ours, "/webhooks/stripe"),
            BARE: (bare, "/webhooks"),
            **_dj_stripe(ground, stack, stub, secret),
        }
        if DJSTRIPE not in servers:
            section.notes.append("dj-stripe did not install here: goal 6 was not measured against it.")
        whats = {
            name: {
                "kind": "webhooks",
                "port": server.port,
                "path": path,
                "secret": secret,
                "event": ONLY_STORED if name == DJSTRIPE_STORE else ACTED_ON,
            }
            for name, (server, path) in servers.items()
        }
        with product.background(settings):
            paced = _paced(ours, whats[OURS], plan)
        load.warm(whats.values(), seconds=plan.seconds(1.5))
        cells = {
            name: partial(_full_speed, server, whats[name], plan) for name, (server, _) in servers.items()
        }
        section.cells |= interleaved(cells, plan.rounds)
        section.cells[f"ours, {PACE}/s, workers applying"] = [paced]
    _compare(section, paced)
    return section


def _paced(ours: Running, what: dict[str, Any], plan: Plan) -> Sample:
    """Like a busy hour, while the workers apply what comes in."""
    seconds = 1.0 if plan.quick else PACE_SECONDS
    return under_load(
        ours, lambda: load.paced(what | {"event": ONLY_STORED}, rate=PACE, seconds=seconds), ("200",)
    )


def _full_speed(server: Running, what: dict[str, Any], plan: Plan) -> Sample:
    return under_load(
        server,
        lambda: load.closed(what, connections=CONNECTIONS, seconds=plan.seconds(2.0)),
        ("200",),
    )


def _dj_stripe(
    ground: Ground, stack: ExitStack, stub: Running, secret: str
) -> dict[str, tuple[Running, str]]:
    python = environments.python_of("dj-stripe")
    if python is None:
        return {}
    endpoint = str(uuid4())
    environ = {
        "PEER_DATABASE_URL": ground.database("dj_stripe"),
        "PEER_PSP_URL": f"http://127.0.0.1:{stub.port}",
    }
    module = "bench.peers.dj_stripe.wsgi"
    ground.once("dj-stripe-tables", [str(python), "-m", module, endpoint, secret], environ)
    path = f"/stripe/webhook/{endpoint}/"
    found = {}
    for name, more in ((DJSTRIPE, {}), (DJSTRIPE_HAND_ON, {"PEER_HAND_ON": "1"})):
        log = "dj-stripe-hand-on" if more else "dj-stripe"
        server = stack.enter_context(ground.wsgi(log, f"{module}:application", environ | more, python=python))
        found[name] = (server, path)
    return found | {DJSTRIPE_STORE: found[DJSTRIPE]}


def _compare(section: Section, paced: Sample) -> None:
    cells: dict[str, Any] = section.cells
    if DJSTRIPE in cells:
        as_it_comes, only_stored, hand_on = (
            ratios(cells[OURS], cells[name]) for name in (DJSTRIPE, DJSTRIPE_STORE, DJSTRIPE_HAND_ON)
        )
        section.goals += [
            Goal(
                "6", "webhook intake ÷ dj-stripe as it comes", "≥ 10×", as_it_comes, at_least(as_it_comes, 10)
            ),
            Goal("6", "÷ dj-stripe with an event it does not act on", "shown", only_stored, None),
            Goal("6", "÷ dj-stripe when it only hands the event on", "shown", hand_on, None),
        ]
        section.notes.append(
            "All are sent charge.succeeded. dj-stripe as it comes acts on it before it answers, and reads the charge "
            "from the PSP stub on the way; balance.available it only stores, as trigger and event; with its callback "
            "it stores the trigger alone and hands it on, which is the same work as ours."
        )
    bare = ratios(cells[OURS], cells[BARE])
    section.goals += [
        Goal("6", "÷ bare minimum", "shown", bare, None),
        Goal(
            "6",
            f"acknowledged at {PACE}/s, p99",
            "< 250 ms",
            [paced.p99_ms],
            paced.p99_ms < ACK_P99_MS and not paced.failures,
            "{:.1f} ms",
        ),
    ]
    section.notes.append(
        f"CPU of one acknowledgement: ours {median(s.cpu_ms for s in cells[OURS]):.2f} ms, "
        f"bare {median(s.cpu_ms for s in cells[BARE]):.2f} ms."
    )
