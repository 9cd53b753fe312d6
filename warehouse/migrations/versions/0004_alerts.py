"""What alerts have told of each watch, and the messages themselves.

On PostgreSQL only, where watches are.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    op.create_table(
        "watch_state",
        sa.Column("watch_id", UUID, nullable=False),
        sa.Column("series_key", sa.Text, nullable=False),
        sa.Column("baseline_amount", sa.Numeric(18, 2)),
        sa.Column("direction", sa.Text),
        sa.Column("told_at", sa.DateTime),
        sa.Column("weighed_until", sa.DateTime),
        sa.PrimaryKeyConstraint("watch_id", "series_key"),
        sa.ForeignKeyConstraint(["watch_id"], ["ops.price_watch.watch_id"], ondelete="cascade"),
        sa.CheckConstraint("direction in ('up', 'down')", "watch_state_direction"),
        schema="ops",
    )
    op.create_table(
        "alert_outbox",
        sa.Column("message_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("dedupe_key", sa.Text, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("watch_id", UUID),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", sa.DateTime, nullable=False),
        sa.Column("sender", sa.Integer),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("sent_at", sa.DateTime),
        sa.Column("http_status", sa.Integer),
        sa.Column("error", sa.Text),
        sa.UniqueConstraint("dedupe_key", "part"),
        sa.CheckConstraint(
            "state in ('held', 'gathered', 'due', 'sending', 'sent', 'uncertain', 'dead')",
            "alert_outbox_state",
        ),
        schema="ops",
    )
    op.create_index(
        "alert_outbox_open",
        "alert_outbox",
        ["next_attempt_at", "message_id"],
        schema="ops",
        postgresql_where=sa.text("state in ('held', 'due', 'sending')"),
    )
    op.create_index(
        "alert_outbox_destination",
        "alert_outbox",
        ["channel", "destination", "created_at"],
        schema="ops",
    )


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_table("alert_outbox", schema="ops")
        op.drop_table("watch_state", schema="ops")
