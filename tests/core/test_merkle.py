"""Trees and chains of digests, against sums written out by hand."""

from hashlib import sha256

from checkout.core import merkle


def test_the_root_of_three_leaves():
    """The odd one is carried up."""
    a, b, c = (sha256(x).digest() for x in (b"a", b"b", b"c"))
    ab = sha256(b"\x01" + a + b).digest()

    assert merkle.root([a, b, c]) == sha256(b"\x01" + ab + c).digest()
    assert merkle.root([a]) == a


def test_the_digest_of_a_seal_covers_all_that_it_says():
    """Previous digest, number, range, count and root, integers as eight bytes."""
    root = sha256(b"root").digest()
    numbers = b"".join(n.to_bytes(8, "big") for n in (1, 1, 7, 5))

    digest = merkle.seal_digest(
        merkle.GENESIS, number=1, first_sequence=1, last_sequence=7, entries=5, merkle_root=root
    )

    assert digest == sha256(b"\x02" + bytes(32) + numbers + root).digest()
