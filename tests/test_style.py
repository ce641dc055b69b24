"""The house rules that a machine can check: names, sizes, docstrings, who may read the environment, who may commit."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = sorted(
    [*(ROOT / "checkout").rglob("*.py"), *(ROOT / "jobs").glob("*.py"), ROOT / "config.py", ROOT / "wsgi.py"]
)
MONEY_PACKAGES = ("core", "ledger", "payments", "orders", "sellers")

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 50
# Tables of data are as long as what they list.
LONG_TABLES: set[str] = {"checkout/api/error_table.py"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_every_module_says_what_lives_in_it():
    bare = [name(path) for path in PRODUCT if path.read_text().strip() and not ast.get_docstring(tree(path))]

    assert bare == []


def test_no_file_and_no_function_hides_a_second_idea():
    """Past 300 lines a file, past 50 a function, an idea is hiding."""
    files = [name(path) for path in PRODUCT if len(path.read_text().splitlines()) > MAX_FILE_LINES]
    functions = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in PRODUCT
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES
    ]

    assert [file for file in files if file not in LONG_TABLES] == []
    assert functions == []


def test_no_grab_bag_names():
    """If a function has no home, a concept has no name yet."""
    bags = [
        name(path) for path in PRODUCT if re.search(r"(utils?|helpers?|common|manager)\.py$|base_", path.name)
    ]

    assert bags == []


def test_only_config_reads_the_environment():
    """The launcher hands the environment on to its children; prometheus_client takes its folder from nowhere else."""
    readers = {name(path) for path in PRODUCT if re.search(r"os\.(environ|getenv)\b", path.read_text())}

    assert {file for file in readers if not file.startswith("checkout/launcher/")} <= {
        "config.py",
        "checkout/observability/metrics.py",
    }


def test_only_atomic_commits():
    """One place ends a transaction of the product; the mock PSP and the launcher have databases of their own."""
    committers = [
        name(path)
        for path in PRODUCT
        if re.search(r"\.commit\(\)", path.read_text())
        and "mockpsp" not in path.parts
        and "launcher" not in path.parts
    ]

    assert committers == ["checkout/db/session.py"]


def test_no_float_in_the_money_path():
    """No float type, literal conversion or Decimal where amounts are computed."""
    found = [
        f"{name(path)}:{number}"
        for package in MONEY_PACKAGES
        for path in (ROOT / "checkout" / package).rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\bfloat\(|\bDecimal\b|\bFloat\b", line)
        and "Decimal per" not in line
        and '"""' not in line
    ]

    assert [place for place in found if not place.startswith("checkout/core/money.py")] == []


def test_exceptions_are_caught_whole_only_at_the_edges():
    """`except Exception` stands where a process would otherwise die: each place is known."""
    edges = {
        name(path)
        for path in PRODUCT
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
        )
    }

    assert edges <= EDGES


EDGES = {
    "checkout/inbox/drain.py",  # the last attempt of an event: a savepoint, then dead with an alert
    "checkout/payments/sync.py",  # one payment of a run: logged, and a person is called
    "checkout/db/session.py",  # rolls back and raises again
    "checkout/db/driver.py",  # takes an interrupted connection out of the pool and raises again
    "jobs/run_task.py",
    "checkout/observability/logs.py",
    "checkout/mockpsp/store.py",  # rolls back and raises again
    "checkout/mockpsp/ticker.py",
}


def test_nobody_is_named_but_the_project():
    """No path of one machine stands in the project."""
    # The names are put together here, so that this file does not contain them.
    pattern = re.compile("/" + "work/|bash_" + "jobs")
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    texts = [ROOT / file for file in files if not file.endswith((".png", ".json", ".js", ".css"))]

    assert [
        name(path) for path in texts if path.exists() and pattern.search(path.read_text("utf-8", "replace"))
    ] == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a checkout")
def test_imports_go_one_way():
    """The import contract of pyproject.toml holds."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout[-3000:]
