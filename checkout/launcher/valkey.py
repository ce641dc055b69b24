"""The embedded Valkey. It keeps nothing on disk: all it holds may be lost at any time."""

import socket
from pathlib import Path

from checkout.launcher.data_folder import Home
from checkout.launcher.process import Program
from checkout.launcher.wheels import valkey_program

SOCKET = "valkey.sock"


def valkey(home: Home, log: Path) -> Program:
    address = home.sockets / SOCKET
    return Program(
        name="valkey",
        command=[
            str(valkey_program(home)),
            *("--port", "0", "--unixsocket", str(address), "--unixsocketperm", "700"),
            *("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(home.sockets)),
        ],
        log=log,
        environ={"LC_ALL": "C", "TZ": "UTC"},
        account=home.account,
        is_ready=lambda server: server.poll() is None and answers(address),
    )


def url(home: Home) -> str:
    return f"unix://{home.sockets / SOCKET}?db=0"


def answers(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(1)
        try:
            caller.connect(str(address))
            caller.sendall(b"PING\r\n")
            return caller.recv(16).startswith(b"+PONG")
        except OSError:
            return False
