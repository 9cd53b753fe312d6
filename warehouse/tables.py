"""The operational tables (schema ``ops``), as SQLAlchemy Core sees them.

Migrations under ``warehouse/migrations`` create them; both engines have these two.
"""

import sqlalchemy as sa

metadata = sa.MetaData(schema="ops")

load_ledger = sa.Table(
    "load_ledger",
    metadata,
    sa.Column("load_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("resource", sa.Text, primary_key=True),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("as_of", sa.DateTime),
    sa.Column("source_rows", sa.BigInteger),
    sa.Column("loaded_rows", sa.BigInteger),
    sa.Column("deduplicated_rows", sa.BigInteger),
    sa.Column("dead_lettered_rows", sa.BigInteger),
    sa.Column("truncated_rows", sa.BigInteger),
    sa.Column("truncated_reason", sa.Text),
    sa.Column("details", sa.JSON),
    sa.Column("started_at", sa.DateTime),
    sa.Column("finished_at", sa.DateTime),
)

dead_letter = sa.Table(
    "dead_letter",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("resource", sa.Text, primary_key=True),
    sa.Column("payload_hash", sa.Text, primary_key=True),
    sa.Column("stage", sa.Text),
    sa.Column("error_class", sa.Text),
    sa.Column("error_message", sa.Text),
    sa.Column("http_status", sa.Integer),
    sa.Column("location", sa.Text),
    sa.Column("payload", sa.Text),
    sa.Column("load_id", sa.Text),
    sa.Column("occurrences", sa.BigInteger),
    sa.Column("attempts", sa.Integer),
    sa.Column("status", sa.Text),
    sa.Column("first_seen_at", sa.DateTime),
    sa.Column("last_seen_at", sa.DateTime),
)
