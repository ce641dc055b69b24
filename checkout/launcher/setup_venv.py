"""`python3 checkout/launcher/setup_venv.py requirements.txt`: makes .venv and installs what the file pins.

Runs before anything is installed, so it uses the standard library alone, and syntax that an older Python can
still read up to the line that refuses it. A stamp of what was installed makes the next call a matter of milliseconds.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
STAMP = VENV / "installed.json"
PYTHONS = ((3, 11), (3, 14))

# Debian ships python3 without ensurepip; then pip comes from the package index, this file and no other.
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
INDEX = "https://pypi.org/simple"
DOWNLOAD_SECONDS = 60


class SetupError(Exception):
    """One line that says what is missing and what to do."""


def main() -> int:
    requirements = PROJECT / (sys.argv[1] if len(sys.argv) > 1 else "requirements.txt")
    try:
        set_up(requirements)
    except SetupError as error:
        sys.stderr.write(f"checkout: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def set_up(requirements: Path) -> None:
    _refuse_other_pythons()
    stamp = _read_stamp()
    wanted = _fingerprint(requirements)
    if not _is_usable(stamp):
        _make_venv()
        stamp = {}
    if wanted in stamp.get("installed", []):
        return
    _say(f"Installing {requirements.name} (this takes a minute the first time) ...")
    _pip("install", "--requirement", str(requirements))
    installed = sorted({wanted, *_included(requirements)})
    STAMP.write_text(json.dumps({"place": str(VENV), "installed": installed}))


def _refuse_other_pythons() -> None:
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        raise SetupError(
            "Python 3.11 to 3.14 is needed, {} is {}.{}: run `make PYTHON=python3.12 ...` with one that you have.".format(
                sys.executable, *sys.version_info[:2]
            )
        )


def _make_venv() -> None:
    try:
        import venv
    except ImportError:
        raise SetupError(
            "This Python has no venv module: install it (Debian: apt install python3-venv)."
        ) from None
    _say("Making .venv with Python {}.{} ...".format(*sys.version_info[:2]))
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        import ensurepip  # noqa: F401

        venv.create(str(VENV), with_pip=True, symlinks=True)
    except ImportError:
        venv.create(str(VENV), with_pip=False, symlinks=True)
        _install_pip_from_index()
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupError(f"Cannot make {VENV}: {error}") from None


def _install_pip_from_index() -> None:
    _say("This Python has no ensurepip: fetching pip from the package index ...")
    try:
        with tempfile.TemporaryDirectory() as folder:
            wheel = Path(folder) / PIP_WHEEL
            wheel.write_bytes(_download_pip())
            command = [str(VENV / "bin" / "python"), f"{wheel}/pip", "install", "--quiet", "--no-index"]
            subprocess.run([*command, str(wheel)], check=True)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupError(
            f"python3 has no ensurepip and pip could not be fetched ({error}): install it (Debian: apt install "
            "python3-venv)."
        ) from None


def _download_pip() -> bytes:
    page_url = "{}/pip/".format(_index().rstrip("/"))
    page = _fetch(page_url).decode("utf-8", "replace")
    link = re.search(rf'href="([^"]*{re.escape(PIP_WHEEL)}[^"]*)"', page)
    if link is None:
        raise ValueError(f"{PIP_WHEEL} is not in the index")
    content = _fetch(urllib.parse.urljoin(page_url, link.group(1).replace("&amp;", "&")))
    if hashlib.sha256(content).hexdigest() != PIP_SHA256:
        raise ValueError(f"{PIP_WHEEL} is not the expected file")
    return content


def _fetch(url: str) -> bytes:
    """An index may need a login, which urllib does not take from the address."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"the index is not on the web: {parts.scheme}")
    request = urllib.request.Request(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl())  # noqa: S310
    if parts.username:
        login = ":".join(urllib.parse.unquote(part or "") for part in (parts.username, parts.password))
        request.add_header("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    with urllib.request.urlopen(request, timeout=DOWNLOAD_SECONDS) as answer:  # noqa: S310
        return bytes(answer.read())


def _index() -> str:
    """The index that pip itself would use: its variable, its files, then the public one."""
    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"]
    parser = configparser.ConfigParser(interpolation=None)
    files = [
        "/etc/pip.conf",
        "~/.pip/pip.conf",
        "~/.config/pip/pip.conf",
        os.environ.get("PIP_CONFIG_FILE", ""),
    ]
    parser.read([Path(name).expanduser() for name in files if name])
    return parser.get("global", "index-url", fallback=INDEX)


def _pip(*arguments: str) -> None:
    command = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        *arguments,
    ]
    if subprocess.run(command).returncode != 0:
        raise SetupError(
            "pip could not install the requirements; its reason stands above. Run the command again."
        )


def _fingerprint(requirements: Path) -> str:
    content = requirements.read_bytes() + b"".join(path.read_bytes() for path in _includes(requirements))
    return f"{requirements.name}:{hashlib.sha256(content).hexdigest()}"


def _included(requirements: Path) -> list[str]:
    return [_fingerprint(path) for path in _includes(requirements)]


def _includes(requirements: Path) -> list[Path]:
    names = re.findall(r"^-r\s+(\S+)", requirements.read_text(), flags=re.MULTILINE)
    return [requirements.parent / name for name in names]


def _is_usable(stamp: dict[str, Any]) -> bool:
    """A venv that was moved, or whose Python was replaced by another version, is made anew."""
    try:
        settings = (VENV / "pyvenv.cfg").read_text()
    except OSError:
        return False
    version = "{}.{}.{}".format(*sys.version_info[:3])
    same_python = re.search(rf"^version\s*=\s*{re.escape(version)}$", settings, flags=re.MULTILINE)
    return (
        bool(same_python)
        and (VENV / "bin" / "python").exists()
        and stamp.get("place", str(VENV)) == str(VENV)
    )


def _read_stamp() -> dict[str, Any]:
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
