"""What deploy/ holds is read by the tools that will read it, and agrees with the code about names and numbers."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checkout.disputes.file_rules import FILE_BYTES_MOST
from checkout.launcher import slow_clients
from checkout.launcher.programs import QUEUES
from checkout.reconciliation.files.limits import IN_A_REQUEST_MOST
from config import PROJECT

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictNamespaces": "yes",
    "User": "checkout",
    "Restart": "always",
}


def tool(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{name} is not installed: the file is not checked by it")
    return found


def checked(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60)


@pytest.fixture
def nginx_prefix(tmp_path: Path) -> Path:
    """A configuration of its own that includes ours, with a certificate made for the test."""
    tls = tmp_path / "tls"
    tls.mkdir()
    made = checked(
        *(
            tool("openssl"),
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ),
        *(
            "-keyout",
            tls / "privkey.pem",
            "-out",
            tls / "fullchain.pem",
            "-days",
            "1",
            "-subj",
            "/CN=pay.example",
        ),
    )
    assert made.returncode == 0, made.stderr
    text = (DEPLOY / "nginx/checkout.conf").read_text()
    text = text.replace("/etc/checkout/tls", str(tls)).replace("/var/log/nginx", str(tmp_path))
    text = text.replace("/etc/nginx/checkout_proxy.conf", str(DEPLOY / "nginx/checkout_proxy.conf"))
    (tmp_path / "checkout.conf").write_text(text)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log;"
        f" events {{}} http {{ include {tmp_path}/checkout.conf; }}"
    )
    return tmp_path


def test_nginx_takes_its_configuration(nginx_prefix):
    """`nginx -t`, without a warning."""
    result = checked(tool("nginx"), "-t", "-p", nginx_prefix, "-c", nginx_prefix / "nginx.conf")

    assert result.returncode == 0, result.stderr
    assert "[warn]" not in result.stderr


def test_nginx_overwrites_what_clients_say_of_their_address():
    """With TRUSTED_PROXIES=1 as the unit has it: set and not appended, so that a forged header is gone."""
    proxy = (DEPLOY / "nginx/checkout_proxy.conf").read_text()
    main = (DEPLOY / "nginx/checkout.conf").read_text()

    assert "proxy_set_header X-Forwarded-For $remote_addr;" in proxy
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in proxy
    assert "proxy_next_upstream off;" in proxy
    assert "Environment=TRUSTED_PROXIES=1" in (DEPLOY / "systemd/checkout-web.service").read_text()
    # A location with a header of its own would lose those of the file.
    assert main.count("include /etc/nginx/checkout_proxy.conf;") == main.count("proxy_pass ")
    assert "proxy_set_header" not in main


def test_nginx_speaks_tls_1_2_or_newer_with_hsts():
    """And nothing older; a name that is not ours gets no handshake."""
    main = (DEPLOY / "nginx/checkout.conf").read_text()

    assert re.findall(r"ssl_protocols (.*);", main) == ["TLSv1.2 TLSv1.3"]
    (seconds,) = re.findall(r'Strict-Transport-Security "max-age=(\d+)', main)
    assert int(seconds) >= 31_536_000
    assert "ssl_reject_handshake on;" in main


def test_nginx_takes_bodies_as_large_as_we_do_and_waits_no_longer():
    """A webhook has 256 KiB; a head and a pause in a body have what the web process gives them."""
    main = (DEPLOY / "nginx/checkout.conf").read_text()

    assert "client_max_body_size 256k;" in main
    files = dict(re.findall(r"location ~ (\S+) \{\s+client_max_body_size (\d+)m;", main))
    room = {
        path: next((int(most) for place, most in files.items() if re.search(place, path)), 0)
        for path in (
            "/v1/settlements/files",
            "/finance/reconciliation/files",
            "/v1/disputes/dp_1/files",
            "/admin/refunds",
        )
    }
    assert list(room.values()) == [33, 33, 6, 6]
    assert room["/v1/settlements/files"] * 1024 * 1024 > IN_A_REQUEST_MOST
    assert room["/v1/disputes/dp_1/files"] * 1024 * 1024 > FILE_BYTES_MOST
    (head,) = re.findall(r"client_header_timeout (\d+)s;", main)
    (body,) = re.findall(r"client_body_timeout (\d+)s;", main)
    assert int(head) <= slow_clients.HEAD_SECONDS
    assert int(body) <= slow_clients.BODY_SECONDS


def test_nft_takes_its_rules():
    """`nft -c`: parsed and checked against the kernel, not loaded."""
    result = checked(tool("nft"), "-c", "-f", DEPLOY / "nftables.conf")
    if "Operation not permitted" in result.stderr:
        pytest.skip("nft -c needs the right to ask the kernel, which this user does not have")

    assert result.returncode == 0, result.stderr


def test_the_firewall_is_closed_unless_opened():
    """Default deny for what comes in and for what passes through."""
    rules = (DEPLOY / "nftables.conf").read_text()

    assert re.findall(r"hook (\w+) priority filter; policy (\w+);", rules) == [
        ("input", "drop"),
        ("forward", "drop"),
        ("output", "accept"),
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_each_unit_is_hardened_and_starts_what_exists(unit):
    """No root, no capabilities, a read-only system; and modules that are there."""
    settings = dict(
        line.split("=", 1)
        for line in unit.read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    command = shlex.split(settings["ExecStart"])

    assert {name: settings.get(name) for name in HARDENED} == HARDENED
    assert command[:2] == ["/opt/checkout/.venv/bin/python", "-m"]
    module = command[2]
    assert module == "gunicorn" or (PROJECT / (module.replace(".", "/") + ".py")).is_file()
    assert "[Install]" in unit.read_text()


def test_systemd_takes_the_units(tmp_path):
    """`systemd-analyze verify`, with this interpreter in the place of the installed one."""
    analyze = tool("systemd-analyze")
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text().replace("/opt/checkout/.venv/bin/python", sys.executable)
        (tmp_path / unit.name.replace("@.", "@default.")).write_text(text)

    result = checked(analyze, "verify", "--man=no", *sorted(tmp_path.glob("*.service")))

    complaints = [line for line in result.stderr.splitlines() if str(tmp_path) in line or "checkout" in line]
    assert complaints == [], result.stderr


def test_every_queue_has_its_worker():
    """A queue that nobody listens to would only be seen by its backlog."""
    target = (DEPLOY / "systemd/checkout.target").read_text()

    assert set(re.findall(r"checkout-worker@(\w+)\.service", target)) == set(QUEUES)


def instructions() -> list[tuple[str, str]]:
    """The container file as (instruction, rest): comments out, continued lines joined."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (DEPLOY / "container/Containerfile").read_text())
    lines = [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def test_the_image_has_a_pinned_base_and_no_root():
    """An exact version, a numeric user that is not 0, set before the process starts; no secret in the image."""
    found = instructions()
    names = [name for name, _ in found]
    bases = [rest.split()[0] for name, rest in found if name == "FROM"]

    assert set(names) <= {
        "FROM",
        "ENV",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert all(re.search(r":\d+\.\d+\.\d+-", base) for base in bases)
    (user,) = [rest for name, rest in found if name == "USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert not re.search(
        r"SECRET|KEY|PASSWORD|TOKEN", " ".join(rest for name, rest in found if name == "ENV")
    )


def test_the_image_is_made_of_what_is_there():
    """Each file that is copied from the project exists; the server's settings are the product's own."""
    copied = [
        part
        for name, rest in instructions()
        if name == "COPY" and "--from" not in rest
        for part in rest.split()[:-1]
    ]

    assert [name for name in copied if not (PROJECT / name).exists()] == []
    assert {"checkout", "jobs", "migrations", "templates", "config.py", "wsgi.py"} <= set(copied)
    (command,) = [rest for name, rest in instructions() if name == "CMD"]
    assert "python:checkout.launcher.gunicorn_settings" in command
