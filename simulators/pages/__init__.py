"""Simulated shops: product pages in the shapes that real ones have, and all that goes wrong."""

from simulators.pages.server import FAULTS, Shop, Shops
from simulators.pages.shapes import SHAPES, Product

__all__ = ["FAULTS", "SHAPES", "Product", "Shop", "Shops"]
