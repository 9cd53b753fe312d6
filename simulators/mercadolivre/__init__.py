"""A simulator of the Mercado Livre API."""

from simulators.mercadolivre.server import Faults, Request, Server
from simulators.mercadolivre.world import World

__all__ = ["Faults", "Request", "Server", "World"]
