"""A transformer made on the spot: two layers with random weights, a handful of word pieces. Needs the `models` extra."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from transformers import BertModel

HIDDEN = 32
#: Tokens that the model reads at once.
LENGTH = 32
_WORDS = "query passage : lúa hữu cơ cải cách thi đua yêu nước tuyên truyền điển hình tiên tiến mô hình trồng hành chính"


def needs_torch() -> None:
    """Skip aloud without PyTorch and sentence-transformers."""
    reason = "PyTorch and sentence-transformers are not installed: run `make models`"
    pytest.importorskip("sentence_transformers", reason=reason)


def make_tiny_transformer(
    folder: Path,
    *,
    seed: int = 0,
    change: Callable[[BertModel], object] = lambda body: None,
    prompts: dict[str, str] | None = None,
) -> Path:
    """Save the model, without a module that normalises, in `folder`; returns it. `change` may spoil the body first."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel, BertTokenizer

    source = folder.parent / f"{folder.name}.body"
    source.mkdir(parents=True)
    words = dict.fromkeys(_WORDS.split())
    letters = sorted(set("".join(words)) | set("abcdefghijklmnopqrstuvwxyz0123456789"))
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *letters, *(f"##{letter}" for letter in letters)]
    pieces = list(dict.fromkeys(pieces))
    (source / "vocab.txt").write_text("\n".join(pieces), "utf-8")
    BertTokenizer(str(source / "vocab.txt"), do_lower_case=False).save_pretrained(source)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=HIDDEN,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * HIDDEN,
        max_position_embeddings=64,
    )
    torch.manual_seed(seed)
    body = BertModel(config)
    change(body)
    body.save_pretrained(source)
    modules = [Transformer(str(source), max_seq_length=LENGTH), Pooling(HIDDEN)]
    SentenceTransformer(modules=modules, device="cpu", prompts=prompts).save(str(folder))
    return folder
