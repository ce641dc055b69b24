"""`python -m bench [NAME…]`: measures the groups named, or all, and writes RESULTS.md unless `--quick`."""

from __future__ import annotations

import argparse
import importlib
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from bench import machine, results
from bench.figures import Plan, table
from bench.ground import Ground, ground

GROUPS = {
    "create": "creating payments: goals 1, 2, 3 and 5",
    "read": "reading payments, lists, stored answers: goal 8",
    "webhooks": "taking webhooks in: goal 6",
    "apply": "applying webhooks, per worker: goal 7",
    "flows": "whole purchases at a pace: goals 4 and 13",
    "ledger": "posting entries: goals 9 and 10",
    "release": "releasing delivered orders: goal 10",
    "payouts": "the payout run over many sellers: goal 10",
    "settlement": "comparing a night with the PSP's file: goals 11 and 12",
    "sign_in": "unknown address against wrong password",
    "rotation": "rotating keys under load: F48",
}


def main() -> int:
    arguments = _arguments()
    names = arguments.names or list(GROUPS)
    plan = Plan(quick=arguments.quick)
    began = time.monotonic()
    failed = []
    signal.signal(
        signal.SIGTERM, lambda number, frame: sys.exit(128 + number)
    )  # stops what was started, as Ctrl-C does
    with ground() as here:
        head = machine.facts(here)
        print("\n".join(head), flush=True)
        for name in names:
            print(f"\n{name}: {GROUPS[name]}", flush=True)
            try:
                _measure(name, here, plan, head, arguments)
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                print(f"  FAILED: {error}", flush=True)
                failed.append(name)
    print(f"\nDone in {time.monotonic() - began:.0f} s.", flush=True)
    if failed:
        print(f"Not measured: {', '.join(failed)}.", flush=True)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog="\n".join(f"{name:<9} {what}" for name, what in GROUPS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", choices=[*GROUPS, []], help="a group (all, unless named)"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="about a minute: shows that all of it works; its figures mean little",
    )
    parser.add_argument("--write", action="store_true", help="write RESULTS.md after --quick too")
    parser.add_argument("--remark", help="a line that RESULTS.md shows above the figures")
    return parser.parse_args()


def _measure(name: str, here: Ground, plan: Plan, head: Sequence[str], arguments: argparse.Namespace) -> None:
    section = importlib.import_module(f"bench.{name}").run(here, plan)
    print("\n" + "\n".join(table(section)), flush=True)
    if arguments.write or not plan.quick:
        remark = arguments.remark or ("Quick figures: they show that it runs." if plan.quick else None)
        results.write(section, head, remark)


if __name__ == "__main__":
    sys.exit(main())
