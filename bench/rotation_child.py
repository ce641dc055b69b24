"""One process beside a rotation, as a web process would be: `python -m bench.rotation_child read|write URL KEY[,KEY] PEOPLE`.

Reads or renames people until a line comes on stdin; then says as JSON how often, and what went wrong.
"""

from __future__ import annotations

import json
import select
import sys
from collections import Counter

from checkout import secrets
from checkout.core.cause import Cause
from checkout.core.ids import new_uuid
from checkout.db.session import atomic, configure
from checkout.db.statement import run
from checkout.identity import names, users
from checkout.secrets import CannotOpen, open_sealed

CAUSE = Cause("system", "bench")
SEED = b"JBSWY3DPEHPK3PXP"
PEOPLE_AT_ONCE = 20
PAGE = """
    SELECT u.id, u.email_sealed, u.name_sealed, f.seed_sealed FROM users u JOIN second_factors f ON f.user_id = u.id
     WHERE u.id >= %(id)s ORDER BY u.id LIMIT %(limit)s
"""


def main(what: str, url: str, keys: str, people: int) -> None:
    configure(url)
    secrets.configure(secrets.LocalKeys([bytes.fromhex(key) for key in keys.split(",")]))
    done, errors, number = 0, Counter[str](), 0
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        number += 1
        try:
            done += read(number % people) if what == "read" else write(number % people)
        except CannotOpen as error:
            errors[str(error)] += 1
    print(json.dumps({"done": done, "errors": sum(errors.values()), "kinds": list(errors)}), flush=True)


def read(number: int) -> int:
    """A page of people, found from one of them on: address, name and seed of each are opened."""
    found = users.find_by_email(email_of(number))
    assert found is not None, "the fingerprint finds everybody at any time"
    rows = run(PAGE, id=found.id, limit=PEOPLE_AT_ONCE)
    for row in rows:
        person = names.opened(row)
        seed = open_sealed(row.seed_sealed, table="second_factors", column="seed_sealed", row=row.id)
        assert (person["name"].partition(" ")[0], seed) == ("Bench", SEED), "what was sealed is what is read"
    return 3 * len(rows)


def write(number: int) -> int:
    found = users.find_by_email(email_of(number))
    assert found is not None, "the fingerprint finds everybody at any time"
    with atomic() as session:
        users.rename(session, found.id, f"Bench {new_uuid()}")
    return 1


def email_of(number: int) -> str:
    return f"person{number}@bench.example"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
