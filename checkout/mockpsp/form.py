"""Form encoding as Stripe nests it: `a[b][0][c]=1` becomes {"a": {"b": {"0": {"c": "1"}}}}.

Values stay text, and whether numbered names make a list is for `params.py` to say: metadata may be numbered too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from checkout.mockpsp.errors import InvalidRequest

MAX_FIELDS: Final = 1000  # far above a full cart; a bound against abuse
MAX_DEPTH: Final = 6

_KEY: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART: Final = re.compile(r"\[([^\[\]]*)\]")

Tree = dict[str, Any]


def decode(pairs: Iterable[tuple[str, str]]) -> Tree:
    """Nests the pairs of a form or a query string; the last value of a repeated plain name wins."""
    root: Tree = {}
    for number, (name, value) in enumerate(pairs):
        if number >= MAX_FIELDS:
            raise InvalidRequest(f"Too many parameters: at most {MAX_FIELDS}.")
        _place(root, _path(name), value, name)
    return root


def _path(name: str) -> list[str]:
    match = _KEY.fullmatch(name)
    if match is None:
        raise InvalidRequest(f"Invalid parameter name: {name[:100]}", param=name[:100])
    parts = [match[1], *_PART.findall(match[2])]
    if len(parts) > MAX_DEPTH:
        raise InvalidRequest(f"Parameters are nested too deeply: {name[:100]}", param=name[:100])
    return parts


def _place(root: Tree, path: list[str], value: str, name: str) -> None:
    branch = root
    for part in path[:-1]:
        branch = branch.setdefault(part or str(len(branch)), {})
        if not isinstance(branch, dict):
            raise InvalidRequest(f"Invalid parameter: {name[:100]}", param=path[0])
    leaf = path[-1] or str(len(branch))
    if isinstance(branch.get(leaf), dict):
        raise InvalidRequest(f"Invalid parameter: {name[:100]}", param=path[0])
    branch[leaf] = value
