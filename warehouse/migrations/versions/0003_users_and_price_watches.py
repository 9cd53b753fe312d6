"""Users of the HTTP API, what they watch, and the role that may write that.

On PostgreSQL only, where the API runs.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, UUID

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    op.create_table(
        "api_user",
        sa.Column("user_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False, server_default=UTC_NOW),
        sa.CheckConstraint("scopes <@ array['read', 'write', 'operate']", "api_user_scopes"),
        schema="ops",
    )
    op.create_table(
        "price_watch",
        sa.Column("watch_id", UUID, primary_key=True, server_default=sa.text("gen_random_uuid()")),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("product_id", sa.Text),
        sa.Column("item_id", sa.Text),
        sa.Column("context", sa.Text),
        sa.Column("rise_percent", sa.Numeric(9, 4)),
        sa.Column("fall_percent", sa.Numeric(9, 4)),
        sa.Column("rise_amount", sa.Numeric(18, 2)),
        sa.Column("fall_amount", sa.Numeric(18, 2)),
        sa.Column("is_back_in_stock", sa.Boolean, nullable=False),
        sa.Column("hysteresis_percent", sa.Numeric(9, 4), nullable=False),
        sa.Column("cooldown_minutes", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("watched_from", sa.DateTime, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False, server_default=UTC_NOW),
        sa.Column("updated_at", sa.DateTime, nullable=False, server_default=UTC_NOW),
        sa.ForeignKeyConstraint(["owner_id"], ["ops.api_user.user_id"], ondelete="cascade"),
        sa.CheckConstraint("num_nonnulls(product_id, item_id) = 1", "price_watch_subject"),
        sa.CheckConstraint(
            "is_back_in_stock"
            " or num_nonnulls(rise_percent, fall_percent, rise_amount, fall_amount) > 0",
            "price_watch_thresholds",
        ),
        schema="ops",
    )
    op.create_index(
        "price_watch_owner", "price_watch", ["owner_id", "created_at", "watch_id"], schema="ops"
    )
    op.create_table(
        "idempotency_key",
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("created_at", sa.DateTime, nullable=False, server_default=UTC_NOW),
        sa.PrimaryKeyConstraint("owner_id", "key"),
        sa.ForeignKeyConstraint(["owner_id"], ["ops.api_user.user_id"], ondelete="cascade"),
        schema="ops",
    )
    create_writer()


UTC_NOW = sa.text("timezone('utc', now())")


def create_writer() -> None:
    """A group role for the API: it sees the users and writes what they watch, nothing else.

    As with ``reader``, an administrator makes it where this user may not.
    """
    op.execute(
        """
        do $$ begin
            if to_regrole('api_writer') is null then
                create role api_writer nologin;
            end if;
        exception when duplicate_object or unique_violation or insufficient_privilege then null;
        end $$
        """
    )
    op.execute(
        """
        do $$ begin
            if to_regrole('api_writer') is not null then
                grant usage on schema ops to api_writer;
                grant select on ops.api_user to api_writer;
                grant select, insert, update, delete on ops.price_watch, ops.idempotency_key
                    to api_writer;
                grant api_writer to current_user;
            end if;
        exception when insufficient_privilege then
            raise notice 'ask an administrator to: grant api_writer to %', current_user;
        end $$
        """
    )


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        for table in ("idempotency_key", "price_watch", "api_user"):
            op.drop_table(table, schema="ops")
