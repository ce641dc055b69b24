"""RESULTS.md: each group's section stands between two marks, so that a run replaces what it measured and no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Section, table

PATH = Path(__file__).with_name("RESULTS.md")


def write(section: Section, head: Sequence[str], remark: str | None) -> None:
    """Replaces the section in the file, or adds it at its end."""
    lines = table(section)
    taken = [f"> {line}  " for line in ([f"**{remark}**"] if remark else []) + list(head)]
    put(section.name, [lines[0], "", *taken, "", *lines[2:]])


def put(name: str, lines: Sequence[str]) -> None:
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    block = "\n".join([start, *lines]).rstrip() + f"\n{end}"
    text = PATH.read_text(encoding="utf-8")
    found = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    text = found.sub(lambda _: block, text) if found.search(text) else f"{text.rstrip()}\n\n{block}\n"
    PATH.write_text(text, encoding="utf-8")
