"""The outbox: messages that are decided on, and what became of each.

Deciding writes what a watch remembers and what it tells in one transaction. A message is committed
as ``sending`` before it leaves, and what became of it after the answer; whatever a crash leaves in
between is ``uncertain``. The keys of messages come from the facts, so nothing is told twice.

======== ======================================================================
held     more than the day's worth for its destination; the next day's digest has it
gathered in that digest
due      to be sent from ``next_attempt_at`` on
sending  in the hands of a sender, which holds a lock as long as it lives
sent     taken by the channel
uncertain perhaps taken; a dead letter
dead     refused for good, or given up; a dead letter
======== ======================================================================
"""

import datetime as dt
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from serving.alerts.decide import Alert, Change, State, Watch, decide
from serving.alerts.message import BRASILIA, digest_of, parts, text_of
from warehouse import UserError, Warehouse
from warehouse.dead_letters import DeadLetter, payload_hash, resolve
from warehouse.ledger import LedgerEntry, new_load_id, record
from warehouse.tables import alert_outbox, price_watch, watch_state

SOURCE = "alerts"  # of its dead letters
outbox = alert_outbox.c

CHANGES = """
    select
        alerts.*, watch.channel, watch.destination, watch.watch_id as watch_uuid,
        watch.rise_percent, watch.fall_percent, watch.rise_amount, watch.fall_amount,
        watch.is_back_in_stock, watch.hysteresis_percent, watch.cooldown_minutes,
        state.baseline_amount, state.direction, state.told_at, state.weighed_until
    from marts.price_alerts as alerts
    inner join ops.price_watch as watch on alerts.watch_id = cast(watch.watch_id as text)
    left join ops.watch_state as state
        on watch.watch_id = state.watch_id and alerts.series_key = state.series_key
    where alerts.changed_at > coalesce(state.weighed_until, '-infinity')
    order by alerts.watch_id, alerts.series_key
"""

# The first message for each destination: the others wait, so that parts stay in order. Once a
# channel asks for a pause it is left alone, whoever the messages are for: the answer does not say
# whose limit it was.
NEXT = """
    select first.*, greatest(first.next_attempt_at, pauses.until) as due_at
    from (
        select distinct on (channel, destination) *
        from ops.alert_outbox
        where state in ('due', 'sending')
        order by channel, destination, message_id
    ) as first
    left join (
        select channel, max(next_attempt_at) as until
        from ops.alert_outbox
        where state = 'due' and http_status = 429
        group by channel
    ) as pauses on first.channel = pauses.channel
    where first.state = 'due'
"""


@dataclass(frozen=True)
class Message:
    """A text for a destination; ``due`` unless the destination has had its day's worth."""

    dedupe_key: str
    watch_id: Any
    channel: str
    destination: str
    text: str
    state: str


@dataclass(frozen=True)
class Plan:
    """What a run would write: what watches remember, what they tell, and held ones now gathered."""

    states: list[dict]
    messages: list[Message]
    gathered: list[int]


def plan(connection: sa.Connection, now: dt.datetime, daily_cap: int) -> Plan:
    """Decide on all changes not weighed yet; reads only. ``now`` is UTC.

    Raises UserError before the mart is built.
    """
    try:
        changes = connection.execute(sa.text(CHANGES)).mappings().all()
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") not in ("42P01", "3F000"):
            raise
        raise UserError(
            "there is no marts.price_alerts yet: run dbt build, or wait for it"
        ) from None
    states, told = [], []
    for _, group in groupby(changes, key=lambda row: (row["watch_id"], row["series_key"])):
        rows = list(group)
        state, alerts = decide(_watch(rows[0]), _state(rows[0]), map(_change, rows))
        states.append({
            "watch_id": rows[0]["watch_uuid"],
            "series_key": rows[0]["series_key"],
            "baseline_amount": state.baseline,
            "direction": state.direction,
            "told_at": state.told_at,
            "weighed_until": state.weighed_until,
        })  # fmt: skip
        facts = {row["changed_at"]: row for row in rows}
        told += [(alert, facts[alert.change.changed_at]) for alert in alerts]
    told.sort(key=lambda pair: (pair[0].at, pair[1]["alert_key"]))
    digests, gathered = _digests(connection, now)
    messages = [*digests, *(_message(alert, fact) for alert, fact in told)]
    return Plan(states, _capped(connection, messages, now, daily_cap), gathered)


def write(connection: sa.Connection, planned: Plan, now: dt.datetime) -> None:
    """Write a plan, in the transaction that made it."""
    if planned.states:
        statement = insert(watch_state)
        kept = ("baseline_amount", "direction", "told_at", "weighed_until")
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["watch_id", "series_key"],
                set_={name: statement.excluded[name] for name in kept},
            ),
            planned.states,
        )
    rows = [
        {**vars(message), "text": text, "part": number, "attempts": 0,
         "next_attempt_at": now, "created_at": now}
        for message in planned.messages
        for number, text in enumerate(_texts(message), start=1)
    ]  # fmt: skip
    if rows:
        connection.execute(insert(alert_outbox).on_conflict_do_nothing(), rows)
    if planned.gathered:
        connection.execute(
            alert_outbox.update()
            .where(outbox.message_id.in_(planned.gathered))
            .values(state="gathered")
        )


def decide_all(warehouse: Warehouse, now: dt.datetime, daily_cap: int) -> Plan:
    """Plan and write in one transaction, one run at a time."""
    with warehouse.begin() as connection:
        _lock(connection, "deciding")
        # a watch that is deleted meanwhile would take the transaction with it
        connection.execute(sa.select(price_watch.c.watch_id).with_for_update(key_share=True))
        planned = plan(connection, now, daily_cap)
        write(connection, planned, now)
    return planned


@contextmanager
def sender(warehouse: Warehouse) -> Iterator[int]:
    """The number of a new sender. The server knows whether it lives, by a lock of its session."""
    number = random.getrandbits(31)
    with warehouse.engine.connect() as connection:
        lock = sa.text("select pg_advisory_lock(hashtext('armazem alerts'), :number)")
        connection.execute(lock, {"number": number})
        connection.commit()  # the lock is the session's
        yield number


def orphans(connection: sa.Connection) -> list[dict]:
    """Messages whose sender died while it had them in hand; locked for the transaction."""
    dead = """
        with senders as materialized (
            select distinct sender from ops.alert_outbox where state = 'sending'
        )
        select sender from senders
        where pg_try_advisory_xact_lock(hashtext('armazem alerts'), sender)
    """
    numbers = connection.scalars(sa.text(dead)).all()
    query = (
        sa.select(alert_outbox)
        .where(outbox.state == "sending", outbox.sender.in_(numbers))
        .with_for_update()
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def next_messages(warehouse: Warehouse) -> list[dict]:
    """Of each destination the message to send next, with ``due_at``."""
    with warehouse.begin() as connection:
        return [dict(row) for row in connection.execute(sa.text(NEXT)).mappings()]


def claim(warehouse: Warehouse, message_id: int, number: int) -> bool:
    """Take a message in hand; False when another sender has."""
    with warehouse.begin() as connection:
        taken = connection.execute(
            alert_outbox.update()
            .where(outbox.message_id == message_id, outbox.state == "due")
            .values(state="sending", sender=number)
        )
        return taken.rowcount == 1


def settle(connection: sa.Connection, message: dict, **values: Any) -> None:
    """Write down what became of a message in hand."""
    connection.execute(
        alert_outbox.update()
        .where(outbox.message_id == message["message_id"])
        .values(sender=None, **values)
    )
    if values["state"] == "sent":
        resolve(connection, SOURCE, [(message["channel"], payload_hash(_identity(message)))])


def bury(
    connection: sa.Connection, message: dict, now: dt.datetime, error_class: str, **values: Any
) -> None:
    """Settle a message that will not be sent by itself any more, as a dead letter."""
    settle(connection, message, **values)
    _lock(connection, "letters")  # the loads of a source are one after the other
    letter = DeadLetter(
        resource=message["channel"],
        stage="send",
        error_class=error_class,
        error_message=values["error"],
        payload=json.dumps({name: message[name] for name in ("destination", "text")}),
        location=_identity(message),
        http_status=values.get("http_status"),
        identity=_identity(message),
    )
    entry = LedgerEntry(letter.resource, letter.location, 1, 0, dead_lettered_rows=1)
    record(
        connection, load_id=new_load_id(), source=SOURCE, as_of=now, started_at=now,
        entries=[entry], dead_letters=[letter],
    )  # fmt: skip


def messages(warehouse: Warehouse, state: str | None = None) -> list[dict]:
    """The outbox, newest first."""
    query = sa.select(alert_outbox).order_by(outbox.message_id.desc())
    if state:
        query = query.where(outbox.state == state)
    with warehouse.begin() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def retry(warehouse: Warehouse, message_ids: Iterable[int], now: dt.datetime) -> int:
    """Make dead and uncertain messages due again, all or (by a UserError) none."""
    wanted = set(message_ids)
    with warehouse.begin() as connection:
        found = connection.scalars(
            alert_outbox.update()
            .where(outbox.message_id.in_(wanted), outbox.state.in_(("dead", "uncertain")))
            .values(state="due", attempts=0, next_attempt_at=now, http_status=None)
            .returning(outbox.message_id)
        ).all()
        if others := sorted(wanted.difference(found)):
            raise UserError(f"neither dead nor uncertain: {', '.join(map(str, others))}")
    return len(found)


def day_start(now: dt.datetime) -> dt.datetime:
    """When the day in Brasília began, in UTC."""
    local = now.replace(tzinfo=dt.UTC).astimezone(BRASILIA)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(dt.UTC).replace(tzinfo=None)


def _digests(connection: sa.Connection, now: dt.datetime) -> tuple[list[Message], list[int]]:
    """A message per destination out of those held on earlier days, and the ids of these."""
    start = day_start(now)
    query = (
        sa.select(alert_outbox)
        .where(outbox.state == "held", outbox.created_at < start)
        .order_by(outbox.channel, outbox.destination, outbox.message_id)
    )
    rows = connection.execute(query).mappings().all()
    digests = []
    for (channel, destination), group in groupby(
        rows, key=lambda row: (row["channel"], row["destination"])
    ):
        held = list(group)
        day = day_start(held[-1]["created_at"]).date()
        text = digest_of([row["text"] for row in held], day)
        key = f"digest up to {held[-1]['message_id']}"
        digests.append(Message(key, None, channel, destination, text, "due"))
    return digests, [row["message_id"] for row in rows]


def _capped(
    connection: sa.Connection, messages: list[Message], now: dt.datetime, daily_cap: int
) -> list[Message]:
    """The messages, held from the one on that is too many for its destination and day."""
    query = (
        sa.select(
            outbox.channel,
            outbox.destination,
            sa.func.count(sa.distinct(outbox.dedupe_key)),
        )
        .where(outbox.created_at >= day_start(now), outbox.state.not_in(("held", "gathered")))
        .group_by(outbox.channel, outbox.destination)
    )
    counts = Counter({(row[0], row[1]): row[2] for row in connection.execute(query)})
    capped = []
    for message in messages:
        counts[message.channel, message.destination] += 1
        is_held = message.watch_id and counts[message.channel, message.destination] > daily_cap
        capped.append(Message(**{**vars(message), "state": "held" if is_held else "due"}))
    return capped


def _texts(message: Message) -> list[str]:
    return [message.text] if message.state == "held" else parts(message.text)


def _message(alert: Alert, fact: dict) -> Message:
    return Message(
        fact["alert_key"], fact["watch_uuid"], fact["channel"], fact["destination"],
        text_of(fact, alert.baseline), "due",
    )  # fmt: skip


def _watch(row: Any) -> Watch:
    return Watch(**{name: row[name] for name in Watch.__dataclass_fields__})


def _state(row: Any) -> State:
    return State(row["baseline_amount"], row["direction"], row["told_at"], row["weighed_until"])


def _change(row: Any) -> Change:
    return Change(
        row["kind"], row["changed_at"], row["seen_until_at"], row["from_price_amount"],
        row["to_price_amount"],
    )  # fmt: skip


def _identity(message: dict) -> str:
    return f"message {message['message_id']}"


def _lock(connection: sa.Connection, name: str) -> None:
    lock = sa.text("select pg_advisory_xact_lock(hashtext('armazem alerts ' || :name))")
    connection.execute(lock, {"name": name})
