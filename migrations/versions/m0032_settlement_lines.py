"""Settlement lines name the payment method, where their file does: what a movement may cost depends on it. The bytes of
files are packed before they come here, once. The index of numbers begins with what tells lines apart: each comparison in
it would ask for the PSP first, which is the same everywhere."""

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE settlement_lines ADD COLUMN method text NOT NULL DEFAULT '';
        ALTER TABLE settlement_blocks
            ADD COLUMN packing text NOT NULL DEFAULT 'none' CONSTRAINT block_packing CHECK (packing IN ('none', 'zlib')),
            ALTER COLUMN raw SET STORAGE EXTERNAL;
        DROP INDEX settlement_lines_by_number;
        CREATE INDEX settlement_lines_by_number ON settlement_lines (number, psp);
    """)


def downgrade() -> None:
    op.execute("""
        DO $$ BEGIN
            IF EXISTS (SELECT 1 FROM settlement_blocks WHERE packing <> 'none') THEN
                RAISE EXCEPTION 'there are packed blocks: without this migration nothing could unpack them';
            END IF;
        END $$;
        ALTER TABLE settlement_blocks ALTER COLUMN raw SET STORAGE EXTENDED, DROP COLUMN packing;
        DROP INDEX settlement_lines_by_number;
        CREATE INDEX settlement_lines_by_number ON settlement_lines (psp, number);
        ALTER TABLE settlement_lines DROP COLUMN method;
    """)
