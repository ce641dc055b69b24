"""Array literals arrive in PostgreSQL as the values they were made of."""

from __future__ import annotations

from checkout.core.ids import new_uuid
from checkout.db.arrays import integer_array, json_array, uuid_array
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
