"""Array literals arrive in PostgreSQL as the values they were made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from checkout.core.ids import new_uuid
from checkout.db.arrays import integer_array, json_array, moment_array, text_array, uuid_array
from checkout.db.statement import run


def test_an_array_arrives_as_it_was(db):
    """In order, with what is missing, with signs; and an empty one."""
    ids = [new_uuid(), None, new_uuid()]

    (row,) = run(
        "SELECT %(ids)s::uuid[] AS ids, %(amounts)s::bigint[] AS amounts, %(none)s::uuid[] AS none",
        ids=uuid_array(ids),
        amounts=integer_array([2490, -1500, 2**62]),
        none=uuid_array([]),
    )

    assert (row.ids, row.amounts, row.none) == (ids, [2490, -1500, 2**62], [])


@pytest.mark.parametrize(
    "words",
    [
        ["payment_captured", "EUR", "pay_01h455vb4pex5vsknk084sn02q", "run:1", "a.b-c"],
        ["null", "NULL", "Null"],
        ["nullable", "a_null"],
        ["", "EUR"],
        [""],
        ["a,b", "c"],
        ["{1,2}", 'say "no"', "back\\slash", " blank ", "line\nbreak", "€"],
        [],
    ],
)
def test_words_arrive_as_they_were(db, words):
    """Plain ones, those that would mean nothing at all, empty ones, and all that an array writes otherwise."""
    (row,) = run("SELECT %(words)s::text[] AS words", words=text_array(words))

    assert row.words == words


def test_moments_arrive_as_they_were(db):
    """To the microsecond, in whatever zone they were said; and what never was."""
    moments = [datetime(2026, 11, 21, 9, 30, 0, 1, UTC), None, datetime(1999, 12, 31, tzinfo=UTC)]
    elsewhere = datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    (row,) = run("SELECT %(at)s::timestamptz[] AS moments", at=moment_array([*moments, elsewhere]))

    assert row.moments == [*moments, datetime(2026, 6, 30, 23, 30, tzinfo=UTC)]


def test_documents_arrive_as_they_were(db):
    """In order, with quotes, braces and letters of any language; and none of them."""
    documents = [{"a": 'he said "no", {1,2}'}, {}, {"b": [1, None, "ü\\"], "c": {"d": -1}}]

    (row,) = run(
        """
        SELECT ARRAY(SELECT jsonb_array_elements(%(documents)s::jsonb)) AS documents,
               ARRAY(SELECT jsonb_array_elements(%(none)s::jsonb)) AS none
        """,
        documents=json_array(documents),
        none=json_array([]),
    )

    assert (row.documents, row.none) == (documents, [])
