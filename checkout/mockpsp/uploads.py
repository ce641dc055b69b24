"""Files that a request carries. Only their size, kind and digest are kept: evidence tells of persons."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from flask import Request
from werkzeug.datastructures import FileStorage

MULTIPART: Final = "multipart/form-data"
_KINDS: Final = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"))


@dataclass(frozen=True, slots=True)
class Uploaded:
    """`kind` is what its first bytes say: pdf, png, jpg, or None for anything else."""

    name: str
    size: int
    digest: str
    kind: str | None


def read(part: FileStorage) -> Uploaded:
    content = part.stream.read()
    kind = next((kind for start, kind in _KINDS if content.startswith(start)), None)
    digest = hashlib.blake2b(content, digest_size=16).hexdigest()
    part.stream.seek(0)
    return Uploaded(part.filename or "file", len(content), digest, kind)


def without_boundary(asked: Request, body: bytes) -> bytes:
    """What a request says, whatever separates its parts: a client that tries again invents another boundary."""
    if asked.mimetype != MULTIPART:
        return body
    fields = [f"{name}={value}" for name, value in asked.form.items(multi=True)]
    files = [
        f"{name}={(part := read(item)).name}:{part.digest}" for name, item in asked.files.items(multi=True)
    ]
    return "&".join(fields + files).encode()
