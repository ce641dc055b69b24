"""The form of a sealed value: it opens in its own place, unchanged, and nowhere else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.core.ids import new_uuid
from checkout.secrets import envelope
from checkout.secrets.errors import CannotOpen

KEY, KEY_ID, ROW, OTHER_ROW = envelope.new_key(), new_uuid(), new_uuid(), new_uuid()
PLACE = envelope.place("people", "seed_sealed", ROW)


def encrypted(plaintext: bytes = b"JBSWY3DPEHPK3PXP") -> bytes:
    return envelope.encrypt(plaintext, key=KEY, key_id=KEY_ID, place=PLACE)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200))
def test_what_was_sealed_opens(plaintext):
    sealed = encrypted(plaintext)

    assert envelope.decrypt(sealed, key=KEY, place=PLACE) == plaintext
    assert len(sealed) == len(plaintext) + 45


def test_the_ciphertext_names_version_and_key_and_never_repeats():
    first, second = encrypted(), encrypted()

    assert (first[0], envelope.key_id_of(first)) == (1, KEY_ID)
    assert first != second
    assert b"JBSWY3DPEHPK3PXP" not in first


@pytest.mark.parametrize(
    "place",
    [("people", "seed_sealed", OTHER_ROW), ("people", "other_sealed", ROW), ("accounts", "seed_sealed", ROW)],
    ids=["another row", "another column", "another table"],
)
def test_a_ciphertext_moved_elsewhere_does_not_open(place):
    with pytest.raises(CannotOpen):
        envelope.decrypt(encrypted(), key=KEY, place=envelope.place(*place))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_one_changed_bit_anywhere_is_found(data):
    sealed = bytearray(encrypted())
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(CannotOpen):
        envelope.decrypt(bytes(sealed), key=KEY, place=PLACE)


@pytest.mark.parametrize("broken", [b"", b"\x01", bytes(44), b"\x02" + bytes(60)])
def test_what_is_no_sealed_value_is_refused(broken):
    with pytest.raises(CannotOpen):
        envelope.decrypt(broken, key=KEY, place=PLACE)
