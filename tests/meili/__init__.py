"""A simulated Meilisearch server for tests: real HTTP on 127.0.0.1, the engine's documented behaviour behind it."""

from .double import Fault, MeiliDouble, Recorded

__all__ = ["Fault", "MeiliDouble", "Recorded"]
