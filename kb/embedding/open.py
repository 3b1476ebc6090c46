"""Open the embedding model that the settings name: the shipped static one, another static one, or any model of
sentence-transformers."""

from __future__ import annotations

import json
from pathlib import Path

from kb.embedding.options import EmbedOptions
from kb.errors import EngineError
from kb.ports import Embedder

#: The shipped model, which is used when no other is named.
SHIPPED_MODEL = Path(__file__).parent / "models" / "embed-vi-static-v1"


def open_embedder(model: str = "", options: EmbedOptions | None = None) -> Embedder:
    """The embedder of a model: "" for the shipped one, else a local folder or the name of a sentence-transformers model.

    A folder in the static format is read with numpy, and ignores `options`; every other model needs torch and
    sentence-transformers. Raises EngineError, which says what to install or to set.
    """
    folder = _folder_of(model)
    if _is_path(model) and not folder.is_dir():
        raise EngineError(f"Không có thư mục mô hình nhúng {folder}; xem CACHHAY_EMBED_MODEL.")
    if _is_static(folder):
        from kb.embedding.static_embedder import StaticEmbedder

        return StaticEmbedder(folder)
    try:
        from kb.embedding.sentence_transformers import SentenceTransformerEmbedder
    except ImportError as error:
        raise EngineError(f"Mô hình nhúng {model} cần PyTorch và sentence-transformers. Hãy chạy `make models`.") from error
    return SentenceTransformerEmbedder(str(folder) if folder.is_dir() else model, options)


def static_folder(model: str = "") -> Path | None:
    """The folder of a model (named as for `open_embedder`) if it is in the static format, else None."""
    folder = _folder_of(model)
    return folder if _is_static(folder) else None


def _folder_of(model: str) -> Path:
    return Path(model).expanduser() if model else SHIPPED_MODEL


def _is_path(model: str) -> bool:
    """Whether this can only be a path: a name on the hub is "name" or "owner/name"."""
    return model.startswith(("/", ".", "~")) or model.count("/") > 1 or "\\" in model


def _is_static(folder: Path) -> bool:
    try:
        modules = json.loads((folder / "modules.json").read_text("utf-8"))
        return str(modules[0]["type"]).startswith("vi_static_embedding.")
    except (OSError, ValueError, LookupError, TypeError):
        return False
