"""gunicorn's settings for the web process and the mock PSP: `gunicorn --config python:checkout.launcher.gunicorn_settings`."""

import os
from contextlib import suppress
from importlib import import_module
from typing import Any

from checkout.launcher.garbage import collect_seldom
from checkout.launcher.process import die_with
from checkout.launcher.shares import SHARES

worker_class = "checkout.launcher.gunicorn_worker.Worker"  # gthread, with errors of our own shape
# Threads needed = requests per second x the seconds a PSP takes: 32 carry 300/s at 100 ms with one worker a core.
threads = 32
timeout = 30
# A head that is larger than what browsers and our integrators send is somebody trying something.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
graceful_timeout = 8  # below the launcher's patience, so that it never has to kill
keepalive = 5
control_socket_disable = True  # it would be one per user, shared by every instance
# A heartbeat file on a slow disk gets workers killed.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
loglevel = "warning"


# Imported once before the forks, which halves the start and makes a new worker cheap. Only modules: what holds
# connections or threads is made by the factory, in each worker.
IMPORTED_FIRST = {"wsgi:app()": "checkout.app", "wsgi:mock_psp()": "checkout.mockpsp.app"}


def on_starting(arbiter: Any) -> None:
    """A module that cannot be imported is told by the worker, which knows how to end in one line."""
    with suppress(ImportError):
        import_module(IMPORTED_FIRST[arbiter.app.app_uri])


def post_fork(arbiter: Any, worker: Any) -> None:
    """A worker must not serve on without its master: it would keep the port."""
    die_with(arbiter.pid)


def post_worker_init(worker: Any) -> None:
    """The application is made."""
    collect_seldom()


def child_exit(arbiter: Any, worker: Any) -> None:
    """Live gauges of a dead worker are not summed any more, and nobody waits for it to take a connection."""
    SHARES.gone(worker.age)
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def pre_request(worker: Any, req: Any) -> None:
    """gunicorn joins repeated headers by a bare comma, which may as well be part of one Idempotency-Key. Joined as
    RFC 9110 writes it, with a blank that no key has, two are seen to be two."""
    keys = [value for name, value in req.headers if name == "IDEMPOTENCY-KEY"]
    if len(keys) > 1:
        others = [header for header in req.headers if header[0] != "IDEMPOTENCY-KEY"]
        req.headers = [*others, ("IDEMPOTENCY-KEY", ", ".join(keys))]
