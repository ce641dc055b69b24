"""The list of sealed columns is the schema's."""

from checkout.secrets.registry import SEALED_COLUMNS


def test_every_sealed_column_of_the_schema_is_rotated(db):
    """A bytea column whose name ends in _sealed stands in the list, with its table's uuid key, and nothing else does."""
    columns = db.rows(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name LIKE %(like)s AND data_type = 'bytea'",
        like="%\\_sealed",
    )
    keys = db.rows(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'uuid'"
    )

    assert {(row["table_name"], row["column_name"]) for row in columns} == {
        (column.table, column.column) for column in SEALED_COLUMNS
    }
    assert {(column.table, column.key) for column in SEALED_COLUMNS} <= {
        (row["table_name"], row["column_name"]) for row in keys
    }


def test_the_application_may_rotate_every_sealed_column(db):
    """Its role can read and write each: no table of sealed values is append-only."""
    refused = [
        f"{column.table}.{column.column} {privilege}"
        for column in SEALED_COLUMNS
        for privilege in ("SELECT", "UPDATE")
        if not db.value(
            "SELECT has_column_privilege('checkout_app', %(table)s, %(column)s, %(privilege)s)",
            table=column.table,
            column=column.column,
            privilege=privilege,
        )
    ]

    assert refused == []
