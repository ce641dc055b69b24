"""Creating payments: goals 1, 2, 3 and 5. `python -m bench create`."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median
from typing import Any

from bench import environments
from bench.figures import Goal, Plan, Sample, Section, at_least, interleaved, ratios, under_load
from bench.ground import Ground, Running
from bench.load import run as load
from bench.product import Product, install

CONNECTIONS = 32
SLOW_CONNECTIONS = 64
SLOW_PSP_MS = 100

OURS = "ours, with the official SDK"
OURS_BARE_CALL = "ours, with the bare handler's PSP call"
BARE = "bare minimum"
DJANGO = "django-payments 4"


def run(ground: Ground, plan: Plan) -> Section:
    product = install(ground)
    section = Section("create", "Creating payments: `python -m bench create`")
    with ExitStack() as stack:
        stub = stack.enter_context(ground.psp_stub())
        settings = product.settings(psp_port=stub.port)
        ours = stack.enter_context(product.web(settings))
        stack.enter_context(product.background(settings))
        bare_call = stack.enter_context(product.web(product.settings(psp_port=stub.port), bare_psp_call=True))
        environ = {
            "PEER_PSP_URL": f"http://127.0.0.1:{stub.port}",
            "PEER_DATABASE_URL": product.empty_copy_url,
        }
        bare = stack.enter_context(ground.wsgi("bare", "bench.peers.bare:app", environ))
        ours_what = _what(product, ours, "/v1/payments")
        whats: dict[str, tuple[Running, dict[str, Any]]] = {
            OURS: (ours, ours_what),
            OURS_BARE_CALL: (bare_call, _what(product, bare_call, "/v1/payments")),
            BARE: (bare, _what(product, bare, "/payments")),
        }
        django = _django_payments(ground, stack, stub)
        if django is None:
            section.notes.append("django-payments did not install here: goal 2 was not measured.")
        else:
            whats[DJANGO] = (django, _what(product, django, "/payments"))
        seconds = plan.seconds(2.5)
        load.warm((what for _, what in whats.values()), seconds=plan.seconds(1.5))
        # Before the others have filled the tables: PostgreSQL vacuums them at moments of its own.
        _own_share(section, ours, ours_what, stub, plan)
        section.cells |= interleaved(
            {name: _cell(server, what, CONNECTIONS, seconds) for name, (server, what) in whats.items()},
            plan.rounds,
        )
        _compare(section)
        _slow_psp(section, ours, ours_what, stub, plan)
    return section


def _what(product: Product, server: Running, path: str) -> dict[str, Any]:
    return {
        "kind": "create",
        "port": server.port,
        "path": path,
        "headers": product.headers(),
        "body": product.checkout(),
    }


def _cell(server: Running, what: dict[str, Any], connections: int, seconds: float) -> Callable[[], Sample]:
    return lambda: under_load(
        server, lambda: load.closed(what, connections=connections, seconds=seconds), ("200", "201")
    )


def _django_payments(ground: Ground, stack: ExitStack, stub: Running) -> Running | None:
    python = environments.python_of("django-payments")
    if python is None:
        return None
    environ = {
        "PEER_DATABASE_URL": ground.database("django_payments"),
        "PEER_PSP_URL": f"http://127.0.0.1:{stub.port}",
    }
    module = "bench.peers.django_payments.wsgi"
    ground.once("django-payments-tables", [str(python), "-m", module], environ)
    return stack.enter_context(
        ground.wsgi("django-payments", f"{module}:application", environ, python=python)
    )


def _compare(section: Section) -> None:
    cells = section.cells
    sdk, bare_call = ratios(cells[OURS], cells[BARE]), ratios(cells[OURS_BARE_CALL], cells[BARE])
    section.goals += [
        Goal("1", "POST /v1/payments ÷ bare minimum, official SDK", "≥ 0.6×", sdk, at_least(sdk, 0.6)),
        Goal("1", "the same with the bare PSP call", "≥ 0.8×", bare_call, at_least(bare_call, 0.8)),
        Goal(
            "1",
            "the SDK's share of our request's CPU",
            "shown",
            [
                1 - bare.cpu_ms / sdk.cpu_ms
                for sdk, bare in zip(cells[OURS], cells[OURS_BARE_CALL], strict=True)
            ],
            None,
            "{:.0%}",
        ),
    ]
    if DJANGO in cells:
        django = ratios(cells[OURS], cells[DJANGO])
        section.goals.append(
            Goal("2", "POST /v1/payments ÷ django-payments", "≥ 2×", django, at_least(django, 2))
        )


def _own_share(section: Section, ours: Running, what: dict[str, Any], stub: Running, plan: Plan) -> None:
    """One client. The PSP's time is what a bare client waits for the same call; the SDK counts as ours."""
    seconds = plan.seconds(2.5)
    psp = {
        "kind": "raw",
        "port": stub.port,
        "method": "POST",
        "path": "/v1/checkout/sessions",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "body": "mode=payment&success_url=http%3A%2F%2Flocalhost&line_items[0][quantity]=1"
        "&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=2490",
        "label": "psp",
    }
    found = interleaved(
        {
            "ours, one client": _cell(ours, what, 1, seconds),
            "the PSP stub, one client": lambda: under_load(
                stub, lambda: load.closed(psp, connections=1, seconds=min(seconds, 1.0))
            ),
        },
        plan.rounds,
    )
    section.cells |= found
    whole, waited = found["ours, one client"], found["the PSP stub, one client"]
    p50 = [a.p50_ms - b.p50_ms for a, b in zip(whole, waited, strict=True)]
    p99 = [a.p99_ms - b.p50_ms for a, b in zip(whole, waited, strict=True)]
    section.goals += [
        Goal("3", "our own share of the latency, p50", "≤ 5 ms", p50, median(p50) <= 5, "{:.1f} ms"),
        Goal("3", "our own share of the latency, p99", "≤ 25 ms", p99, median(p99) <= 25, "{:.1f} ms"),
    ]


def _slow_psp(section: Section, ours: Running, what: dict[str, Any], stub: Running, plan: Plan) -> None:
    seconds = plan.seconds(2.5)

    def at(delay_ms: int) -> Sample:
        _delay(stub, delay_ms)
        try:
            return _cell(ours, what, SLOW_CONNECTIONS, seconds)()
        finally:
            _delay(stub, 0)

    slow, fast = f"ours, PSP takes {SLOW_PSP_MS} ms, 64 clients", "ours, PSP takes 0 ms, 64 clients"
    found = interleaved({slow: lambda: at(SLOW_PSP_MS), fast: lambda: at(0)}, plan.rounds)
    section.cells |= found
    rates = [sample.per_second for sample in found[slow]]
    p99 = [sample.p99_ms for sample in found[slow]]
    section.goals += [
        Goal("5", "PSP takes 100 ms, 64 connections", "≥ 300/s", rates, at_least(rates, 300), "{:.0f}/s"),
        Goal("5", "its p99", "≤ 400 ms", p99, median(p99) <= 400, "{:.0f} ms"),
        Goal("5", "÷ the same at 0 ms", "shown", ratios(found[slow], found[fast]), None),
    ]


def _delay(stub: Running, milliseconds: int) -> None:
    address = f"http://127.0.0.1:{stub.port}/_stub/delay?ms={milliseconds}"
    urllib.request.urlopen(urllib.request.Request(address, method="POST"), timeout=5).read()
