"""Setting up .venv on a machine that has Python and nothing else."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from checkout.launcher import setup_venv
from checkout.launcher.setup_venv import SetupError, set_up


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project whose requirements need no download."""
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\n")
    monkeypatch.setattr(setup_venv, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup_venv, "STAMP", tmp_path / ".venv" / "installed.json")
    return tmp_path


@pytest.fixture
def pip_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What pip was asked to install; it is not there, because making it takes seconds."""
    calls: list[str] = []
    create = venv.create
    monkeypatch.setattr(venv, "create", lambda path, **more: create(path, symlinks=True))
    monkeypatch.setattr(setup_venv, "_pip", lambda *arguments: calls.append(arguments[-1].rpartition("/")[2]))
    return calls


@pytest.fixture
def without_ensurepip(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Debian's python3 is without python3-venv."""
    monkeypatch.setitem(sys.modules, "ensurepip", None)


def test_it_is_made_once_and_again_when_the_pins_change(project: Path, pip_calls: list[str]) -> None:
    set_up(project / "requirements.txt")
    set_up(project / "requirements.txt")
    assert pip_calls == ["requirements.txt"]

    (project / "requirements.txt").write_text("# something\n")
    set_up(project / "requirements.txt")

    assert pip_calls == ["requirements.txt", "requirements.txt"]
    assert (project / ".venv" / "bin" / "python").exists()


def test_what_tests_need_includes_what_runs(project: Path, pip_calls: list[str]) -> None:
    """After the larger file the smaller one needs nothing; a change of the smaller one reaches the larger one."""
    set_up(project / "requirements-dev.txt")
    set_up(project / "requirements.txt")
    assert pip_calls == ["requirements-dev.txt"]

    (project / "requirements.txt").write_text("# something\n")
    set_up(project / "requirements-dev.txt")
    assert pip_calls == ["requirements-dev.txt", "requirements-dev.txt"]


def test_a_folder_that_was_moved_gets_a_new_one(project: Path, pip_calls: list[str]) -> None:
    set_up(project / "requirements.txt")
    setup_venv.STAMP.write_text('{"place": "/elsewhere/.venv", "installed": []}')

    set_up(project / "requirements.txt")

    assert len(pip_calls) == 2


@pytest.mark.usefixtures("without_ensurepip")
def test_without_ensurepip_pip_comes_from_the_index(
    project: Path, pip_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very file that was pinned, installed from the wheel itself."""
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return (
            f'<a href="../../files/{setup_venv.PIP_WHEEL}#sha256=1">'.encode()
            if url.endswith("/pip/")
            else b"wheel"
        )

    monkeypatch.setattr(setup_venv, "_fetch", fetch)
    monkeypatch.setattr(
        setup_venv, "PIP_SHA256", "ff5c2f9aac1cb8d3cb44fbf1ef0e0d7e1dd9ad0cfb3a8f3b3d1f3c2ed9c5d0aa"
    )
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple/")

    with pytest.raises(SetupError, match="is not the expected file"):
        set_up(project / "requirements.txt")

    assert asked == [
        "https://index.example/simple/pip/",
        f"https://index.example/files/{setup_venv.PIP_WHEEL}#sha256=1",
    ]
    assert not (project / ".venv").exists()


@pytest.mark.usefixtures("without_ensurepip")
def test_without_ensurepip_and_index_one_line_says_what_to_install(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(url: str) -> bytes:
        raise OSError("no route to host")

    monkeypatch.setattr(setup_venv, "_fetch", unreachable)

    with pytest.raises(
        SetupError, match=r"no ensurepip.*no route to host.*apt install python3-venv"
    ) as refusal:
        set_up(project / "requirements.txt")

    assert "\n" not in str(refusal.value)


def test_another_python_is_refused_in_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup_venv.sys, "version_info", (3, 9, 2))

    with pytest.raises(SetupError, match=r"Python 3.11 to 3.14 is needed, .* is 3.9"):
        set_up(project / "requirements.txt")


def test_an_index_with_a_login_gets_it_as_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """urllib would take user:password@ for a part of the host's name."""
    seen = []

    class Answer:
        def __enter__(self) -> "Answer":
            return self

        def __exit__(self, *_: object) -> None: ...

        def read(self) -> bytes:
            return b"page"

    def urlopen(request: object, timeout: float) -> Answer:
        seen.append(request)
        return Answer()

    monkeypatch.setattr(setup_venv.urllib.request, "urlopen", urlopen)

    assert setup_venv._fetch("https://me:s%40crt@index.example/simple/pip/") == b"page"
    assert seen[0].full_url == "https://index.example/simple/pip/"
    assert seen[0].get_header("Authorization") == "Basic bWU6c0BjcnQ="


def test_it_runs_as_a_script_with_the_standard_library_alone(project: Path) -> None:
    """The Makefile starts it with the machine's own Python, before anything is installed."""
    script = Path(setup_venv.__file__)
    code = f"import runpy, sys; sys.argv = ['x']; runpy.run_path({str(script)!r}, run_name='imported')"

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=project, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")
