"""Files that a PSP, or somebody for it, puts into a directory: regular files alone, of a bounded size, each moved away
once it was taken in or refused. A file's name is looked at for its day and never opened as a path. Files of the PSP in use
lie in the directory itself, those of others in a folder of their PSP's name."""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import structlog

from checkout.alerts import open_alert
from checkout.core.cause import Cause
from checkout.db.session import atomic
from checkout.reconciliation.files.dropped_day import NoDay, day_of
from checkout.reconciliation.files.errors import SettlementBatchConflict, SettlementFileRefused
from checkout.reconciliation.files.opening import FORMATS
from checkout.reconciliation.files.receive import Delivery, receive_file

DONE: Final = "done"
REFUSED: Final = "refused"
FILES_AT_MOST: Final = 100  # a round; the next one goes on
BYTES_AT_MOST: Final = 1024**3
SETTLED_SECONDS: Final = 30.0  # untouched for so long: nobody writes it any more
NAME_SHOWN: Final = 200

log = structlog.get_logger(__name__)


class _NotTaken(Exception):
    """What lies there is no file that can be taken; the message says why."""


def take_all_dropped(folder: Path, psp: str, *, cause: Cause) -> int:
    """Takes in what lies in the directory, as the PSP's in use, and in the folders of the PSPs that we know; returns how
    many files were new. A folder that is a link leads elsewhere, and is left alone."""
    taken = take_dropped(folder, psp, cause=cause)
    for other in FORMATS:
        own = folder / other
        if own.is_symlink():
            log.warning("settlement.drop_is_a_link", psp=other)
        else:
            taken += take_dropped(own, other, cause=cause)
    return taken


def take_dropped(folder: Path, psp: str, *, cause: Cause) -> int:
    """Takes in what lies in the folder; returns how many files were new. Owns its transactions; killed between taking a
    file in and moving it away, the same bytes are the same file."""
    try:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return 0
    try:
        return sum(_take(at, name, psp, cause) for name in _names(at))
    finally:
        os.close(at)


def _names(at: int) -> list[str]:
    with os.scandir(at) as entries:
        found = [
            entry.name
            for entry in entries
            if not entry.name.startswith(".") and not entry.is_dir(follow_symlinks=False)
        ]
    return sorted(found)[:FILES_AT_MOST]


def _take(at: int, name: str, psp: str, cause: Cause) -> bool:
    try:
        with _opened(at, name) as file:
            if file is None:
                return False
            delivery = Delivery(psp, day_of(name, file, psp), name[:NAME_SHOWN], "drop", "drop")
            taken, fresh = receive_file(file, delivery, cause=cause)
    except (_NotTaken, NoDay, SettlementBatchConflict, SettlementFileRefused) as error:
        _refuse(at, name, psp, error)
        return False
    _move(at, name, DONE, f"{taken.public_id}.csv")
    return fresh


@contextmanager
def _opened(at: int, name: str) -> Iterator[BinaryIO | None]:
    """The file, None while somebody may still write it.

    Raises:
        _NotTaken: it is a link, no regular file, or too large.
    """
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    except FileNotFoundError:  # another worker has moved it
        yield None
        return
    except OSError as error:
        raise _NotTaken(f"cannot be opened ({error.strerror})") from error
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise _NotTaken("is no regular file with one name")
        if found.st_size > BYTES_AT_MOST:
            raise _NotTaken(f"has more than {BYTES_AT_MOST} bytes")
        yield file if time.time() - found.st_mtime >= SETTLED_SECONDS else None


def _refuse(at: int, name: str, psp: str, error: Exception) -> None:
    """Out of the way, with the reason for a person; a file whose content or batch was refused has its alert already."""
    moved = f"{secrets.token_hex(8)}.refused"
    _move(at, name, REFUSED, moved)
    log.warning("settlement.drop_refused", name=name[:NAME_SHOWN], kept_as=moved, error=type(error).__name__)
    if isinstance(error, SettlementFileRefused | SettlementBatchConflict):
        return
    with atomic() as session:
        open_alert(
            session,
            code="settlement_file_invalid",
            severity="high",
            subject=f"{psp} {moved}",
            detail=f"{name[:NAME_SHOWN]!r} in the drop directory was not taken in: it {error}",
            dedupe_key=f"settlement_file_invalid:drop:{moved}",
        )


def _move(at: int, name: str, folder: str, new_name: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700, dir_fd=at)
    try:
        os.rename(name, f"{folder}/{new_name}", src_dir_fd=at, dst_dir_fd=at)
    except FileNotFoundError:
        log.info("settlement.drop_moved_already", kept_as=new_name)  # by another worker
