"""What keys may do and for how long, tokens of people with the keys that sign them, decisions that take two people."""

from alembic import op

revision = "0013"
down_revision = "0012"

# What keys made before could do: everything that a program may hold. Processes of the release before insert no scopes
# either, so the default stays.
EVERY_SCOPE = """
    payments:read payments:write orders:read orders:write sellers:read sellers:write balances:read payouts:read
    payouts:write payouts:hold refunds:read refunds:write disputes:read disputes:write ledger:read alerts:read
    alerts:write reconciliation:read reconciliation:write tasks:read tasks:replay keys:read events:read search:read
"""


def upgrade() -> None:
    op.execute(f"""
        ALTER TABLE api_keys
            ALTER COLUMN storefront_id DROP NOT NULL,
            ADD COLUMN seller_id uuid REFERENCES sellers,
            ADD COLUMN scopes text[] NOT NULL DEFAULT '{{{",".join(EVERY_SCOPE.split())}}}'
                CONSTRAINT key_has_a_scope CHECK (cardinality(scopes) BETWEEN 1 AND 100),
            ADD COLUMN last_used_ip inet,
            ADD COLUMN rolled_to uuid REFERENCES api_keys,
            ADD CONSTRAINT key_has_one_tenant CHECK (num_nonnulls(storefront_id, seller_id) = 1);

        CREATE TABLE token_families (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users,
            credentials_version integer NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            second_factor_at timestamptz,
            ip inet,
            ended_at timestamptz,
            ended_why text CONSTRAINT family_end_known CHECK (ended_why IN ('reuse', 'revoked')),
            CONSTRAINT family_is_bounded CHECK (expires_at <= created_at + interval '30 days'),
            CONSTRAINT family_end_says_why CHECK ((ended_at IS NULL) = (ended_why IS NULL))
        );
        CREATE INDEX token_families_by_user ON token_families (user_id) WHERE ended_at IS NULL;
        CREATE INDEX token_families_by_end ON token_families (expires_at);
        COMMENT ON COLUMN token_families.credentials_version IS
            'of its user when the password was checked: a family of an older version is worth nothing';

        CREATE TABLE refresh_tokens (
            token_sha256 bytea PRIMARY KEY
                CONSTRAINT refresh_token_is_a_digest CHECK (length(token_sha256) = 32),
            family_id uuid NOT NULL REFERENCES token_families ON DELETE CASCADE,
            generation integer NOT NULL,
            created_at timestamptz NOT NULL,
            used_at timestamptz,
            CONSTRAINT one_refresh_token_per_generation UNIQUE (family_id, generation)
        );

        CREATE TABLE signing_keys (
            id uuid PRIMARY KEY,
            kid text NOT NULL CONSTRAINT one_signing_key_per_kid UNIQUE,
            public_key bytea NOT NULL CONSTRAINT public_key_is_ed25519 CHECK (length(public_key) = 32),
            private_key_sealed bytea NOT NULL,
            created_at timestamptz NOT NULL,
            verifies_until timestamptz
        );
        CREATE UNIQUE INDEX one_current_signing_key ON signing_keys ((true)) WHERE verifies_until IS NULL;

        CREATE TABLE approvals (
            id uuid PRIMARY KEY,
            kind text NOT NULL CONSTRAINT approval_kind_is_a_name CHECK (kind ~ '^[a-z_]+[.][a-z_]+$'),
            subject text NOT NULL,
            proposal jsonb NOT NULL,
            proposer text NOT NULL,
            status text NOT NULL DEFAULT 'pending'
                CONSTRAINT approval_status CHECK (status IN ('pending', 'approved', 'rejected', 'expired')),
            version integer NOT NULL DEFAULT 1,
            decided_by text,
            decided_at timestamptz,
            reason text,
            expires_at timestamptz NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            -- "person:usr_…": whoever it is counts, not by which way they came.
            CONSTRAINT four_eyes CHECK (split_part(decided_by, ':', 2) <> split_part(proposer, ':', 2)),
            CONSTRAINT decision_names_its_maker CHECK (
                (status IN ('approved', 'rejected')) = (decided_by IS NOT NULL AND decided_at IS NOT NULL)),
            CONSTRAINT rejection_says_why CHECK (status <> 'rejected' OR reason IS NOT NULL)
        );
        CREATE UNIQUE INDEX approvals_open_once ON approvals (kind, subject) WHERE status = 'pending';
        CREATE INDEX approvals_newest ON approvals (created_at DESC, id DESC);

        CREATE TABLE approval_transitions (
            approval_id uuid NOT NULL REFERENCES approvals,
            version integer NOT NULL,
            from_status text,
            to_status text NOT NULL,
            cause text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (approval_id, version)
        );
        CREATE TRIGGER approval_transitions_append_only BEFORE UPDATE OR DELETE ON approval_transitions
            FOR EACH ROW EXECUTE FUNCTION refuse_change();

        GRANT SELECT, INSERT, UPDATE, DELETE ON token_families, refresh_tokens, signing_keys TO checkout_app;
        GRANT SELECT, INSERT ON approvals, approval_transitions TO checkout_app;
        -- What was proposed, and by whom, stays as it was said.
        GRANT UPDATE (status, version, decided_by, decided_at, reason, updated_at) ON approvals TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE approval_transitions, approvals, signing_keys, refresh_tokens, token_families;
        DELETE FROM api_keys WHERE storefront_id IS NULL;
        ALTER TABLE api_keys
            DROP CONSTRAINT key_has_one_tenant,
            DROP COLUMN rolled_to, DROP COLUMN last_used_ip, DROP COLUMN scopes, DROP COLUMN seller_id,
            ALTER COLUMN storefront_id SET NOT NULL;
    """)
