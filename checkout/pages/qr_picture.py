"""An enrolment's QR code as a picture that grows and shrinks whole: cut at an edge, no phone reads it."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup

_SIZE: Final = re.compile(r'<svg([^>]*?) width="(\d+)" height="(\d+)"')
NAME: Final = "QR code with the secret below"


def scalable(svg: str) -> Markup:
    """The same drawing with a view box instead of a fixed size, and a name for those who do not see it."""
    return Markup(  # noqa: S704 - drawn by ourselves from our own address
        _SIZE.sub(rf'<svg\1 viewBox="0 0 \2 \3" role="img" aria-label="{NAME}"', svg, count=1)
    )
