"""Which changes a watch tells: pure functions of the changes, in the time of the data.

What is told follows from the changes alone, not from when or how often somebody asks, so that a run
that was missed, repeated or given everything at once leads to the same alerts. How soon and to how
many messages a day: :mod:`serving.alerts.outbox`.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

Direction = Literal["up", "down"]


@dataclass(frozen=True)
class Watch:
    """When to tell. Percent are of the baseline, amounts in the currency; either suffices."""

    rise_percent: Decimal | None = None
    fall_percent: Decimal | None = None
    rise_amount: Decimal | None = None
    fall_amount: Decimal | None = None
    is_back_in_stock: bool = False
    hysteresis_percent: Decimal = Decimal(0)
    cooldown_minutes: int = 0

    def tells(self, direction: Direction) -> bool:
        """Whether moves in this direction are told at all."""
        return self._thresholds(direction) != (None, None)

    def _thresholds(self, direction: Direction) -> tuple[Decimal | None, Decimal | None]:
        if direction == "up":
            return self.rise_percent, self.rise_amount
        return self.fall_percent, self.fall_amount

    def exceeds(self, baseline: Decimal, price: Decimal, is_reversal: bool) -> bool:
        """Whether the move from the baseline is large enough.

        A direction that is not told has the thresholds of the other one. A reversal of the move
        before takes ``hysteresis_percent`` more.
        """
        direction: Direction = "up" if price > baseline else "down"
        other: Direction = "down" if direction == "up" else "up"
        percent, amount = self._thresholds(direction if self.tells(direction) else other)
        move = abs(price - baseline)
        more = self.hysteresis_percent if is_reversal else Decimal(0)
        return (percent is not None and 100 * move >= baseline * (percent + more)) or (
            amount is not None and 100 * move >= 100 * amount + baseline * more
        )


@dataclass(frozen=True)
class Change:
    """A price or stock that was first seen at ``changed_at`` and last at ``seen_until_at``."""

    kind: Literal["price", "back_in_stock"]
    changed_at: dt.datetime
    seen_until_at: dt.datetime
    from_price: Decimal | None = None
    to_price: Decimal | None = None


@dataclass(frozen=True)
class State:
    """What a watch remembers of a series; see ``ops.watch_state``."""

    baseline: Decimal | None = None
    direction: Direction | None = None
    told_at: dt.datetime | None = None
    weighed_until: dt.datetime | None = None


@dataclass(frozen=True)
class Alert:
    """A change that is to be told, the price it is compared with, and since when it is due."""

    change: Change
    baseline: Decimal | None
    at: dt.datetime


def decide(watch: Watch, state: State, changes: Iterable[Change]) -> tuple[State, list[Alert]]:
    """What is told of the changes of one series, in whatever order they are given.

    Changes that are not newer than those already weighed say nothing any more: an older one that
    arrives late neither repeats nor revives an alert.
    """
    alerts = []
    for change in sorted(changes, key=lambda change: change.changed_at):
        if state.weighed_until is None or change.changed_at > state.weighed_until:
            state, alert = _weigh(watch, state, change)
            alerts += [alert] if alert else []
    return state, alerts


def _weigh(watch: Watch, state: State, change: Change) -> tuple[State, Alert | None]:
    if state.baseline is None and change.from_price is not None:
        state = replace(state, baseline=change.from_price)  # of before the first change
    at = change.changed_at
    if state.told_at:  # within the cooldown nothing is weighed; what holds at its end is
        at = max(at, state.told_at + dt.timedelta(minutes=watch.cooldown_minutes))
    if at > change.seen_until_at:
        return state, None
    weighed = replace(state, weighed_until=change.changed_at)
    if change.kind == "back_in_stock":
        if not watch.is_back_in_stock:
            return weighed, None
        return replace(weighed, told_at=at), Alert(change, None, at)
    return _weigh_price(watch, weighed, change, at)


def _weigh_price(
    watch: Watch, state: State, change: Change, at: dt.datetime
) -> tuple[State, Alert | None]:
    baseline, price = state.baseline, change.to_price
    if price == baseline or not (watch.tells("up") or watch.tells("down")):
        return state, None
    direction: Direction = "up" if price > baseline else "down"
    is_reversal = state.direction not in (None, direction)
    is_told = watch.tells(direction)
    # the baseline follows freely where nobody watches, once it has turned that way
    if (is_told or is_reversal) and not watch.exceeds(baseline, price, is_reversal):
        return state, None
    moved = replace(state, baseline=price, direction=direction)
    if not is_told:
        return moved, None
    return replace(moved, told_at=at), Alert(change, baseline, at)
