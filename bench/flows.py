"""Whole purchases against the bundled mock PSP: goals 4 and 13. `python -m bench flows`."""

from __future__ import annotations

import time
from contextlib import ExitStack

from bench.figures import Goal, Plan, Sample, Section
from bench.ground import Ground
from bench.load import run as load
from bench.load.run import Report
from bench.product import Product, install

PACES = {116: 30.0, 300: 15.0}  # a second, for so many seconds
P99_MS = 200.0
QUIET_SECONDS = 30.0
WARM_UP_SECONDS = 1.0
BUYERS = 16
# From the webhook's arrival to its effect: what stands between a paid shopper and a paid order.
APPLIED = """
    WITH told AS MATERIALIZED (
        SELECT payload->'data'->'object'->'metadata'->>'payment' AS payment, min(received_at) AS at
          FROM inbox_events WHERE type IN ('charge.succeeded', 'payment_intent.succeeded') GROUP BY 1
    )
    SELECT count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
               ORDER BY EXTRACT(epoch FROM p.succeeded_at - told.at) * 1000)
      FROM payments p LEFT JOIN told ON told.payment = split_part(p.psp_idempotency_key, ':', 1)
     WHERE p.succeeded_at IS NOT NULL AND p.created_at > %s
"""


def run(ground: Ground, plan: Plan) -> Section:
    product = install(ground)
    section = Section("flows", "Whole purchases (create, pay, webhook applied): `python -m bench flows`")
    with ExitStack() as stack:
        settings = product.settings()
        ours = stack.enter_context(product.web(settings))
        stack.enter_context(product.background(settings))
        stack.enter_context(product.mock_psp(settings))
        what = {
            "kind": "purchase",
            "port": ours.port,
            "path": "/v1/payments",
            "headers": product.headers(),
            "body": product.checkout(),
            "psp_port": settings.mock_psp_port,
        }
        load.closed(what, connections=4, seconds=1.0)
        _settled(product)
        for pace, seconds in PACES.items():
            if not plan.quick:
                _paced(section, product, what, pace, seconds)
            elif pace == min(PACES):
                _paced(section, product, what, pace, 3.0)
        _as_fast_as_it_goes(section, product, what, plan)
    section.notes += [
        "The mock PSP is one process with its own SQLite file and shares the cores: it pays, signs and delivers every "
        "webhook itself. Where it cannot keep the pace, these figures are its own.",
        "Goal 13 names Medusa 2 (5.2 to 5.7 flows/s when the goal was set) as the peer; it is no Python package and "
        "is not run here.",
    ]
    return section


def _paced(section: Section, product: Product, what: dict[str, object], pace: int, seconds: float) -> None:
    before = product.rows("SELECT now()")[0][0]
    report = load.paced(what, rate=pace, seconds=seconds, warm_up_seconds=WARM_UP_SECONDS)
    quiet_after = _settled(product)
    succeeded, applied = product.rows(APPLIED, before)[0]
    created = product.rows("SELECT count(*) FROM payments WHERE created_at > %s", before)[0][0]
    for label in report.times:
        if label != "journey":
            section.cells[f"{pace}/s for {seconds:.0f} s: {label}"] = [_sample(report, label)]
    applied_p50, applied_p95, applied_p99 = (float(value) for value in applied or (0, 0, 0))
    section.cells[f"{pace}/s for {seconds:.0f} s: webhook received → applied"] = [
        Sample(succeeded / (seconds + WARM_UP_SECONDS), applied_p50, applied_p95, applied_p99)
    ]
    print(
        f"  {pace}/s: {created} created, {succeeded} paid and applied, quiet {quiet_after:.1f} s after, "
        f"{report.statuses}",
        flush=True,
    )
    p99 = report.times["create"].p99
    complete = created == succeeded and not report.failures()
    section.goals += [
        Goal(
            "4",
            f"{pace}/s for {seconds:.0f} s, each paid and applied: p99 of POST /v1/payments",
            "< 200 ms",
            [p99],
            p99 < P99_MS and complete,
            "{:.0f} ms",
        ),
        Goal("4", f"{pace}/s: webhook received → applied, p99", "shown", [applied_p99], None, "{:.0f} ms"),
    ]
    section.notes.append(
        f"At {pace}/s: {created} created, {succeeded} paid and applied, {report.failures()} requests failed, all "
        f"tasks done {quiet_after:.1f} s after the last request."
    )


def _as_fast_as_it_goes(section: Section, product: Product, what: dict[str, object], plan: Plan) -> None:
    """Closed loop, applied included: the clock stops when the last of them is applied."""
    rates = []
    for _ in range(plan.rounds):
        before = product.rows("SELECT now()")[0][0]
        began = time.monotonic()
        load.closed(what, connections=BUYERS, seconds=plan.seconds(4.0), warm_up_seconds=0.0)
        _settled(product)
        count, last = product.rows(
            "SELECT count(*), EXTRACT(epoch FROM max(succeeded_at) - %s)::float8 FROM payments WHERE succeeded_at > %s",
            before,
            before,
        )[0]
        rates.append(count / (last or time.monotonic() - began))
    section.cells[f"flows, {BUYERS} buyers at a time"] = [Sample(rate) for rate in rates]
    section.goals.append(
        Goal("13", "checkout flows (create, pay, applied)", "shown", rates, None, "{:.0f}/s")
    )


def _settled(product: Product) -> float:
    """Waits until every payment's webhooks are applied; how long that took."""
    began = time.monotonic()
    while time.monotonic() - began < QUIET_SECONDS:
        waiting = product.rows(
            "SELECT (SELECT count(*) FROM inbox_events WHERE status = 'received') "
            "+ (SELECT count(*) FROM tasks WHERE status IN ('ready', 'claimed') AND due_at <= now())"
        )[0][0]
        if not waiting:
            break
        time.sleep(0.1)
    return time.monotonic() - began


def _sample(report: Report, label: str) -> Sample:
    times = report.times[label]
    failed = sum(count for status, count in report.statuses[label].items() if status not in ("200", "201"))
    return Sample(report.per_second, times.p50, times.p95, times.p99, failures=failed)
