"""How a step that takes long tells how far it has come."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]  # what, how much of it is done, how much there is


def silent(what: str, done: int, total: int) -> None:
    """A Progress that nobody looks at."""
