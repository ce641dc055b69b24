"""Ids: TypeID outside, UUIDv7 inside; anything else is not found."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.core import ids


def test_the_published_typeid_example_is_encoded_alike():
    """TypeID's own example: prefix_01h455vb4pex5vsknk084sn02q is 01890a5d-ac96-774b-bcce-b302099a8057."""
    value = UUID("01890a5d-ac96-774b-bcce-b302099a8057")

    assert ids.encode("pay", value) == "pay_01h455vb4pex5vsknk084sn02q"
    assert ids.decode("pay", "pay_01h455vb4pex5vsknk084sn02q") == value


@given(st.uuids())
def test_every_uuid_comes_back(value):
    assert ids.decode("ord", ids.encode("ord", value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pay_",
        "pay",
        "ord_01h455vb4pex5vsknk084sn02q",
        "pay_01H455VB4PEX5VSKNK084SN02Q",
        "pay_81h455vb4pex5vsknk084sn02q",
        "pay_01h455vb4pex5vsknk084sn02",
        "pay_01h455vb4pex5vsknk084sn02qq",
        "pay_01h455vb4pex5vsknk084sn0il",
        "pay_01h455vb4pex5vsknk084sn02\u0661",
    ],
)
def test_what_is_no_id_of_that_kind_is_not_found(text):
    """Another prefix, upper case, over 128 bits, wrong length, letters outside the alphabet."""
    with pytest.raises(ids.MalformedId):
        ids.decode("pay", text)


def test_new_ids_are_version_7_and_sort_by_time():
    made = [ids.new_uuid() for _ in range(200)]

    assert {value.version for value in made} == {7}
    assert {value.variant for value in made} == {"specified in RFC 4122"}
    assert [value.int >> 80 for value in made] == sorted(value.int >> 80 for value in made)
    assert len(set(made)) == 200


def test_a_new_id_is_a_uuid_like_any_other():
    """Equal to the one of the same number, found by it, spelled and pickled alike."""
    made = ids.new_uuid()
    same = UUID(int=made.int)

    assert made == same
    assert {made: 1}[same] == 1
    assert (str(made), made.is_safe) == (str(same), same.is_safe)
    assert pickle.loads(pickle.dumps(made)) == same


def test_ids_of_before_a_moment_are_below_it():
    """Also where the moment is one that no id was made at: nothing is older than 1970."""
    assert (
        ids.oldest_at(datetime(2000, 1, 1, tzinfo=UTC))
        < ids.new_uuid()
        < ids.oldest_at(datetime(9999, 1, 1, tzinfo=UTC))
    )
    assert ids.oldest_at(datetime(1969, 12, 31, tzinfo=UTC)) == UUID(int=0)


FORKED = """
import os
from checkout.core import ids
ids.new_uuid()
os.fork()
os.write(1, "".join(f"{ids.new_uuid().int & (1 << 62) - 1}\\n" for _ in range(10)).encode())
"""


def test_a_forked_child_makes_ids_of_its_own():
    """Randomness that was drawn ahead is the parent's: the random parts of ten ids of each have nothing in common."""
    said = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, check=True).stdout

    assert len(said.split()) == 20
    assert len(set(said.split())) == 20
