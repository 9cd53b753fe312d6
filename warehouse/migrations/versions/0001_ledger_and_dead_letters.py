"""Load ledger, dead letters, and the role that reads the marts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "load_ledger",
        sa.Column("load_id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("as_of", sa.DateTime),
        sa.Column("source_rows", sa.BigInteger, nullable=False),
        sa.Column("loaded_rows", sa.BigInteger, nullable=False),
        sa.Column("deduplicated_rows", sa.BigInteger, nullable=False),
        sa.Column("dead_lettered_rows", sa.BigInteger, nullable=False),
        sa.Column("truncated_rows", sa.BigInteger, nullable=False),
        sa.Column("truncated_reason", sa.Text),
        sa.Column("details", sa.JSON),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("load_id", "source", "resource", "part"),
        schema="ops",
    )
    op.create_table(
        "dead_letter",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("payload_hash", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("error_class", sa.Text, nullable=False),
        sa.Column("error_message", sa.Text),
        sa.Column("http_status", sa.Integer),
        sa.Column("location", sa.Text),
        sa.Column("payload", sa.Text),
        sa.Column("load_id", sa.Text, nullable=False),
        sa.Column("occurrences", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("first_seen_at", sa.DateTime, nullable=False),
        sa.Column("last_seen_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "resource", "payload_hash"),
        schema="ops",
    )
    if op.get_context().dialect.name == "postgresql":
        create_reader()


def create_reader() -> None:
    """A group role that sees the schema ``marts`` and nothing else.

    Roles belong to the server: another warehouse may have made it, and this user may not be
    allowed to. Then an administrator grants it; nothing but reading as ``reader`` waits for that.
    """
    op.execute("create schema if not exists marts")
    op.execute(
        """
        do $$ begin
            if to_regrole('reader') is null then
                create role reader nologin;
            end if;
        exception when duplicate_object or unique_violation or insufficient_privilege then null;
        end $$
        """
    )
    op.execute(
        """
        do $$ begin
            if to_regrole('reader') is not null then
                grant usage on schema marts to reader;
                alter default privileges in schema marts grant select on tables to reader;
                -- set role needs membership, which PostgreSQL 16 no longer implies for the maker
                grant reader to current_user;
            end if;
        exception when insufficient_privilege then
            raise notice 'ask an administrator to: grant reader to %', current_user;
        end $$
        """
    )


def downgrade() -> None:
    op.drop_table("dead_letter", schema="ops")
    op.drop_table("load_ledger", schema="ops")
