"""A simulated year of the marketplace, as files of raw rows and as what is true of it."""

import datetime as dt
import gc
from dataclasses import dataclass
from pathlib import Path

from benchmarks.diary import Diary
from benchmarks.observer import Observer
from benchmarks.raw_files import RawFiles
from simulators.mercadolivre import World
from warehouse.secrets import Vault, new_key


@dataclass(frozen=True)
class Year:
    """``first`` are the files of all days but the last, ``last`` those of the last.

    ``touched`` are the orders of earlier days that changed on the last one, or were made on it.
    ``until`` is the midnight before it. ``counts`` are the rows by table, of both.
    """

    world: World
    diary: Diary
    first: Path
    last: Path
    until: dt.datetime
    touched: frozenset[int]
    counts: dict[str, int]


def live(world: World, days: int, folder: Path) -> Year:
    """Let days pass, each with a load at its end, and the orders read when they are final."""
    gc.disable()  # a year is millions of objects, none of them garbage in a circle
    diary, observer = Diary(), Observer(world, Vault([new_key()]))
    with RawFiles(folder / "first") as first:
        for _ in range(days - 1):
            _pass_day(world, diary, observer, first)
            world.events.clear()
        first.add(observer.orders(list(world.orders)), load_id(world))
    until = diary.newest
    with RawFiles(folder / "last") as last:
        _pass_day(world, diary, observer, last)
        touched = frozenset(e["id"] for e in world.events if e["kind"].startswith("order_"))
        last.add(observer.orders(sorted(touched)), load_id(world))
    gc.enable()
    counts = {
        table: first.counts.get(table, 0) + last.counts.get(table, 0)
        for table in first.counts | last.counts
    }
    return Year(world, diary, first.folder, last.folder, until, touched, counts)


def _pass_day(world: World, diary: Diary, observer: Observer, files: RawFiles) -> None:
    world.tick()
    diary.note(world)
    files.add(observer.look(), load_id(world))


def load_id(world: World) -> str:
    """What dlt calls a load: seconds since 1970, as text."""
    return f"{world.now.timestamp():.1f}"
