"""The mock as it runs in development: gunicorn, one worker, many threads. Broken connections and kill -9 for real."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.mockpsp.conftest import session_form
from tests.mockpsp.harness import API_KEY, Endpoint, eventually

ROOT = Path(__file__).resolve().parents[2]
SESSIONS = "/v1/checkout/sessions"
HEADERS = {"Authorization": f"Bearer {API_KEY}"}


@contextmanager
def served(data_dir: Path, shop: Endpoint) -> Iterator[tuple[str, int]]:
    """Starts `wsgi:mock_psp()` on a free port; answers its address and the worker's process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")} | {
        "DATA_DIR": str(data_dir),
        "MOCK_PSP_PORT": str(port),
        "MOCK_PSP_WEBHOOK_URL": shop.url,
        "STRIPE_WEBHOOK_SECRETS": "whsec_test",
        "SECRET_KEY": "x" * 40,
        "ENCRYPTION_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "DATABASE_URL": "postgresql://unused",
        "REDIS_URL": "redis://unused",
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "wsgi:mock_psp()",
        "-k",
        "gthread",
        "--threads",
        "32",
        "-w",
        "1",
    ]
    process = subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}", "--log-level", "warning", "--no-control-socket"],
        cwd=ROOT,
        env=environ,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        assert eventually(lambda: process.poll() is not None or _answers(base), 30)
        assert process.poll() is None, "gunicorn did not start"
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True
        )
        yield base, int(children.stdout.split()[0])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _answers(base: str) -> bool:
    try:
        return requests.get(base, timeout=1).status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture
def base(tmp_path, shop):
    with served(tmp_path, shop) as (address, _):
        yield address


@pytest.mark.parametrize(("kind", "executed"), [("refuse", 0), ("drop_request", 0), ("drop_response", 1)])
def test_a_dropped_connection_is_dropped_on_the_wire(base, kind, executed):
    """Not a byte of an answer comes; connections before and after are fine."""
    with requests.Session() as session:
        session.headers.update(HEADERS)
        fault = {"path": SESSIONS, "method": "POST", "kind": kind, "times": 1}
        session.post(f"{base}/_mock/faults", json=fault, timeout=30)
        request = requests.Request("POST", base + SESSIONS, data=session_form(), headers=HEADERS).prepare()

        if kind == "refuse":
            with pytest.raises(ConnectionResetError):
                _raw_exchange(request)
        else:
            assert _raw_exchange(request) == b""

        assert len(session.get(base + SESSIONS, timeout=30).json()["data"]) == executed


def _raw_exchange(request: requests.PreparedRequest) -> bytes:
    """One request in one segment; libraries that send the body apart see a reset as a closed connection."""
    parts = urlsplit(request.url)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with socket.create_connection((parts.hostname, parts.port), 5) as raw:
        raw.sendall(f"POST {parts.path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n{request.body}".encode())
        return raw.recv(100)


def test_kill_9_loses_nothing(tmp_path, shop):
    """What was answered is there after the kill; what was not yet delivered is delivered by the next life."""
    with served(tmp_path, shop) as (base, worker), requests.Session() as session:
        session.headers.update(HEADERS)
        session.post(f"{base}/_mock/webhooks", json={"mode": "delay", "seconds": 2}, timeout=30)
        made = session.post(
            base + SESSIONS, data=session_form(), headers={"Idempotency-Key": "k1"}, timeout=30
        )
        session.post(
            f"{base}/_mock/pay", json={"session": made.json()["id"], "card": "4242424242424242"}, timeout=30
        )
        os.kill(worker, signal.SIGKILL)

    with served(tmp_path, shop) as (base, _), requests.Session() as session:
        session.headers.update(HEADERS)
        again = session.post(
            base + SESSIONS, data=session_form(), headers={"Idempotency-Key": "k1"}, timeout=30
        )
        assert again.content == made.content
        assert len(session.get(f"{base}/_mock/journal", timeout=30).json()["entries"]) == 2
        assert len(shop.wait_for(3)) == 3
