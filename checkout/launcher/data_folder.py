"""The data folder: made, locked against a second instance, and where the servers' part of it may stand.

As root the servers run as another user, who must be able to pass every folder above his data. Where he cannot
(a home of mode 0700, a private temporary folder), his part stands in /var/lib and a symlink leads there.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkout.launcher.errors import FolderInUse, LauncherError
from checkout.launcher.process import Account

OUTSIDE = Path("/var/lib")
# A socket's path may have 107 bytes at most, so it cannot stand in a data folder of any depth.
SOCKETS = Path("/tmp")  # noqa: S108  (the folder made in it is checked to be ours alone)
SERVERS = "servers"
POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class Home:
    """Where the embedded servers live: their folder, their sockets, and the user they run as (None: ours)."""

    servers: Path
    sockets: Path
    account: Account | None

    @property
    def postgresql(self) -> Path:
        return self.servers / POSTGRESQL

    @property
    def outside(self) -> bool:
        return self.servers.parent == OUTSIDE


def make_data_folder(data_dir: Path) -> None:
    """Passable but not listable for others when root makes it; otherwise for its owner alone."""
    if data_dir.exists() and not data_dir.is_dir():
        raise LauncherError(f"DATA_DIR is a file, not a folder: {data_dir}")
    try:
        data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        (data_dir / "logs").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise LauncherError(
            f"Cannot make the data folder {data_dir}: {error.strerror}. Set DATA_DIR to another."
        ) from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise LauncherError(f"Cannot write to the data folder {data_dir}. Set DATA_DIR to one that is yours.")


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Holds the data folder for this process alone; the kernel lets go when the process ends in any way."""
    with (data_dir / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise FolderInUse(
                f"The data folder {data_dir} is in use by another instance (process {holder}): "
                "stop that one, or set DATA_DIR to another folder."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def find_home(data_dir: Path) -> Home:
    """Where the servers' data stands, made on the first call and found again on every later one."""
    data_dir = data_dir.resolve()
    servers = (data_dir / SERVERS).resolve()
    account = _account(servers / POSTGRESQL)
    if not servers.exists():
        servers = _make_servers_folder(data_dir, account)
    if account and not passable(servers):
        raise LauncherError(
            f"The servers run as user {account.uid}, who cannot reach {servers}: "
            "open its parent folders with chmod o+x, or set DATA_DIR to another folder."
        )
    return Home(servers, _make_socket_folder(data_dir, account), account)


def remove_home(home: Home) -> None:
    """For data nobody wants to keep: tests."""
    shutil.rmtree(home.servers, ignore_errors=True)
    remove_sockets(home)


def remove_sockets(home: Home) -> None:
    """Once the servers have stopped; the next start makes the folder again."""
    shutil.rmtree(home.sockets, ignore_errors=True)


def passable(path: Path) -> bool:
    """True when every folder down to this one may be passed by any user."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.is_dir())


def processes_within(folder: Path, program: str) -> list[int]:
    """Processes of the program that work inside the folder. Knows them on Linux alone."""
    if sys.platform != "linux":
        return []
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if not entry.name.isdigit() or (entry / "cwd").readlink() != folder:
                continue
            if (entry / "comm").read_text().strip() == program:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _account(postgresql: Path) -> Account | None:
    """As root: the owner of the data that is there, else nobody. As anyone else: us, who must own it."""
    owner = postgresql.stat() if postgresql.exists() else None
    if os.geteuid() != 0:
        _refuse_user_without_name()
        if owner and owner.st_uid != os.geteuid():
            raise LauncherError(
                f"{postgresql} belongs to user {owner.st_uid}, not to you. Set DATA_DIR to another folder."
            )
        return None
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise LauncherError(
            "PostgreSQL refuses to run as root and there is no user nobody: "
            "start as another user, or set DATABASE_URL."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def _refuse_user_without_name() -> None:
    """PostgreSQL asks the system for its user's name, which a container's arbitrary number may not have."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise LauncherError(
            f"User {os.geteuid()} has no name in /etc/passwd, which PostgreSQL needs: add it, or set DATABASE_URL."
        ) from None


def _make_servers_folder(data_dir: Path, account: Account | None) -> Path:
    """Inside the data folder where that works; else a folder outside that no other data folder has taken."""
    link = data_dir / SERVERS
    if account is None or passable(data_dir):
        link.mkdir(mode=0o711)
        return link
    link.unlink(missing_ok=True)
    name = f"checkout-{_short_hash(data_dir)}"
    for number in range(1, 1000):
        # Never one that is there: it may hold the data of a folder that has since been moved.
        place = OUTSIDE / (name if number == 1 else f"{name}-{number}")
        try:
            place.mkdir(mode=0o711)
        except FileExistsError:
            continue
        except OSError as error:
            raise LauncherError(
                f"Cannot make {place} for the servers' data: {error.strerror}. Set DATA_DIR."
            ) from None
        link.symlink_to(place)
        return place
    raise LauncherError(f"There are too many folders {OUTSIDE / name}-*: remove those no longer used.")


def _make_socket_folder(data_dir: Path, account: Account | None) -> Path:
    """A short folder that its owner alone may enter. One that somebody else made there is refused."""
    uid = account.uid if account else os.geteuid()
    folder = SOCKETS / f"checkout-{_short_hash(data_dir)}-{uid}"
    try:
        folder.mkdir(mode=0o700)
        if account:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise LauncherError(f"{folder} is not ours: remove it, it is where the servers' sockets belong.")
    return folder


def _short_hash(data_dir: Path) -> str:
    return hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
