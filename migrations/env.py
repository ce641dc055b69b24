"""How Alembic connects: as the URL's own role, one migrating process at a time."""

from alembic import context
from sqlalchemy import create_engine, pool

from checkout.db.session import sqlalchemy_url

ADVISORY_LOCK = 0x636865636B6F7574  # "checkout"

engine = create_engine(sqlalchemy_url(context.config.attributes["url"]), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        # Whoever else migrates is waited for, however long it takes; a table's lock is not: others wait behind us.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10min'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        context.run_migrations()
    connection.commit()
