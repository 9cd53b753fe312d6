"""Tokens of marketplace accounts, and what the API allows the app to read.

On PostgreSQL only: a refresh token works once, so an account has one home, wherever its data goes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    op.create_table(
        "oauth_token",
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("nickname", sa.Text),
        sa.Column("access_token", sa.Text, nullable=False),
        sa.Column("refresh_token", sa.Text, nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
        sa.Column("obtained_at", sa.DateTime, nullable=False),
        sa.Column("scope", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("status_reason", sa.Text),
        sa.PrimaryKeyConstraint("provider", "client_id", "user_id"),
        sa.CheckConstraint("status in ('authorised', 'reauthorise')", "oauth_token_status"),
        schema="ops",
    )
    op.create_table(
        "api_capability",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("http_status", sa.Integer),
        sa.Column("error_code", sa.Text),
        sa.Column("message", sa.Text),
        sa.Column("is_allowed", sa.Boolean),
        sa.Column("checked_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "client_id", "user_id", "endpoint"),
        schema="ops",
    )


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_table("api_capability", schema="ops")
        op.drop_table("oauth_token", schema="ops")
