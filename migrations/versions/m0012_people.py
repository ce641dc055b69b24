"""People: users, what they may do and where, second factors, sessions, links by email, counted attempts."""

from alembic import op

revision = "0012"
down_revision = "0010"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE users (
            id uuid PRIMARY KEY,
            email text NOT NULL CONSTRAINT user_email_bounded CHECK (length(email) BETWEEN 3 AND 200),
            name text CONSTRAINT user_named CHECK (length(name) BETWEEN 1 AND 200),
            password_hash text,
            status text NOT NULL DEFAULT 'active' CONSTRAINT user_status CHECK (status IN ('active', 'disabled')),
            credentials_version integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL
        );
        COMMENT ON COLUMN users.credentials_version IS
            'grows with every change of password, roles or second factor: a sign-in begun before it does not finish';
        CREATE UNIQUE INDEX users_by_email ON users (lower(email));

        CREATE TABLE memberships (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users,
            role text NOT NULL,
            seller_id uuid REFERENCES sellers,
            storefront_id uuid REFERENCES storefronts,
            created_at timestamptz NOT NULL,
            CONSTRAINT role_has_its_tenant CHECK (CASE
                WHEN role IN ('seller_owner', 'seller_staff') THEN seller_id IS NOT NULL AND storefront_id IS NULL
                WHEN role = 'developer' THEN storefront_id IS NOT NULL AND seller_id IS NULL
                ELSE role IN ('finance', 'finance_approver', 'operator', 'admin', 'auditor')
                     AND seller_id IS NULL AND storefront_id IS NULL END),
            CONSTRAINT role_held_once UNIQUE NULLS NOT DISTINCT (user_id, role, seller_id, storefront_id)
        );

        CREATE TABLE second_factors (
            user_id uuid PRIMARY KEY REFERENCES users,
            seed_sealed bytea NOT NULL,
            created_at timestamptz NOT NULL,
            confirmed_at timestamptz,
            last_step bigint,
            CONSTRAINT confirmed_by_a_code CHECK ((confirmed_at IS NULL) = (last_step IS NULL))
        );

        CREATE TABLE recovery_codes (
            user_id uuid NOT NULL REFERENCES users,
            code_sha256 bytea NOT NULL CONSTRAINT recovery_code_is_a_digest CHECK (length(code_sha256) = 32),
            created_at timestamptz NOT NULL,
            used_at timestamptz,
            PRIMARY KEY (user_id, code_sha256)
        );

        CREATE TABLE sessions (
            id uuid PRIMARY KEY,
            token_sha256 bytea NOT NULL CONSTRAINT one_session_per_token UNIQUE
                CONSTRAINT session_token_is_a_digest CHECK (length(token_sha256) = 32),
            user_id uuid NOT NULL REFERENCES users,
            ip inet,
            user_agent text,
            created_at timestamptz NOT NULL,
            last_seen_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            second_factor_at timestamptz,
            ended_at timestamptz,
            CONSTRAINT session_is_bounded CHECK (expires_at <= created_at + interval '12 hours')
        );
        CREATE INDEX sessions_open_by_user ON sessions (user_id) WHERE ended_at IS NULL;
        CREATE INDEX sessions_by_end ON sessions (expires_at);

        CREATE TABLE pending_sign_ins (
            token_sha256 bytea PRIMARY KEY
                CONSTRAINT pending_token_is_a_digest CHECK (length(token_sha256) = 32),
            user_id uuid NOT NULL REFERENCES users,
            step text NOT NULL CONSTRAINT pending_step CHECK (step IN ('second_factor', 'enrol')),
            credentials_version integer NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX pending_sign_ins_by_user ON pending_sign_ins (user_id);

        CREATE TABLE password_links (
            id uuid PRIMARY KEY,
            kind text NOT NULL CONSTRAINT password_link_kind CHECK (kind IN ('invitation', 'reset')),
            user_id uuid REFERENCES users,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            used_at timestamptz,
            CONSTRAINT an_invitation_is_somebodys CHECK (user_id IS NOT NULL OR kind = 'reset')
        );
        CREATE INDEX password_links_by_user ON password_links (user_id) WHERE used_at IS NULL;
        COMMENT ON COLUMN password_links.user_id IS
            'NULL: asked for with an address that nobody has, so that the answer costs the same';

        CREATE TABLE attempts (
            kind text NOT NULL,
            subject text NOT NULL,
            recent timestamptz[] NOT NULL,
            last_at timestamptz NOT NULL,
            last_attempt uuid NOT NULL,
            PRIMARY KEY (kind, subject),
            CONSTRAINT attempts_are_bounded CHECK (cardinality(recent) <= 100)
        );
        CREATE INDEX attempts_by_age ON attempts (last_at);

        GRANT SELECT, INSERT, UPDATE ON users, sessions, password_links TO checkout_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON second_factors, recovery_codes, attempts TO checkout_app;
        GRANT SELECT, INSERT, DELETE ON memberships, pending_sign_ins TO checkout_app;
        GRANT DELETE ON sessions, password_links TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE attempts, password_links, pending_sign_ins, sessions, recovery_codes, second_factors, memberships,
                   users
    """)
