"""What a benchmark compared and how long it took, as tables on the terminal."""

import sys
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.builds import Build


@dataclass(frozen=True)
class Check:
    """What was compared, of how many rows, how many differed, in seconds."""

    name: str
    rows: int
    differences: int
    seconds: float = 0.0
    note: str = ""

    def took(self, seconds: float) -> "Check":
        return replace(self, seconds=seconds)


def compared(name: str, expected: Mapping[Hashable, Any], found: Mapping[Hashable, Any]) -> Check:
    """Rows by key; one that is missing on either side differs. The first ones are noted."""
    keys = [k for k in expected.keys() | found.keys() if expected.get(k) != found.get(k)]
    shown = (f"{k}: {found.get(k)}, not {expected.get(k)}" for k in sorted(keys, key=repr)[:3])
    return Check(name, len(expected), len(keys), note="; ".join(shown))


def show_checks(title: str, checks: Iterable[Check]) -> int:
    """Print them as they come; returns the number of differences."""
    print(f"{title:<42}{'rows':>12}{'differences':>13}{'seconds':>9}")
    total = 0
    for check in checks:
        total += check.differences
        row = f"{check.name:<42}{check.rows:>12,}{check.differences:>13,}{check.seconds:>9.1f}"
        print(f"{row}  {check.note}".rstrip(), flush=True)
    return total


def show_build(title: str, done: Build) -> None:
    """Print what took longest, and what warned."""
    print(f"{title}: {done.seconds:.0f} s; the slowest:")
    for name, seconds in done.nodes[:10]:
        print(f"    {seconds:>8.1f} s  {name}")
    for name in done.warned:
        print(f"    warned: {name}")
    sys.stdout.flush()
