"""`make run`: from a data folder, empty or not, to a product that answers, and then keeps answering."""

import errno
import shutil
import socket
import time
from collections.abc import Callable
from typing import Any

import config
from checkout.launcher import data_folder, embedded, programs, state_files
from checkout.launcher.errors import LauncherError
from checkout.launcher.postgresql import create_database
from checkout.launcher.supervisor import StopRequested, Supervisor
from config import Settings

MIGRATION_SECONDS = 600.0


def run() -> int:
    """Starts everything and supervises it until Ctrl-C or SIGTERM.

    Raises:
        ConfigError, LauncherError: one line that says why it cannot.
    """
    settings = config.read()
    data_folder.make_data_folder(settings.data_dir)
    with data_folder.locked(settings.data_dir):
        _refuse_taken_ports(settings)
        with Supervisor(say) as supervisor:
            try:
                start(supervisor, settings, time.monotonic())
                supervisor.run()
                say("Stopping …")
            except StopRequested:
                say("Stopped before everything had started.")
        state_files.remove_servers(settings.data_dir)
        if not (settings.database_url and settings.redis_url):
            data_folder.remove_sockets(data_folder.find_home(settings.data_dir))
    say("Stopped. The data is kept.")
    return 0


def start(supervisor: Supervisor, settings: Settings, began: float) -> None:
    """Servers, schema, mock PSP and web, demo data, then the processes that nobody waits for."""
    step = Progress(say, began)
    step(f"Data in {settings.data_dir}")
    database_url, redis_url = _start_servers(supervisor, settings, step)
    if not settings.is_production:
        state_files.make_development_secrets(settings.data_dir)
    state_files.write_servers(settings, database_url, redis_url)
    _prepare_schema(supervisor, settings, database_url, step)
    _empty_metrics(settings)
    settings.crash_spent_file.unlink(missing_ok=True)
    _start_answering(supervisor, settings, step)
    supervisor.start(*programs.workers(settings), programs.scheduler(settings))
    step("Workers and scheduler are running")
    _announce(settings)


def _start_servers(supervisor: Supervisor, settings: Settings, step: "Progress") -> tuple[str, str]:
    """The embedded ones where no address is given: theirs always win."""
    if settings.database_url and settings.redis_url:
        step("Using the PostgreSQL and Redis that DATABASE_URL and REDIS_URL name")
        return settings.database_url, settings.redis_url
    home = data_folder.find_home(settings.data_dir)
    if home.outside:
        step(f"PostgreSQL's data stands in {home.servers}: its user could not reach the data folder")
    given = {
        name for name, url in (("postgresql", settings.database_url), ("valkey", settings.redis_url)) if url
    }
    servers = embedded.programs(home, settings.data_dir, without=given)
    supervisor.start(*servers)
    supervisor.wait_until_ready(*(server.name for server in servers))
    if not settings.database_url:
        create_database(home)
    step(f"{' and '.join(embedded.TITLES[server.name] for server in servers)} ready")
    found = embedded.addresses(home)
    return settings.database_url or found.database_url, settings.redis_url or found.redis_url


def _prepare_schema(supervisor: Supervisor, settings: Settings, database_url: str, step: "Progress") -> None:
    """Production migrates when somebody says so, and refuses to start until then."""
    if settings.is_production:
        from checkout.launcher.refusals import refuse_unsafe_database

        refuse_unsafe_database(database_url)
        step("Schema is up to date")
        return
    supervisor.run_once(programs.migration(settings), MIGRATION_SECONDS)
    step("Schema is up to date")


def _start_answering(supervisor: Supervisor, settings: Settings, step: "Progress") -> None:
    """The demo data is written while web loads: it needs the schema alone."""
    web = programs.web(settings, programs.cores())
    if settings.psp == "mock":
        supervisor.start(programs.mock_psp(settings))
    supervisor.start(web)
    if not settings.is_production:
        supervisor.run_once(programs.demo_seed(settings))
        step("Demo data is there")
    if settings.psp == "mock":
        supervisor.wait_until_ready("mock-psp")
        step(f"Mock PSP answers on port {settings.mock_psp_port}")
    supervisor.wait_until_ready("web")
    step(f"Web answers on port {settings.port}")


def _refuse_taken_ports(settings: Settings) -> None:
    wanted = {"PORT": settings.port}
    if settings.psp == "mock":
        wanted["MOCK_PSP_PORT"] = settings.mock_psp_port
    for name, port in wanted.items():
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise LauncherError(
                        f"Port {port} is in use: stop what listens there, or choose another with {name}=…"
                    ) from None
                raise LauncherError(f"Port {port} cannot be used ({error.strerror}): set {name}.") from None


def _empty_metrics(settings: Settings) -> None:
    """Counters are per process in files here; those of the last run would be added to this one's."""
    folder = programs.metrics_folder(settings)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


def _announce(settings: Settings) -> None:
    demo = state_files.read_demo(settings.data_dir)
    lines = {
        "Shop": f"{settings.public_url}/demo" if demo else None,
        "API": f"{settings.public_url}/v1  (reference: {settings.public_url}/docs)",
        "Mock PSP": settings.mock_psp_url if settings.psp == "mock" else None,
        "API key": demo.get("api_key"),
        "Data": f"{settings.data_dir}  (logs in {settings.data_dir / 'logs'})",
        "Scripts": str(settings.data_dir / state_files.DEMO_FILE) if demo else None,
    }
    say("")
    for name, value in lines.items():
        if value:
            say(f"  {name:<9} {value}")
    _announce_people(settings, demo)
    say("")
    say("Ctrl-C stops everything; the data is kept.")


def _announce_people(settings: Settings, demo: dict[str, Any]) -> None:
    """One sign-in for each role. Only a development instance has any."""
    by_role: dict[str, dict[str, Any]] = {}
    for user in demo.get("users") or ():
        by_role.setdefault(user["role"], user)
    if not by_role:
        return
    say(f"  Sign in   {settings.public_url}/sign-in  (the code: .venv/bin/flask users code EMAIL)")
    for user in by_role.values():
        say(f"            {user['email']:<30} {user['password']}")


class Progress:
    """One line per step, with the seconds since the start."""

    def __init__(self, say: Callable[[str], None], began: float) -> None:
        self._say = say
        self._began = began

    def __call__(self, text: str) -> None:
        self._say(f"{time.monotonic() - self._began:5.1f} s  {text}")


def say(text: str) -> None:
    print(text, flush=True)
