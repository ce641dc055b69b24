"""`make run` as a person has it: one command, everything answers, whatever is killed comes back, nothing is left."""

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from checkout.launcher.data_folder import find_home, remove_home
from tests.conftest import Database
from tests.product import Product, command_line, wait_until

# One group: the tests share a running product, which each process of pytest-xdist would start for itself.
pytestmark = [
    pytest.mark.xdist_group("launcher"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

# What a killed process may cost, and what a killed database may cost. On a machine of its own it takes some seconds; a busy one may take its time, and is no fault.
BACK_SECONDS, DATABASE_BACK_SECONDS = 60, 60


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Started once for the module; every test leaves it running, but for the last two."""
    product = Product(tmp_path_factory.mktemp("run") / "data")
    product.start()
    yield product
    if product.launcher.poll() is None:
        product.stop()
    remove_home(find_home(product.data_dir))


def test_everything_answers_and_is_announced(product: Product) -> None:
    """The first page, the mock PSP, the key for scripts, and what a person reads on the terminal."""
    assert product.answers("/healthz")
    demo = product.demo()
    assert demo["base_url"] == f"http://localhost:{product.port}"
    assert [seller["name"] for seller in demo["sellers"]] == ["Ada's Pottery", "Bao Tea"]
    for text in (f"http://localhost:{product.port}/demo", demo["api_key"], str(product.data_dir)):
        assert text in product.said()


def test_commands_find_the_instance_through_its_folder_alone(product: Product) -> None:
    """Nothing but DATA_DIR is set; stdout is data and nothing else; the mock's clock moves with ours."""
    moved = product.flask("clock", "advance", "60", "--json")

    assert (moved.returncode, moved.stderr) == (0, "")
    assert json.loads(moved.stdout)["advanced_seconds"] == 60
    mock = requests.get(f"http://127.0.0.1:{product.mock_port}/_mock/clock", timeout=30).json()
    assert mock["advance_seconds"] == 60


def test_files_with_secrets_are_for_their_owner_alone(product: Product) -> None:
    for name in ("demo.json", "servers.json", "secrets.json"):
        assert (product.data_dir / name).stat().st_mode & 0o777 == 0o600


def test_a_second_instance_on_the_same_folder_is_refused_in_one_line(product: Product) -> None:
    second = Product(product.data_dir)
    second.output = product.data_dir.parent / "second.txt"

    second.start(until="in use by another instance")

    assert second.launcher.wait(60) == 1
    assert len(second.said().strip().splitlines()) == 1
    assert product.answers()


def test_a_port_in_use_is_refused_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        product = Product(tmp_path / "data")
        taken.bind(("127.0.0.1", product.port))
        taken.listen()

        product.start(until="is in use")

    assert product.launcher.wait(60) == 1
    assert product.said().strip() == (
        f"checkout: Port {product.port} is in use: stop what listens there, or choose another with PORT=…"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("gunicorn", "wsgi:app"),
        ("gunicorn", "wsgi:mock_psp"),
        ("jobs.worker", "webhooks"),
        ("jobs.schedule",),
    ],
    ids=["web", "mock", "worker", "scheduler"],
)
def test_a_killed_process_comes_back(product: Product, words: tuple[str, ...]) -> None:
    before = product.process(*words)
    assert before is not None
    before.kill()

    def is_back() -> bool:
        now = product.process(*words)
        return now is not None and now.pid != before.pid

    wait_until(is_back, BACK_SECONDS, f"{words} running again")
    wait_until(product.answers, BACK_SECONDS, "web answers")


def test_killed_valkey_comes_back(product: Product) -> None:
    before = product.process("valkey-server")
    assert before is not None
    before.kill()

    wait_until(
        lambda: (now := product.process("valkey-server")) is not None and now.pid != before.pid,
        BACK_SECONDS,
        "valkey",
    )


@pytest.mark.parametrize("whom", ["main process", "one of its children", "all of them"])
def test_killed_postgresql_processes_come_back(product: Product, whom: str) -> None:
    """Ready again within 15 s, the demo data still there."""
    main = product.process("postgres", "-D")
    assert main is not None
    children = main.children()
    for victim in {
        "main process": [main],
        "one of its children": children[:1],
        "all of them": [main, *children],
    }[whom]:
        victim.kill()

    wait_until(lambda: product.flask("clock", "show").returncode == 0, DATABASE_BACK_SECONDS, "commands run")
    wait_until(lambda: reads_demo_data(product), DATABASE_BACK_SECONDS, "the database answers")


def test_given_servers_are_used_and_none_are_started(tmp_path: Path, db: Database, redis_url: str) -> None:
    """DATABASE_URL and REDIS_URL win over the embedded ones."""
    product = Product(tmp_path / "data", DATABASE_URL=db.url, REDIS_URL=redis_url)
    product.start()
    try:
        assert product.answers()
        assert (product.demo()["database_url"], product.demo()["redis_url"]) == (db.url, redis_url)
        kinds = " ".join(command_line(process) for process in product.processes())
        assert "wsgi:app" in kinds
        assert "valkey" not in kinds
        assert "postgres -D" not in kinds
    finally:
        assert product.stop() == 0


# From here on the product is ended and started again, which costs less than another one.


def test_kill_9_of_the_launcher_leaves_no_process(product: Product) -> None:
    """It takes children and grandchildren with it: gunicorn's workers, PostgreSQL's processes."""
    for kind in ("wsgi:app", "wsgi:mock_psp", "jobs.worker", "jobs.schedule", "postgres", "valkey"):
        wait_until(
            lambda kind=kind: any(kind in command_line(process) for process in product.processes()),
            BACK_SECONDS,
            kind,
        )
    family = product.processes()

    product.launcher.kill()
    product.launcher.wait()

    assert psutil.wait_procs(family, timeout=60)[1] == []


def test_make_starts_it_again_with_its_data_and_stops_it_when_killed(product: Product) -> None:
    """make starts the launcher, which is asked to stop when make cannot ask any more."""
    if product.launcher.poll() is None:  # asked for by itself
        product.stop()
    key = product.demo()["api_key"]
    product.command = ("make", "--silent", "run")
    product.start()
    assert product.demo()["api_key"] == key
    assert reads_demo_data(product)
    family = product.processes()
    assert any("checkout.launcher run" in command_line(process) for process in family)

    product.launcher.kill()
    product.launcher.wait()

    assert psutil.wait_procs(family, timeout=60)[1] == []


def reads_demo_data(product: Product) -> bool:
    """One of the seeded sellers, through the database."""
    import psycopg

    try:
        with psycopg.connect(product.demo()["database_url"], connect_timeout=2) as connection:
            found = connection.execute("SELECT count(*) FROM sellers WHERE name = 'Bao Tea'").fetchone()
    except psycopg.OperationalError:
        return False
    return found == (1,)
