"""A bank statement; each entry on a line of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from tests.reconciliation.writers.told import Told, major, read_as

PSP = "bank"
KINDS = {"payout": 1, "adjustment": -1}
CURRENCIES = ("EUR", "JPY", "KWD")
OPENING = 100_000
FAMILY = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"


def write(night: Sequence[Told], version: str = "08", closing_off_by: int = 0) -> bytes:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>',
        "<GrpHdr><MsgId>M1</MsgId></GrpHdr>",
        "<Stmt><Id>STMT-7</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>",
    ]
    for currency in sorted({told.currency for told in night}):
        closing = OPENING + sum(told.gross for told in night if told.currency == currency) + closing_off_by
        lines += [_balance("OPBD", OPENING, currency), _balance("CLBD", closing, currency)]
    lines += [_entry(told, n) for n, told in enumerate(night)]
    return ("\n".join([*lines, "</Stmt></BkToCstmrStmt></Document>"]) + "\n").encode()


def read(told: Told, n: int) -> dict[str, Any]:
    return read_as(told, type="PMNT-RCDT-ESCT", number=f"BANK{n}", source_id="", fee=0)


def _entry(told: Told, n: int) -> str:
    return (
        f"<Ntry>{_amount(told.amount(major(told.gross, told.currency)), told.gross, told.currency)}"
        f"{'<RvslInd>true</RvslInd>' if told.kind == 'payout_reversal' else ''}"
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><DtTm>{told.at:%Y-%m-%dT%H:%M:%SZ}</DtTm></BookgDt>"
        f"<AcctSvcrRef>BANK{n}</AcctSvcrRef>{FAMILY.replace('ESCT', 'CHRG') if told.kind == 'fee' else FAMILY}<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        f"<RmtInf><Ustrd>{escape(told.reference)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _balance(type: str, minor: int, currency: str) -> str:
    return f"<Bal><Tp><CdOrPrtry><Cd>{type}</Cd></CdOrPrtry></Tp>{_amount(major(minor, currency), minor, currency)}</Bal>"


def _amount(text: str, minor: int, currency: str) -> str:
    return f'<Amt Ccy="{currency}">{text}</Amt><CdtDbtInd>{"DBIT" if minor < 0 else "CRDT"}</CdtDbtInd>'
