"""What the generic tests go over: a served site, and one page of it in one state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checkout.payments.links import StatusLinks
from tests.conftest import Database

HOSTILE = "<script>alert(1)</script> \N{RIGHT-TO-LEFT OVERRIDE}🏺 " + "x" * 300


@dataclass(frozen=True)
class Site:
    """A served application with an empty database, and a mock PSP beside it. `cookies`: what the browser brings to the
    page, such as the session of somebody who has signed in."""

    base_url: str
    mock_url: str
    db: Database
    links: StatusLinks
    cookies: list[dict[str, Any]]


@dataclass(frozen=True)
class Entry:
    """`arrange` writes what the page shows and returns its address. `vendored_part`: a part of the page that a vendored
    script draws, with styles of its own; ours is what stands around it, and what stands there without the script.
    `drawn`: what there is when it has drawn."""

    name: str
    endpoint: str
    arrange: Callable[[Site], str]
    status: int = 200
    in_shell: bool = True
    private: bool = True
    vendored_part: str | None = None
    drawn: str | None = None

    def __str__(self) -> str:
        return self.name
