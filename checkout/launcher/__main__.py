"""`python -m checkout.launcher run|migrate`: what the Makefile calls."""

import argparse
import os
import signal
import sys

import config
from checkout.launcher.errors import FolderInUse, LauncherError
from checkout.launcher.process import die_with

REFUSED = 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m checkout.launcher", description=__doc__)
    parser.add_argument("command", choices=["run", "migrate"])
    parser.add_argument(
        "--with-parent",
        action="store_true",
        help="stop when the process that started this one (make) is killed",
    )
    arguments = parser.parse_args()
    if arguments.with_parent:
        die_with(os.getppid(), signal.SIGTERM)
    try:
        return run() if arguments.command == "run" else migrate()
    except (config.ConfigError, LauncherError) as refusal:
        print(f"checkout: {refusal}", file=sys.stderr)
        return REFUSED


def run() -> int:
    from checkout.launcher.run import run as run_product

    return run_product()


def migrate() -> int:
    """Brings a schema to this version: of DATABASE_URL, of the instance that runs here, or of the one at rest."""
    from checkout.db.migrate import upgrade
    from checkout.launcher.embedded import embedded_servers
    from checkout.launcher.state_files import make_development_secrets

    settings = config.read()
    if not settings.is_production and settings.data_dir.is_dir():
        make_development_secrets(settings.data_dir)  # a step may have to encrypt what it finds
    if settings.database_url:
        upgrade(settings.database_url)
        return 0
    try:
        with embedded_servers(settings.data_dir) as servers:
            upgrade(servers.database_url)
    except FolderInUse:
        upgrade(config.load().database_url)
    return 0


if __name__ == "__main__":
    sys.exit(main())
