"""Asks the package index for known vulnerabilities of what is pinned: `make check` fails when there is one.

Where the index does not answer, or a mirror knows nothing of vulnerabilities, it says so in one line and passes: a check
that needs the network must not stop work without it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "requirements-dev.txt"  # includes what runs
# A release of which a vulnerability is known: the answer says whether the index has such knowledge at all.
KNOWN = "https://pypi.org/pypi/flask/0.12/json"
PROBE_SECONDS = 4
AUDIT_SECONDS = 120  # one request a package, of which there are some fifty


def main() -> int:
    if not index_answers():
        return say("packages were not audited: the index does not answer, or knows no vulnerabilities.", 0)
    command = [
        *(
            sys.executable,
            "-m",
            "pip_audit",
            "-r",
            str(PINS),
            "--no-deps",
            "--disable-pip",
            "--format",
            "json",
        ),
        *("--progress-spinner", "off", "--timeout", str(PROBE_SECONDS)),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=AUDIT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return say("packages were not audited: the index is too slow.", 0)
    return say(*verdict(done.stdout, done.stderr))


def index_answers() -> bool:
    """Whether the index knows a vulnerability that everybody knows."""
    try:
        with urllib.request.urlopen(KNOWN, timeout=PROBE_SECONDS) as answer:
            return bool(json.load(answer).get("vulnerabilities"))
    except (OSError, ValueError):  # urllib's errors are of these two kinds
        return False


def verdict(report: str, errors: str) -> tuple[str, int]:
    """What to say of pip-audit's report, and the exit code."""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        last = (errors.strip().splitlines() or ["no report"])[-1]
        return f"packages were not audited: {last}", 0
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']},"
        f" fixed in {', '.join(vulnerability['fix_versions']) or 'no release'}"
        for package in packages
        for vulnerability in package.get("vulns", ())
    ]
    if found:
        return "packages with known vulnerabilities:\n  " + "\n  ".join(sorted(found)), 1
    audited = [package for package in packages if "skip_reason" not in package]
    unknown = len(packages) - len(audited)
    return (
        f"{len(audited)} packages audited, none vulnerable{f'; {unknown} unknown to the index' if unknown else ''}.",
        0,
    )


def say(words: str, code: int) -> int:
    print(words, file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
