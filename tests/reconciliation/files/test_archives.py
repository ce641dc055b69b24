"""A packed settlement file is the file in it; an archive that is more than that is refused before it does harm."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import stat
import zipfile
import zlib

import pytest

from checkout.reconciliation.files import archives
from checkout.reconciliation.files.archives import unpacked
from checkout.reconciliation.files.errors import SettlementFileRefused
from checkout.reconciliation.formats.line import SettlementFileInvalid
from tests.reconciliation.conftest import csv_of, receive
from tests.reconciliation.files.test_receive import bytes_of
from tests.reconciliation.formats.test_formats import mutated

ROWS = csv_of([])


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("night.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def encrypted() -> bytes:
    packed = bytearray(zipped(("night.csv", ROWS)))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped(("../../etc/night.csv", content))])
def test_packed_or_not_it_is_the_same_file(db, night, pack):
    """The rows are the content's, and the same content unpacked is known; a path in the archive means nothing."""
    content = csv_of([night.charge(2490).row()])
    file, fresh = receive(pack(content), name="night")
    again, anew = receive(content, name="night.csv")
    assert (fresh, anew, again.id) == (True, False, file.id)
    assert (bytes_of(file), file.size_bytes) == (content, len(content))


@pytest.mark.parametrize(
    ("packed", "detail"),
    [
        (zipped(("a.csv", ROWS), ("b.csv", ROWS)), "holds 2 files"),
        (zipped(), "holds 0 files"),
        (zipped(("folder/", b"")), "folder or a link"),
        (zipped((link(), b"/etc/passwd")), "folder or a link"),
        (zipped(("a.zip", zipped(("b.csv", ROWS)))), "another archive"),
        (gzip.compress(gzip.compress(ROWS)), "another archive"),
        (bz2.compress(ROWS), "bzip2"),
        (zipped(("a.csv", ROWS), method=zipfile.ZIP_LZMA), "another method"),
        (zipped(("a.csv", ROWS), method=zipfile.ZIP_BZIP2), "another method"),
        (encrypted(), "encrypted"),
        (gzip.compress(ROWS * 100)[:-20], "broken or cut off"),
        (zipped(("a.csv", ROWS))[:-30], "no end"),
        (gzip.compress(ROWS)[:-8] + b"\0" * 8, "broken or cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_single_file_is_refused(packed, detail):
    """Two members, none, a folder, a link, an archive within, a kind that is not taken, a cut or a wrong checksum."""
    with pytest.raises(SettlementFileInvalid, match=detail) as refusal:
        unpacked(io.BytesIO(packed)).read()
    assert refusal.value.code == "archive"


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped(("zeros", content))])
def test_a_bomb_ends_at_the_ratio(pack):
    """Thirty million zeros in thirty thousand bytes: reading stops at two hundred times what came."""
    packed = pack(b"0" * 30_000_000)
    stream = unpacked(io.BytesIO(packed))
    read = 0
    with pytest.raises(SettlementFileInvalid, match="unpacks to more than"):
        while block := stream.read(65536):
            read += len(block)
    assert read <= len(packed) * archives.RATIO_MOST


def test_the_absolute_size_is_bounded(monkeypatch):
    """Content that hardly shrinks may still be too large."""
    monkeypatch.setattr(archives, "UNPACKED_BYTES_MOST", 100_000)
    content = b"".join(zlib.crc32(bytes([n % 256, n // 256])).to_bytes(4, "big") for n in range(30_000))
    with pytest.raises(SettlementFileInvalid, match="more than 100000 bytes"):
        unpacked(io.BytesIO(gzip.compress(content))).read()


def test_a_refused_archive_is_told_as_a_refused_file(db, night):
    """Broken in its middle: nothing is visible but that it was refused."""
    with pytest.raises(SettlementFileRefused) as refusal:
        receive(gzip.compress(csv_of([night.charge(2490).row()]))[:-12])
    assert (refusal.value.errors[0].code, refusal.value.errors[0].pointer) == ("archive", "/file")
    assert db.rows("SELECT status FROM settlement_files") == [{"status": "rejected"}]


@pytest.mark.parametrize(
    "pack", [gzip.compress, lambda content: zipped(("night.csv", content))], ids=["gzip", "zip"]
)
def test_changed_bytes_are_refused_or_read(pack):
    """Two hundred archives with bytes changed, cut out or doubled: refused as an archive, or read; no other error."""
    packed, chance, outcomes = pack(ROWS * 20), random.Random(7), set()
    for _ in range(200):
        try:
            unpacked(io.BytesIO(mutated(packed, chance))).read()
        except SettlementFileInvalid as error:
            outcomes.add(error.code)
        else:
            outcomes.add("read")
    assert outcomes == {"archive", "read"}
