"""How to run an embedding model other than the shipped one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmbedOptions:
    """Settings of a sentence-transformers model. A prefix of None means the model's own (see the adapter)."""

    batch: int = 32
    device: str = "cpu"
    query_prefix: str | None = None
    document_prefix: str | None = None
