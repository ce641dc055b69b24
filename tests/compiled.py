"""Compiles what the tests import, each file once: every process of pytest-xdist would compile all of it for itself.

So with what Hypothesis takes from the product's text (the numbers and words written there are among the values that it
tries): it parses each file, and keeps what it found where the next process looks.
"""

from __future__ import annotations

import compileall
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.assertion import rewrite
from hypothesis.internal.constants_ast import constants_from_module

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("checkout", "jobs", "migrations", "tests")
READ_BY_HYPOTHESIS = ("checkout", "jobs")


def begin_compiling(config: pytest.Config) -> list[int]:
    """Starts a process for each core, and returns their ids; nothing where nothing compiled may be kept.

    A process that fails costs time and nothing else: who imports a file that is not compiled compiles it.
    """
    if sys.dont_write_bytecode:
        return []
    paths = sorted(
        (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")),
        key=lambda path: path.stat().st_size,
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return [_in_a_process_of_its_own(config, paths[core::cores]) for core in range(cores)]


def finish_compiling(processes: Iterable[int]) -> None:
    for process in processes:
        os.waitpid(process, 0)


def _in_a_process_of_its_own(config: pytest.Config, paths: list[Path]) -> int:
    process = os.fork()
    if process:
        return process
    try:
        for path in paths:
            _compile(config, path)
            _keep_constants(path)
    finally:
        os._exit(0)


def _compile(config: pytest.Config, path: Path) -> None:
    """As the import will look for it: of tests as pytest rewrites them, of all else as Python does."""
    if not (path.name == "conftest.py" or path.match("test_*.py")):
        compileall.compile_file(path, quiet=2)
        return
    state = config.stash[rewrite.assertstate_key]
    folder = rewrite.get_cache_dir(path)
    kept = folder / (path.name[:-3] + rewrite.PYC_TAIL)
    if rewrite.try_makedirs(folder) and rewrite._read_pyc(path, kept) is None:
        source, code = rewrite._rewrite_test(path, config)
        rewrite._write_pyc(state, code, source, kept)


def _keep_constants(path: Path) -> None:
    if path.relative_to(ROOT).parts[0] in READ_BY_HYPOTHESIS:
        module = ModuleType(path.stem)
        module.__file__ = str(path)
        constants_from_module(module)
