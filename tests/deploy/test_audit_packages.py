"""What `make check` says of the pinned packages' vulnerabilities."""

from __future__ import annotations

import json
import runpy
from typing import Any

import pytest

from config import PROJECT

AUDIT = runpy.run_path(str(PROJECT / ".ci/audit_packages.py"))
FINE = {"name": "flask", "version": "3.1.3", "vulns": []}
UNKNOWN = {"name": "ours", "skip_reason": "not found"}
VULNERABLE = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-2020-1", "fix_versions": ["1.1"]}]}


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


@pytest.mark.parametrize(
    ("output", "errors", "words", "code"),
    [
        (report(FINE, UNKNOWN), "", "1 packages audited, none vulnerable; 1 unknown to the index.", 0),
        (
            report(FINE, VULNERABLE),
            "",
            "packages with known vulnerabilities:\n  old 1.0: PYSEC-2020-1, fixed in 1.1",
            1,
        ),
        ("", "ERROR: connection refused\n", "packages were not audited: ERROR: connection refused", 0),
    ],
)
def test_only_a_vulnerability_fails_the_check(output, errors, words, code):
    """What could not be asked is said and passes."""
    assert AUDIT["verdict"](output, errors) == (words, code)


def test_without_an_index_the_check_passes_and_says_so(capsys):
    """One line, exit code 0."""
    main = AUDIT["main"]
    main.__globals__["KNOWN"] = "https://127.0.0.1:1/pypi/flask/0.12/json"

    assert main() == 0
    assert capsys.readouterr().out.splitlines() == [
        "packages were not audited: the index does not answer, or knows no vulnerabilities."
    ]
