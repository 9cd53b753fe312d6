"""A run: decide what is new, and send what is due.

Any number of runs may go on at once, and any of them may be killed at any point.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from serving.alerts import outbox
from serving.alerts.channels import Channel, Refused, Uncertain, Undelivered, apprise
from serving.alerts.settings import Settings
from serving.alerts.telegram import Limits, Telegram
from warehouse import UserError, Warehouse
from warehouse.tables import now as utc_now


def channels_of(settings: Settings) -> dict[str, Channel]:
    """The channels by the names that watches have for them."""
    token, timeout = settings.telegram_token, settings.timeout_seconds
    return {
        "telegram": Telegram(settings.telegram_url, token, timeout),
        "apprise": apprise(settings.addresses()),
    }


def preview(
    warehouse: Warehouse, settings: Settings, now: dt.datetime | None = None
) -> list[tuple[str, str, str, str]]:
    """What a run would send or hold: state, channel, destination, text. Changes nothing."""
    with warehouse.begin() as connection:
        connection.execute(sa.text("set transaction read only"))
        planned = outbox.plan(connection, now or utc_now(), settings.daily_cap)
    waiting = outbox.messages(warehouse, "due")[::-1]
    return [
        *((row["state"], row["channel"], row["destination"], row["text"]) for row in waiting),
        *((m.state, m.channel, m.destination, m.text) for m in planned.messages),
    ]


@dataclass
class Run:
    """One run over a warehouse; ``result`` counts messages by what became of them."""

    warehouse: Warehouse
    settings: Settings
    channels: Mapping[str, Channel]
    limits: Limits
    clock: Callable[[], dt.datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self.result: Counter[str] = Counter()
        self.problems: dict[str, UserError] = {}  # of channels that cannot send at all

    def run(self) -> Counter[str]:
        """Decide, and send all that is due within ``patience_seconds``.

        Raises UserError when a channel could not send at all; its messages stay due.
        """
        with outbox.sender(self.warehouse) as number:
            self._recover()
            planned = outbox.decide_all(self.warehouse, self.clock(), self.settings.daily_cap)
            self.result["held"] += sum(m.state == "held" for m in planned.messages)
            self._send_all(number)
        for error in self.problems.values():
            raise error
        return self.result

    def _recover(self) -> None:
        """Take over what senders that are dead had in hand."""
        with self.warehouse.begin() as connection:
            for message in outbox.orphans(connection):
                self._fail(connection, message, Uncertain("its sender was interrupted"))

    def _send_all(self, number: int) -> None:
        patience = self.settings.patience_seconds
        while True:
            waiting = [
                (self._wait(message), self._limit(message), message)
                for message in outbox.next_messages(self.warehouse)
                if message["channel"] not in self.problems
            ]
            if not waiting:
                return
            wait, limit, message = min(
                waiting, key=lambda each: (max(each[:2]), each[2]["message_id"])
            )
            if max(wait, limit) > 0:
                patience -= max(wait, 0)  # what only our limits ask for is none of it
                if patience < 0:
                    self.result["later"] = len(outbox.messages(self.warehouse, "due"))
                    return
                self.sleep(max(wait, limit))
            elif outbox.claim(self.warehouse, message["message_id"], number):
                self._send(message)

    def _wait(self, message: dict) -> float:
        return (message["due_at"] - self.clock()).total_seconds()

    def _limit(self, message: dict) -> float:
        is_limited = message["channel"] == "telegram"
        return self.limits.wait(message["destination"]) if is_limited else 0.0

    def _send(self, message: dict) -> None:
        channel = self.channels.get(message["channel"], _unknown)
        if message["channel"] == "telegram":
            self.limits.count(message["destination"])
        try:
            channel(message["destination"], message["text"])
        except UserError as error:
            self.problems[message["channel"]] = error
            with self.warehouse.begin() as connection:
                outbox.settle(connection, message, state="due")
        except Undelivered as error:
            with self.warehouse.begin() as connection:
                self._fail(connection, message, error)
        else:
            with self.warehouse.begin() as connection:
                outbox.settle(connection, message, state="sent", sent_at=self.clock(), error=None)
            self.result["sent"] += 1

    def _fail(self, connection: sa.Connection, message: dict, error: Undelivered) -> None:
        known = {"http_status": error.status, "error": str(error)}
        now, asked = self.clock(), getattr(error, "wait", None)
        # to be told when to come is no failure
        attempts = message["attempts"] + (asked is None)
        if isinstance(error, Uncertain) and not self.settings.repeat_uncertain:
            outbox.bury(connection, message, now, "uncertain", state="uncertain", **known)
            self.result["uncertain"] += 1
        elif isinstance(error, Refused) or (asked is None and attempts >= self.settings.attempts):
            reason = "refused" if isinstance(error, Refused) else "given_up"
            outbox.bury(connection, message, now, reason, state="dead", attempts=attempts, **known)
            self.result["dead"] += 1
        else:
            wait = self.settings.backoff_seconds * 2 ** (attempts - 1) if asked is None else asked
            until = now + dt.timedelta(seconds=wait)
            outbox.settle(
                connection, message, state="due", attempts=attempts, next_attempt_at=until, **known
            )


def _unknown(destination: str, text: str) -> None:
    raise Refused("there is no such channel")


def send(warehouse: Warehouse, settings: Settings) -> Counter[str]:
    """One run by the clock, over the channels of the settings."""
    return Run(warehouse, settings, channels_of(settings), Limits()).run()
