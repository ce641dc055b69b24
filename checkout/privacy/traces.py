"""What else may name a person: the storefront's own texts in their payments, stored answers and requests, and the
development mailbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.db.statement import execute
from checkout.disputes.forget import forget_evidence
from checkout.privacy.free_text import Names


def remove_traces(session: Session, shoppers: Sequence[UUID], names: Names, emails: Sequence[str]) -> int:
    """Takes the names out of every text of the shoppers' payments. Returns how many payments they have."""
    payments = [
        row.id
        for row in execute(
            session,
            "SELECT id FROM payments WHERE shopper_id = ANY(%(ids)s) ORDER BY id FOR UPDATE",
            ids=shoppers,
        )
    ]
    forget_evidence(session, payments)
    _clean_payments(session, payments, names)
    _clean_orders(session, payments, names)
    _clean_refunds(session, payments, names)
    _clean_answers(session, payments, names)
    _clean_credits(session, shoppers, names)
    execute(
        session,
        """
        DELETE FROM mailbox_messages m USING unnest(%(emails)s::text[]) AS gone (email)
         WHERE position(lower(gone.email) IN lower(m.recipient)) > 0
        """,
        emails=list(emails),
    )
    return len(payments)


def _clean_payments(session: Session, payments: Sequence[UUID], names: Names) -> None:
    """The stored request is never sent again once a payment has ended, so it goes whole."""
    execute(
        session,
        "UPDATE payments SET psp_request = '{}', updated_at = %(now)s WHERE id = ANY(%(ids)s)",
        ids=payments,
        now=utcnow(),
    )
    texts = "metadata, return_url, cancel_url, last_error"
    for row in execute(
        session, f"SELECT id, {texts} FROM payments WHERE id = ANY(%(ids)s)", ids=payments
    ).all():
        before = dict(row._mapping)
        after = {name: value if name == "id" else names.out_of(value) for name, value in before.items()}
        if after != before:
            execute(
                session,
                """
                UPDATE payments SET metadata = %(metadata)s, return_url = %(return_url)s, cancel_url = %(cancel_url)s,
                       last_error = %(last_error)s
                 WHERE id = %(id)s
                """,
                **after
                | {"metadata": Jsonb(after["metadata"])}
                | {"last_error": Jsonb(after["last_error"]) if after["last_error"] is not None else None},
            )


def _clean_orders(session: Session, payments: Sequence[UUID], names: Names) -> None:
    for table, column, rows in (
        ("orders", "reference", "SELECT id, reference AS text FROM orders WHERE payment_id = ANY(%(ids)s)"),
        (
            "order_lines",
            "name",
            "SELECT l.id, l.name AS text FROM order_lines l JOIN orders o ON o.id = l.order_id"
            " WHERE o.payment_id = ANY(%(ids)s)",
        ),
    ):
        for row in execute(session, rows, ids=payments).all():
            cleaned = names.out_of(row.text)
            if cleaned != row.text:
                execute(
                    session,
                    f"UPDATE {table} SET {column} = %(text)s WHERE id = %(id)s",
                    id=row.id,
                    text=cleaned,
                )


def _clean_refunds(session: Session, payments: Sequence[UUID], names: Names) -> None:
    """Why money went back is said in somebody's own words."""
    mine = "SELECT id, note, metadata FROM refunds WHERE payment_id = ANY(%(ids)s)"
    for row in execute(session, mine, ids=payments).all():
        note, metadata = names.out_of(row.note), names.out_of(row.metadata)
        if (note, metadata) != (row.note, row.metadata):
            change = "UPDATE refunds SET note = %(note)s, metadata = %(metadata)s WHERE id = %(id)s"
            execute(session, change, id=row.id, note=note, metadata=Jsonb(metadata))


def _clean_answers(session: Session, payments: Sequence[UUID], names: Names) -> None:
    """A stored answer repeats the request's metadata and links, or the order's texts."""
    rows = execute(
        session,
        """
        SELECT principal, key, body FROM idempotency_keys
         WHERE body IS NOT NULL
           AND resource_id = ANY(%(ids)s::uuid[] || ARRAY(SELECT id FROM orders WHERE payment_id = ANY(%(ids)s::uuid[])))
        """,
        ids=payments,
    ).all()
    for row in rows:
        body = bytes(row.body).decode()
        cleaned = names.out_of(body)
        if cleaned != body:
            json.loads(cleaned)  # what is replayed must still be an answer
            execute(
                session,
                "UPDATE idempotency_keys SET body = %(body)s WHERE principal = %(principal)s AND key = %(key)s",
                principal=row.principal,
                key=row.key,
                body=cleaned.encode(),
            )


def _clean_credits(session: Session, shoppers: Sequence[UUID], names: Names) -> None:
    """Why somebody gave them store credit is said in their own words."""
    mine = "SELECT id, reason FROM wallet_credits WHERE shopper_id = ANY(%(ids)s)"
    for row in execute(session, mine, ids=list(shoppers)).all():
        if (without := names.out_of(row.reason)) != row.reason:
            change = "UPDATE wallet_credits SET reason = %(reason)s WHERE id = %(id)s"
            execute(session, change, id=row.id, reason=without)
