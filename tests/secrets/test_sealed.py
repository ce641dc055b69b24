"""Sealed values in the database's own keys: made once, wrapped, found again by other processes."""

import pytest

from checkout import secrets
from checkout.core.ids import new_uuid
from checkout.secrets import CannotOpen, LocalKeys, key_id_of, open_sealed, seal
from tests.concurrency import at_once
from tests.conftest import KEY

ROW = new_uuid()
PLACE = {"table": "people", "column": "seed_sealed", "row": ROW}


def fresh_process(*keys: bytes) -> None:
    secrets.configure(LocalKeys(keys or [KEY]))


def test_a_value_opens_in_another_process(db):
    """The first seal makes the data key; whoever has the key-encryption key reads it later."""
    sealed = seal(b"JBSWY3DPEHPK3PXP", **PLACE)

    fresh_process()

    assert open_sealed(sealed, **PLACE) == b"JBSWY3DPEHPK3PXP"
    assert db.value("SELECT count(*) FROM data_keys") == 1
    assert db.value("SELECT status FROM data_keys") == "current"


def test_it_opens_nowhere_else(db):
    sealed = seal(b"JBSWY3DPEHPK3PXP", **PLACE)

    with pytest.raises(CannotOpen):
        open_sealed(sealed, **{**PLACE, "row": new_uuid()})


def test_without_the_key_encryption_key_nothing_opens(db):
    sealed = seal(b"JBSWY3DPEHPK3PXP", **PLACE)

    fresh_process(bytes(32))

    with pytest.raises(CannotOpen, match="not among those given"):
        open_sealed(sealed, **PLACE)


def test_an_older_key_encryption_key_still_unwraps(db):
    """A second key given behind the new one: what it wrapped stays readable."""
    sealed = seal(b"JBSWY3DPEHPK3PXP", **PLACE)

    fresh_process(bytes(32), KEY)

    assert open_sealed(sealed, **PLACE) == b"JBSWY3DPEHPK3PXP"


def test_a_data_key_wrapped_for_another_row_does_not_unwrap(db):
    """Whoever may write to the table cannot pass one key off as another."""
    sealed = seal(b"JBSWY3DPEHPK3PXP", **PLACE)
    secrets.blind_index("jo@example.org", table="shoppers", column="email_index", scope=ROW)
    db.rows(
        "UPDATE data_keys k SET wrapped = o.wrapped FROM data_keys o WHERE k.purpose = 'seal' AND o.purpose <> 'seal'"
    )

    fresh_process()

    with pytest.raises(CannotOpen):
        open_sealed(sealed, **PLACE)


def test_many_first_seals_at_once_make_one_key(db):
    """Eight threads that each seal the database's very first value agree on its key."""
    sealed = at_once(*[lambda: seal(b"x", **PLACE) for _ in range(8)])

    assert {key_id_of(value) for value in sealed} == {db.value("SELECT id FROM data_keys")}


def test_the_plain_key_is_not_in_the_database(db):
    seal(b"x", **PLACE)

    (row,) = db.rows("SELECT wrapped, kek_id FROM data_keys")

    assert len(row["wrapped"]) == 12 + 32 + 16
    assert KEY.hex() not in str(row)


def test_a_blind_index_is_stable_and_differs_by_scope(db):
    """Equal values have equal indexes in one scope, after a restart too; in another scope they do not meet."""
    of = {"table": "shoppers", "column": "email_index"}
    first = secrets.blind_index("jo@example.org", **of, scope=ROW)

    fresh_process()

    assert secrets.blind_index("jo@example.org", **of, scope=ROW) == first
    assert secrets.blind_index("jo@example.org", **of, scope=new_uuid()) != first
    assert len(first) == 32
