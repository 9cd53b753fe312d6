"""A simulator of the Bot API of Telegram: sendMessage, with its limits and its faults."""

from simulators.telegram.server import FAULTS, Server

__all__ = ["FAULTS", "Server"]
