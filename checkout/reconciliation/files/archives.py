"""A settlement file that comes packed: gzip or zip, known by its first bytes and never by its name, with exactly one file
in it. Unpacked while it is read, within bounds, in bounded memory; nothing is written to disk, no path in it is used."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from checkout.reconciliation.formats.line import SettlementFileInvalid

GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
ZIP_EMPTY: Final = b"PK\x05\x06"
MAGIC: Final = {
    GZIP: "gzip", ZIP: "zip", ZIP_EMPTY: "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7z",
    b"\x28\xb5\x2f\xfd": "zstd", b"Rar!": "rar",
}  # fmt: skip
UNPACKED_BYTES_MOST: Final = 4 << 30  # some 25 million rows: more than a night's
RATIO_MOST: Final = 200  # rows of text shrink to a tenth; a bomb of zeros to a thousandth
RATIO_FROM_BYTES: Final = 1 << 20  # a small file of equal rows may shrink as much, and does no harm
MEMBERS_MOST: Final = 1  # a settlement file is one file: which of two would be the day's?
DIRECTORY_BYTES_MOST: Final = 1 << 16  # what names one member has some hundred bytes
BLOCK_BYTES: Final = 1 << 16
# Of the others LZMA sets aside as much memory as the file says, up to 4 GiB, before it unpacks a byte.
ZIP_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
END_RECORD: Final = struct.Struct("<4s4H2LH")
ZIP64_LOCATOR: Final = (b"PK\x06\x07", 20)

# What the two modules raise for bytes that are no archive after all.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


def unpacked(stream: BinaryIO) -> BinaryIO:
    """The stream itself where it is not packed, else the one file in it; both can be read again from their beginning.

    Raises:
        SettlementFileInvalid: no archive that is taken; or, while it is read: broken, too large, or packed twice.
    """
    stream.seek(0)
    kind = _kind(stream.read(8))
    stream.seek(0)
    if kind is None:
        return stream
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    opens = {"gzip": _gzip, "zip": _zip}.get(kind)
    if opens is None:
        raise SettlementFileInvalid("archive", f"is packed as {kind}; gzip and zip are taken")
    try:
        content = opens(stream)
        inner = io.BufferedReader(_Bounded(content, size), BLOCK_BYTES)
        nested = _kind(inner.read(8))
        inner.seek(0)
    except _BROKEN as error:
        raise SettlementFileInvalid("archive", f"cannot be unpacked as {kind}") from error
    if nested is not None:
        raise SettlementFileInvalid("archive", f"holds another archive ({nested})")
    return inner


def _kind(first: bytes) -> str | None:
    return next((name for magic, name in MAGIC.items() if first.startswith(magic)), None)


def _gzip(stream: BinaryIO) -> Callable[[], BinaryIO]:
    def begin() -> BinaryIO:
        stream.seek(0)
        return gzip.GzipFile(fileobj=stream, mode="rb")  # type: ignore[return-value]

    return begin


def _zip(stream: BinaryIO) -> Callable[[], BinaryIO]:
    _check_end_record(stream)
    archive = zipfile.ZipFile(stream)
    members = archive.infolist()
    if len(members) != MEMBERS_MOST:
        raise SettlementFileInvalid("archive", f"holds {len(members)} files; {MEMBERS_MOST} is taken")
    member = members[0]
    if member.is_dir() or stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        raise SettlementFileInvalid("archive", "holds a folder or a link, no file")
    if member.flag_bits & 0x1:
        raise SettlementFileInvalid("archive", "is encrypted")
    if member.compress_type not in ZIP_METHODS:
        raise SettlementFileInvalid("archive", "is a zip of another method than deflate")
    return lambda: archive.open(member)  # type: ignore[return-value]


def _check_end_record(stream: BinaryIO) -> None:
    """Before the list of members is read at all: how many there are, and how long the list is."""
    size = stream.seek(0, os.SEEK_END)
    length = min(size, END_RECORD.size + ZIP64_LOCATOR[1] + 0xFFFF)
    stream.seek(size - length)
    tail = stream.read(length)
    at = tail.rfind(ZIP_EMPTY)
    if at < 0 or len(tail) - at < END_RECORD.size:
        raise SettlementFileInvalid("archive", "cannot be unpacked as zip: it has no end")
    if tail[max(0, at - ZIP64_LOCATOR[1]) : at].startswith(ZIP64_LOCATOR[0]):
        raise SettlementFileInvalid("archive", "is a zip of more than 4 GiB")
    _, _, _, _, members, directory_bytes, _, _ = END_RECORD.unpack_from(tail, at)
    if members != MEMBERS_MOST or directory_bytes > DIRECTORY_BYTES_MOST:
        raise SettlementFileInvalid("archive", f"holds {members} files; {MEMBERS_MOST} is taken")


class _Bounded(io.RawIOBase):
    """The unpacked bytes, counted: more than the bounds, and reading ends."""

    def __init__(self, begin: Callable[[], BinaryIO], packed_bytes: int) -> None:
        self._begin = begin
        self._most = min(UNPACKED_BYTES_MOST, max(RATIO_FROM_BYTES, packed_bytes * RATIO_MOST))
        self._content = begin()
        self._count = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Back to the beginning: a settlement file is read from there, twice."""
        if (offset, whence) != (0, os.SEEK_SET):
            raise io.UnsupportedOperation("a packed file is read from its beginning")
        self._content.close()
        self._content, self._count = self._begin(), 0
        return 0

    def readinto(self, target: Any) -> int:
        view = memoryview(target).cast("B")
        try:
            block = self._content.read(len(view))
        except _BROKEN as error:
            raise SettlementFileInvalid("archive", "cannot be unpacked: it is broken or cut off") from error
        self._count += len(block)
        if self._count > self._most:
            raise SettlementFileInvalid("archive", f"unpacks to more than {self._most} bytes")
        view[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._content.close()
        super().close()
