"""What every channel answers, and apprise, which knows a hundred of them.

A channel takes a destination and a text and returns when the message has been taken. Otherwise it
raises what became of it: :class:`Later`, :class:`Refused`, :class:`Uncertain`, or a UserError when
nothing can be sent until somebody mends the settings.
"""

import importlib
from collections.abc import Callable

from serving.alerts.message import shown
from warehouse import UserError

Channel = Callable[[str, str], None]


class Undelivered(Exception):  # noqa: N818
    """A message that was not taken, or not known to be. The text names no secret."""

    def __init__(self, message: str, status: int | None = None):
        super().__init__(message)
        self.status = status


class Later(Undelivered):
    """Not delivered now. ``wait``: seconds the server asks to leave it alone, if it does."""

    def __init__(self, message: str, status: int | None = None, wait: float | None = None):
        super().__init__(message, status)
        self.wait = wait


class Refused(Undelivered):
    """Never to be delivered: another attempt would fare no better."""


class Uncertain(Undelivered):
    """Delivered or not: the answer was lost, and nobody can be asked."""


def apprise(addresses: dict[str, str]) -> Channel:
    """The channel ``apprise``; destinations are names of the operator's addresses, nothing else."""

    def send(destination: str, text: str) -> None:
        if destination not in addresses:
            raise Refused(f"ALERTS__APPRISE_URLS has no address {destination}")
        try:
            library = importlib.import_module("apprise")
        except ImportError:
            problem = "alerts: apprise is not installed: pip install 'armazem[notify]'"
            raise UserError(problem) from None
        notifier = library.Apprise()
        if not notifier.add(addresses[destination]):
            raise Refused(f"apprise does not know the kind of address that {destination} is")
        if not notifier.notify(body=shown(text), body_format=library.NotifyFormat.TEXT):
            # it does not say why, so part of a message may have arrived
            raise Uncertain(f"apprise could not say that {destination} took it")

    return send
