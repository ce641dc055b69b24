"""A process that rotates and is killed after its first batch: python -m tests.secrets.rotating_child DATABASE_URL."""

import os
import signal
import sys

from checkout import secrets
from checkout.db import session
from checkout.secrets.rotate import rotate
from tests.conftest import KEY
from tests.secrets.conftest import Drawer


def die_after_a_batch(line: str) -> None:
    if "values under the new key" in line:
        os.kill(os.getpid(), signal.SIGKILL)


session.configure(sys.argv[1])
secrets.configure(secrets.LocalKeys([KEY]))
rotate(die_after_a_batch, columns=[Drawer.column], settle_seconds=0)
