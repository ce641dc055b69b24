"""A row is taken apart in time that grows with its length alone."""

from __future__ import annotations

from time import process_time

from checkout.reconciliation.files.row_cells import pieces_of

MOST_SECONDS = 5.0  # of the processor: it takes some milliseconds; tried in every way, minutes


def test_a_long_name_before_a_long_text_costs_nothing() -> None:
    """A bank statement's entry of 100 kB whose element is closed by another one's end; joined, the pieces are the row."""
    raw = f"<{'a' * 20_000}>{'x' * 80_000}<b/></a>".encode()
    begun = process_time()

    pieces = pieces_of("camt.053.001.02", b"", raw)

    assert process_time() - begun < MOST_SECONDS
    assert "".join(piece.text for piece in pieces) == raw.decode()


def test_an_element_with_a_prefix_and_attributes_is_read_by_its_name() -> None:
    """Its text stands alone, under its own name."""
    pieces = pieces_of("camt.053.001.02", b"", b'<n:Amt Ccy="EUR">12.00</n:Amt><Ustrd>a b</Ustrd>')

    assert [(piece.column, piece.text) for piece in pieces if piece.column] == [
        ("Amt", "12.00"),
        ("Ustrd", "a b"),
    ]
