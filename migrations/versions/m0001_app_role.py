"""The application's role: no login, no ownership; each table grants it what it needs and no more."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    # Roles belong to the whole server: another database's migration may create it at the same moment.
    op.execute("""
        DO $$
        BEGIN
            BEGIN
                CREATE ROLE checkout_app NOLOGIN;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
            IF NOT pg_has_role(current_user, 'checkout_app', 'MEMBER') THEN
                EXECUTE format('GRANT checkout_app TO %I', current_user);
            END IF;
        END $$;
        GRANT USAGE ON SCHEMA public TO checkout_app;
        GRANT SELECT ON alembic_version TO checkout_app;
    """)


def downgrade() -> None:
    # The role stays: other databases of the server may use it.
    op.execute(
        "REVOKE ALL ON SCHEMA public FROM checkout_app; REVOKE ALL ON alembic_version FROM checkout_app"
    )
