"""The operational tables (schema ``ops``), as SQLAlchemy Core sees them.

Migrations under ``warehouse/migrations`` create them: the ledger and the dead letters on both
engines, all others on PostgreSQL alone.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

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


def now() -> dt.datetime:
    """The time in UTC, without a zone, as these tables keep it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


oauth_token = sa.Table(
    "oauth_token",
    metadata,
    sa.Column("provider", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.BigInteger, primary_key=True),
    sa.Column("nickname", sa.Text),
    sa.Column("access_token", sa.Text),  # this and the next: encrypted by warehouse.secrets.Vault
    sa.Column("refresh_token", sa.Text),
    sa.Column("expires_at", sa.DateTime),  # of the access token
    sa.Column("obtained_at", sa.DateTime),
    sa.Column("scope", sa.Text),
    sa.Column("status", sa.Text),  # authorised or reauthorise
    sa.Column("status_reason", sa.Text),
)

api_capability = sa.Table(
    "api_capability",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.BigInteger, primary_key=True),  # 0: the app itself
    sa.Column("endpoint", sa.Text, primary_key=True),
    sa.Column("http_status", sa.Integer),
    sa.Column("error_code", sa.Text),
    sa.Column("message", sa.Text),
    sa.Column("is_allowed", sa.Boolean),
    sa.Column("checked_at", sa.DateTime),
)

api_user = sa.Table(
    "api_user",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("password_hash", sa.Text),  # argon2
    sa.Column("scopes", ARRAY(sa.Text)),  # of read, write, operate
    sa.Column("created_at", sa.DateTime),
)

price_watch = sa.Table(
    "price_watch",
    metadata,
    sa.Column("watch_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("owner_id", sa.BigInteger),
    sa.Column("product_id", sa.Text),  # of dim_product or dim_catalog_product; or:
    sa.Column("item_id", sa.Text),  # a listing
    sa.Column("context", sa.Text),  # of the price, as in price_series; null: the one all see
    sa.Column("rise_percent", sa.Numeric(9, 4)),  # of the price notified last
    sa.Column("fall_percent", sa.Numeric(9, 4)),
    sa.Column("rise_amount", sa.Numeric(18, 2)),
    sa.Column("fall_amount", sa.Numeric(18, 2)),
    sa.Column("is_back_in_stock", sa.Boolean),  # tell that it is
    sa.Column("hysteresis_percent", sa.Numeric(9, 4)),  # more, for a move the other way
    sa.Column("cooldown_minutes", sa.Integer),
    sa.Column("channel", sa.Text),  # telegram or apprise
    sa.Column("destination", sa.Text),  # a chat; the name of an address in the settings
    sa.Column("is_active", sa.Boolean),
    # what time the newest data spoke of when the watch took this form: later changes are told
    sa.Column("watched_from", sa.DateTime),
    sa.Column("created_at", sa.DateTime),
    sa.Column("updated_at", sa.DateTime),
)

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    sa.Column("owner_id", sa.BigInteger, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text),  # of the request that came with it
    sa.Column("answer", sa.Text),  # JSON; null until the transaction that has the key ends
    sa.Column("created_at", sa.DateTime),
)
