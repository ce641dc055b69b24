"""Reading payments, and stored answers: goal 8, lists and replays. `python -m bench read`."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any

from bench.figures import Goal, Plan, Sample, Section, at_least, interleaved, ratios, under_load
from bench.ground import Ground, Running
from bench.load import run as load
from bench.product import Product, install

CONNECTIONS = 16
FILL_SECONDS = 1.5
OURS = "ours, GET /v1/payments/{id}"
BARE = "raw-SQL GET"
LIST = "ours, GET /v1/payments (25 of them)"
REPLAY = "ours, the same POST again (stored answer)"
REPLAY_P95_MS = 40.0


def run(ground: Ground, plan: Plan) -> Section:
    product = install(ground)
    section = Section("read", "Reading payments and stored answers: `python -m bench read`")
    with ExitStack() as stack:
        stub = stack.enter_context(ground.psp_stub())
        settings = product.settings(psp_port=stub.port)
        ours = stack.enter_context(product.web(settings))
        stack.enter_context(product.background(settings))
        environ = {
            "PEER_PSP_URL": f"http://127.0.0.1:{stub.port}",
            "PEER_DATABASE_URL": product.empty_copy_url,
        }
        bare = stack.enter_context(ground.wsgi("bare", "bench.peers.bare:app", environ))
        whats = _whats(ground, product, ours, bare)
        load.warm((what for _, what in whats.values()), seconds=plan.seconds(1.5))
        cells = {name: partial(_cell, *given, plan.seconds(2.0)) for name, given in whats.items()}
        section.cells |= interleaved(cells, plan.rounds)
    _compare(section)
    return section


def _whats(
    ground: Ground, product: Product, ours: Running, bare: Running
) -> dict[str, tuple[Running, dict[str, Any]]]:
    """Who is asked for what; the payments that are read are made first."""
    create = {"kind": "create", "headers": product.headers(), "body": product.checkout()}
    for server, path in ((ours, "/v1/payments"), (bare, "/payments")):
        load.closed(create | {"port": server.port, "path": path}, connections=8, seconds=FILL_SECONDS)
    ids = _client_ids(ground, product.database_url)
    bare_ids = ground.sql(product.empty_copy_url, "SELECT id::text FROM payments LIMIT 500")
    headers = product.headers()
    return {
        OURS: (ours, _gets(ours, [f"/v1/payments/{each}" for each in ids], headers)),
        BARE: (bare, _gets(bare, [f"/payments/{each}" for (each,) in bare_ids], {})),
        LIST: (ours, _gets(ours, ["/v1/payments"], headers)),
        REPLAY: (ours, {**create, "kind": "same", "port": ours.port, "path": "/v1/payments"}),
    }


def _cell(server: Running, what: dict[str, Any], seconds: float) -> Sample:
    return under_load(
        server, lambda: load.closed(what, connections=CONNECTIONS, seconds=seconds), ("200", "201")
    )


def _compare(section: Section) -> None:
    found = ratios(section.cells[OURS], section.cells[BARE])
    p95 = [sample.p95_ms for sample in section.cells[REPLAY]]
    section.goals += [
        Goal("8", "GET /v1/payments/{id} ÷ raw-SQL GET", "≥ 0.7×", found, at_least(found, 0.7)),
        Goal(
            "–",
            "a stored answer again, p95, 16 clients",
            "< 40 ms",
            p95,
            max(p95) < REPLAY_P95_MS,
            "{:.1f} ms",
        ),
    ]


def _gets(server: Running, paths: list[str], headers: dict[str, str]) -> dict[str, Any]:
    return {"kind": "gets", "port": server.port, "paths": paths, "headers": headers}


def _client_ids(ground: Ground, url: str) -> list[str]:
    """Found under the client's own UUID, which is one of the two forms."""
    return [each for (each,) in ground.sql(url, "SELECT client_payment_id::text FROM payments LIMIT 500")]
