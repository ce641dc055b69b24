"""Storefronts, the origins they may send shoppers back to, their API keys, their shoppers."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE storefronts (
            id uuid PRIMARY KEY,
            name text NOT NULL CONSTRAINT storefront_named CHECK (length(name) BETWEEN 1 AND 200),
            created_at timestamptz NOT NULL
        );

        CREATE TABLE storefront_origins (
            storefront_id uuid NOT NULL REFERENCES storefronts,
            origin text NOT NULL,
            PRIMARY KEY (storefront_id, origin)
        );

        CREATE TABLE api_keys (
            id uuid PRIMARY KEY,
            storefront_id uuid NOT NULL REFERENCES storefronts,
            name text NOT NULL,
            prefix text NOT NULL CONSTRAINT one_key_per_prefix UNIQUE,
            secret_sha256 bytea NOT NULL CONSTRAINT secret_is_a_digest CHECK (length(secret_sha256) = 32),
            last_four text NOT NULL,
            livemode boolean NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz,
            revoked_at timestamptz,
            last_used_at timestamptz
        );

        CREATE TABLE shoppers (
            id uuid PRIMARY KEY,
            storefront_id uuid NOT NULL REFERENCES storefronts,
            email text NOT NULL,
            name text,
            locale text,
            country text,
            created_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX shoppers_by_email ON shoppers (storefront_id, lower(email));

        GRANT SELECT, INSERT, UPDATE ON storefronts, api_keys, shoppers TO checkout_app;
        GRANT SELECT, INSERT, DELETE ON storefront_origins TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE shoppers, api_keys, storefront_origins, storefronts")
