"""A column mapping is checked before it reads anything: what is wrong is named by its key."""

from __future__ import annotations

import io

import pytest

from checkout.reconciliation.files import opening
from checkout.reconciliation.files.opening import open_file
from checkout.reconciliation.formats.line import OtherLine, SettlementFileInvalid, SettlementLine
from checkout.reconciliation.formats.mapped import MappedFile
from checkout.reconciliation.formats.mapping import MappingInvalid, load_mappings, read_mapping
from tests.reconciliation.writers import mapped

SMALL = """
name: small
version: 1
columns: {number: id, date: day, currency: cur, amount: sum}
"""


def mapping_of(tmp_path, text: str):
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def rows_of(tmp_path, text: str, content: bytes):
    return list(MappedFile(io.BytesIO(content), mapping_of(tmp_path, text)).rows())[1:]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (SMALL + "encoding: utf-16\n", "encoding"),
        (SMALL + "amounts: {decimal: ';'}\n", "amounts.decimal"),
        (SMALL + "amounts: {unti: minor}\n", "amounts.unti"),
        (SMALL + "amounts: {decimal: ',', thousands: ','}\n", "amounts.thousands"),
        (SMALL + "amounts: {sign: columns}\n", "columns.credit"),
        (SMALL + "dates: {zone: Mars/Olympus}\n", "dates.zone"),
        (SMALL + "kinds: {IN: money}\n", "kinds.IN"),
        (SMALL + "constants: {currency: EUR}\n", "columns.currency"),
        (SMALL.replace("number: id, ", ""), "columns.number"),
        (SMALL.replace("sum", "day"), "columns"),
        (SMALL.replace("version: 1", "version: one"), "version"),
        (SMALL + "name: other\n", ""),
        (SMALL + "kinds: &a {IN: payout}\nother_kind: *a\n", ""),
        ("name: !!python/object/apply:os.system [ls]\n", ""),
        ("[unclosed", ""),
        ("- a list\n", "_schema"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(tmp_path, text, key):
    """Unknown keys and values, what a sign rule needs, keys twice, references, tags, no YAML at all."""
    with pytest.raises(MappingInvalid) as refusal:
        mapping_of(tmp_path, text)
    assert refusal.value.key == key


@pytest.mark.parametrize(
    ("amounts", "amount", "currency", "minor"),
    [
        ("{}", "-12.34", "EUR", -1234),
        ("{}", "1000", "JPY", 1000),
        ("{}", "12.340", "KWD", 12340),
        ("{unit: minor}", "-1234", "EUR", -1234),
        ("{sign: inverted}", "12.34", "EUR", -1234),
        ("{decimal: ',', thousands: '.'}", "1.234,5", "EUR", 123450),
        ("{decimal: ','}", "12.34", "EUR", None),
        ("{thousands: ','}", "12,34", "EUR", None),
        ("{}", "12.345", "EUR", None),
        ("{unit: minor}", "12.3", "EUR", None),
    ],
)
def test_amounts_are_read_as_the_mapping_says(tmp_path, amounts, amount, currency, minor):
    """Units, signs, decimal commas and thousands; what does not fit is a bad row and never another amount."""
    content = f'id,day,cur,sum\n1,2026-03-14,{currency},"{amount}"\n'.encode()
    (row,) = rows_of(tmp_path, SMALL + f"amounts: {amounts}\n", content)
    if minor is None:
        assert (row.role, row.line, row.number) == ("rejected", 2, "1")
    else:
        assert row.gross_minor == minor


def test_two_columns_say_credit_and_debit(tmp_path):
    """5.00 in, 3.00 out, and a row that says both."""
    text = SMALL.replace("amount: sum", "credit: in, debit: out") + "amounts: {sign: columns}\n"
    content = (
        b"id,day,cur,in,out\n1,2026-03-14,EUR,5.00,\n2,2026-03-14,EUR,,3.00\n3,2026-03-14,EUR,1.00,1.00\n"
    )
    one, two, both = rows_of(tmp_path, text, content)
    assert (one.gross_minor, two.gross_minor, both.role) == (500, -300, "rejected")


def test_the_newest_version_that_knows_the_columns_reads(tmp_path):
    """Version 2 needs a column that the file lacks: version 1 reads it, and says so."""
    (tmp_path / "a.yaml").write_text(SMALL)
    newer = SMALL.replace("version: 1", "version: 2").replace("sum}", "sum, type: kind}")
    (tmp_path / "b.yaml").write_text(newer)
    opening.configure(mappings_dir=tmp_path)
    try:
        old = open_file(io.BytesIO(b"id,day,cur,sum\n"), "bank")
        new = open_file(io.BytesIO(b"id,day,cur,sum,kind\n"), "bank")
    finally:
        opening.configure(mappings_dir=None)
    assert (old.format, new.format) == ("small@1", "small@2")


def test_the_same_version_twice_is_refused(tmp_path):
    """Which of the two would read the file is nobody's to guess."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(SMALL)
    with pytest.raises(MappingInvalid, match="small@1"):
        load_mappings(tmp_path)


def test_a_broken_mapping_refuses_the_file_that_it_might_know(tmp_path):
    """A bank's file is refused with the mapping's fault; a file that a built-in format knows is read."""
    (tmp_path / "a.yaml").write_text("name: [")
    opening.configure(mappings_dir=tmp_path)
    try:
        with pytest.raises(SettlementFileInvalid, match=r"a\.yaml"):
            open_file(io.BytesIO(b"id,day\n"), "bank")
        assert open_file(io.BytesIO(b"<Document/>"), "bank").format == "camt.053"
    finally:
        opening.configure(mappings_dir=None)


def test_another_encoding_than_the_mappings_is_refused(tmp_path):
    """Latin-1 where the mapping says UTF-8: refused at the line; UTF-16 is refused everywhere."""
    content = "id,day,cur,sum\nMüller,2026-03-14,EUR,1.00\n"
    with pytest.raises(SettlementFileInvalid) as refusal:
        rows_of(tmp_path, SMALL, content.encode("latin-1"))
    assert (refusal.value.code, refusal.value.line) == ("encoding", 2)
    (row,) = rows_of(tmp_path, SMALL + "encoding: latin-1\n", content.encode("latin-1"))
    assert isinstance(row, SettlementLine)
    assert row.number == "Müller"
    with pytest.raises(SettlementFileInvalid, match="UTF-16"):
        open_file(io.BytesIO(mapped.write([]).decode("latin-1").encode("utf-16")), "bank")


def test_only_line_ends_end_a_line(tmp_path):
    """An ellipsis of windows-1252 before the header is a next-line sign in latin-1, and no line's end."""
    (tmp_path / "a.yaml").write_text(SMALL + "encoding: latin-1\nskip_rows: 1\n")
    opening.configure(mappings_dir=tmp_path)
    try:
        reader = open_file(io.BytesIO(b"Umsatz\x85\r\nid,day,cur,sum\r\n1,2026-03-14,EUR,1.00\r\n"), "bank")
        assert [row.line for row in reader.rows()] == [1, 2, 3]
    finally:
        opening.configure(mappings_dir=None)


def test_accounts_are_not_mixed(tmp_path):
    """A file is one account's: the row of another one ends it, named by its line."""
    text = SMALL.replace("amount: sum", "amount: sum, account: iban")
    content = b"id,day,cur,sum,iban\n1,2026-03-14,EUR,1.00,A\n2,2026-03-14,EUR,1.00,B\n"
    with pytest.raises(SettlementFileInvalid) as refusal:
        rows_of(tmp_path, text, content)
    assert (refusal.value.code, refusal.value.line) == ("batch_mixed", 3)


def test_a_short_row_is_kept_out(tmp_path):
    """Three fields where the header has four."""
    (row,) = rows_of(tmp_path, SMALL, b"id,day,cur,sum\n1,2026-03-14,EUR\n")
    assert isinstance(row, OtherLine)
    assert (row.role, row.line) == ("rejected", 2)
