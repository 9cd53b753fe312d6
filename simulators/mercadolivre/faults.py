"""What goes wrong on the way."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass(frozen=True)
class Faults:
    """Rates from 0 to 1 of what goes wrong; the same for the same seed and number of request.

    A dropped request has been obeyed: the client only does not hear of it, or hears half of it.
    """

    seed: int = 0
    drop: float = 0.0  # of requests
    error_500: float = 0.0  # of requests, which are then not obeyed
    slow: float = 0.0  # of requests
    slow_seconds: float = 1.0
    malformed_element: float = 0.0  # of the elements of lists
    partial_user: float = 0.05  # of requests for users: 206
    late_order: float = 0.1  # of the last day's orders: 404 the first two times
    oauth: bool = False  # whether tokens are lost as well

    def rng(self, number: int) -> Random:
        return Random(f"{self.seed}/{number}")


def malform(rng: Random, body: Any, rate: float) -> int:
    """Break some elements of an answer in place; returns how many."""
    elements = body.get("results") if isinstance(body, dict) else body
    if not rate or not isinstance(elements, list):
        return 0
    broken = [n for n in range(len(elements)) if rng.random() < rate]
    for n in broken:
        whole = elements[n]
        if isinstance(whole, dict) and whole.keys() == {"code", "body"}:
            elements[n] = whole | {"body": _broken(rng, whole["body"])}
        else:
            elements[n] = _broken(rng, whole)
    return len(broken)


def _broken(rng: Random, element: Any) -> Any:
    """Nothing, half of its text, without its id, or words where numbers belong."""
    way = rng.randrange(4)
    if way == 0 or not isinstance(element, dict):
        return None
    if way == 1:
        text = json.dumps(element)
        return text[: len(text) // 2]
    if way == 2:
        return {key: value for key, value in element.items() if key not in ("id", "item_id")}
    numbers = {k: "n/a" for k, v in element.items() if isinstance(v, float)}
    return element | (numbers or {"id": {"unexpected": True}})
