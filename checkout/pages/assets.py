"""The pages' static files: read once, kept in memory with a compressed copy, addressed by their digest.

An address that carries the file's digest may be kept for ever by browsers: a changed file has another address.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Response, abort, request, url_for

STATIC = Path(__file__).resolve().parent / "static"
DIGEST_LENGTH = 12
KEEP_SECONDS = 365 * 86400
KEEP_STALE_SECONDS = (
    60  # a page from before a deployment still finds the file, but must not keep it as its own
)
COMPRESSIBLE = ("text/", "application/javascript", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    compressed: bytes | None
    media_type: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """Every static file by its name below `static/`; what is not in here is not served."""
    return {str(path.relative_to(STATIC)): _read(path) for path in STATIC.rglob("*") if path.is_file()}


def asset_url(name: str) -> str:
    """The address of a static file, with its digest."""
    return url_for("shell.asset", digest=assets()[name].digest, name=name)


def serve_asset(digest: str, name: str) -> Response:
    asset = assets().get(name)
    if asset is None:
        abort(404)
    packed = asset.compressed is not None and request.accept_encodings.quality("gzip") > 0
    response = Response(asset.compressed if packed else asset.content, content_type=asset.media_type)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    fresh = digest == asset.digest
    response.headers["Cache-Control"] = (
        f"public, max-age={KEEP_SECONDS}, immutable" if fresh else f"public, max-age={KEEP_STALE_SECONDS}"
    )
    return response


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    guessed = mimetypes.guess_type(path.name)[0] or "text/plain"
    media_type = "text/javascript" if guessed.endswith("javascript") else guessed
    text = media_type.startswith(COMPRESSIBLE)
    return Asset(
        content=content,
        compressed=gzip.compress(content, mtime=0) if text else None,
        media_type=f"{media_type}; charset=utf-8" if text else media_type,
        digest=hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH],
    )
