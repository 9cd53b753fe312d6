"""Simulators: invented but well-formed editions of the public sources, for demos and tests."""
