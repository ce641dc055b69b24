"""What is particular to a bank statement: balances that must add up, and XML that may not reach beyond itself."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from checkout.reconciliation.files.opening import open_file
from checkout.reconciliation.formats.line import SettlementFileInvalid, SettlementLine
from tests.reconciliation.writers import camt053
from tests.reconciliation.writers.told import Told

AT = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
NIGHT = [Told("payout", 488, 0, "EUR", AT, "STRIPE txn_2"), Told("adjustment", -30, 0, "EUR", AT, "fee")]
STATEMENT = camt053.write(NIGHT)
BOMB = b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def read(content: bytes):
    reader = open_file(io.BytesIO(content), "bank")
    return reader, list(reader.rows())


def changed(old: bytes, new: bytes) -> bytes:
    assert old in STATEMENT
    return STATEMENT.replace(old, new)


def refused(content: bytes) -> SettlementFileInvalid:
    with pytest.raises(SettlementFileInvalid) as refusal:
        read(content)
    return refusal.value


@pytest.mark.parametrize("version", ["02", "08", "13"])
def test_every_version_is_read(version):
    """The namespaces from .02 to .13; the statement's number is the batch, its IBAN the account."""
    content = camt053.write(NIGHT, version=version)
    if version == "02":
        content = content.replace(b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts>BOOK</Sts>")
    reader, rows = read(content)
    assert [row.gross_minor for row in rows if isinstance(row, SettlementLine)] == [488, -30]
    assert (reader.batch, reader.account) == ("STMT-7", "DE02120300000000202051")


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (changed(b"?>\n", b"?>\n" + BOMB), "malformed_xml", "declares a document type"),
        (changed(b"?>\n", b"?>\n" + OUTSIDE), "malformed_xml", "declares a document type"),
        (changed(b"?>\n", b'?>\n<!DOCTYPE d SYSTEM "http://127.0.0.1/d">'), "malformed_xml", "document type"),
        (changed(b"STRIPE txn_2", b"&undeclared;"), "malformed_xml", "undefined entity"),
        (changed(b'encoding="UTF-8"', b'encoding="ISO-8859-1"'), "encoding", "ISO-8859-1"),
        (STATEMENT.decode().encode("utf-16"), "encoding", "UTF-16"),
        (changed(b"STRIPE", b"M\xfcller"), "malformed_xml", "not well-formed"),
        (changed(b"camt.053.001.08", b"camt.052.001.08"), "header", "is no camt.053"),
        (changed(b"camt.053.001.08", b"camt.053.001.14"), "header", "is no camt.053"),
        (changed(b"</Stmt>", b""), "malformed_xml", "mismatched"),
        (changed(b"<MsgId>M1</MsgId>", b"<a>" * 50), "malformed_xml", "too deep"),
        (changed(b"STRIPE", b"x" * 1_200_000), "line_too_long", "more than"),
        (changed(b"<Id>STMT-7</Id>", b""), "header", "no Id"),
        (changed(b"<Cd>OPBD</Cd>", b"<Cd>XXXX</Cd>"), "control_totals", "no opening"),
        (camt053.write(NIGHT, closing_off_by=1), "control_totals", "are not closing"),
        (b"<html></html>", "header", "is no camt.053"),
        (b"<Document", "malformed_xml", "no well-formed XML"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused(content, code, detail):
    """Entities, document types and anything outside; other encodings and messages; balances that do not add up."""
    error = refused(content)
    assert error.code == code
    assert detail in error.detail


def test_statements_of_two_accounts_are_refused():
    """One file is one account's."""
    second = STATEMENT[STATEMENT.index(b"<Stmt>") : STATEMENT.index(b"</BkToCstmrStmt>")]
    other = second.replace(b"DE02120300000000202051", b"DE99")
    assert refused(changed(b"</BkToCstmrStmt>", other + b"</BkToCstmrStmt>")).code == "batch_mixed"


def test_two_statements_of_one_account_are_one_batch():
    """Both numbers name it; every byte of what stands between is kept."""
    second = STATEMENT[STATEMENT.index(b"<Stmt>") : STATEMENT.index(b"</BkToCstmrStmt>")].replace(
        b"STMT-7", b"STMT-8"
    )
    content = changed(b"</BkToCstmrStmt>", second + b"</BkToCstmrStmt>")
    reader, rows = read(content)
    assert reader.batch == "STMT-7 STMT-8"
    assert b"".join(row.raw for row in rows) == content
    assert sum(isinstance(row, SettlementLine) for row in rows) == 4


def test_a_statement_on_one_line_with_a_bom():
    """No line ends at all: the entries are told apart, and every byte is there."""
    content = b"\xef\xbb\xbf" + STATEMENT.replace(b"\n", b"")
    _, rows = read(content)
    assert b"".join(row.raw for row in rows) == content
    assert [row.line for row in rows if isinstance(row, SettlementLine)] == [2, 3]
    assert rows[1].raw.startswith(b"<Ntry>")
    assert rows[1].raw.endswith(b"</Ntry>")


def test_what_is_only_announced_is_no_movement():
    """A pending entry is in no balance, and in no sum."""
    pending = STATEMENT[STATEMENT.index(b"<Ntry>") : STATEMENT.index(b"</Ntry>") + 7].replace(
        b"BOOK", b"PDNG"
    )
    _, rows = read(changed(b"</Stmt>", pending + b"</Stmt>"))
    assert sum(isinstance(row, SettlementLine) for row in rows) == 2
    assert "PDNG" in next(
        row.detail for row in rows if not isinstance(row, SettlementLine) and row.role == "blank"
    )


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        (b">4.88<", b">4,88<", "no amount"), (b">4.88<", b">-4.88<", "sign"), (b'Ccy="EUR">4.88', b'Ccy="XXX">4.88', "XXX"),
        (b"2026-03-14T12:30:00Z", b"soon", "no time"), (b"<Cd>BOOK</Cd>", b"<Cd>WHAT</Cd>", "status"),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_read_is_kept_out(old, new, detail):
    """It is named with its line and the bank's reference, and the rest is read."""
    _, rows = read(STATEMENT.replace(old, new, 1))
    (rejected,) = [row for row in rows if not isinstance(row, SettlementLine) and row.role == "rejected"]
    assert (rejected.number, STATEMENT.split(b"\n")[rejected.line - 1][:6]) == ("BANK0", b"<Ntry>")
    assert detail in rejected.detail


def test_costs_and_references():
    """The bank's own charge is a fee; what the sender wrote stands in the reference, whatever element holds it."""
    content = changed(b"<EndToEndId>NOTPROVIDED</EndToEndId>", b"<EndToEndId>po_1</EndToEndId>").replace(
        b"ESCT", b"CHRG"
    )
    _, rows = read(content)
    lines = [row for row in rows if isinstance(row, SettlementLine)]
    assert [(row.kind, row.source_id, row.reference) for row in lines] == [
        ("fee", "po_1", "po_1 STRIPE txn_2"), ("fee", "po_1", "po_1 fee"),
    ]  # fmt: skip
