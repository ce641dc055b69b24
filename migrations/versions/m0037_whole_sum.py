"""A sum of minor units that is a bigint: sum() of bigint makes a numeric, with a state of its own in memory for each of a
night's million numbers."""

from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.execute("""
        CREATE AGGREGATE whole_sum(bigint) (
            SFUNC = int8pl, STYPE = bigint, INITCOND = '0', COMBINEFUNC = int8pl, PARALLEL = SAFE
        );
        COMMENT ON AGGREGATE whole_sum(bigint) IS 'Beyond a bigint it is an error, never another number.';
    """)


def downgrade() -> None:
    op.execute("DROP AGGREGATE whole_sum(bigint)")
