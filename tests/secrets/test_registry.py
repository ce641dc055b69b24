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
