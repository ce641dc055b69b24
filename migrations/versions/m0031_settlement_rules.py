"""A movement's number may name more entries beside its first: others of ours that are the same movement of the PSP's, the
rounding between the file and the books, and the exchange into the currency that it was settled in."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE psp_numbers
            DROP CONSTRAINT number_part,
            ADD CONSTRAINT number_part CHECK (part IN (
                'movement', 'movement-2', 'movement-3', 'movement-4', 'movement-5', 'fee', 'rounding', 'exchange'));
    """)


def downgrade() -> None:
    # Numbers are never deleted: those that stand stay, no new ones are taken.
    op.execute("""
        ALTER TABLE psp_numbers
            DROP CONSTRAINT number_part,
            ADD CONSTRAINT number_part CHECK (part IN ('movement', 'fee')) NOT VALID;
    """)
