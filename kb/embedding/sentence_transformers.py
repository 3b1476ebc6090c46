"""Any sentence-transformers model as an embedder. Only this module loads torch, and only when such a model is chosen.

Some models read only a short text (`max_seq_length`: 128 tokens for some, 256 for those made from PhoBERT). A longer text is
not cut off but read in windows, and its vector is their mean: a passage of 110 syllables is about 150 tokens, and twice as
many with damaged letters.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import huggingface_hub
import numpy as np
import torch
from huggingface_hub.errors import RepositoryNotFoundError
from sentence_transformers import SentenceTransformer
from transformers import PreTrainedTokenizerBase
from transformers.utils.logging import disable_progress_bar

from kb.embedding.options import EmbedOptions
from kb.errors import EngineError
from kb.ports import Vector

#: Part of every digest: raised when this module makes other vectors with the same model.
VERSION = 2
#: Most tokens read at once. Few models can read more, and the memory for attention grows with the square of this.
WINDOW = 512
#: Seconds to wait for the hub to answer whether it has a model.
HUB_TIMEOUT = 10

_E5 = re.compile(r"(?<![a-z0-9])m?e5(?![a-z0-9])")
_E5_INSTRUCTION = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "
#: Endings of files that are not part of the digest: the loaded tensors represent them, or they do not change vectors.
_NOT_DIGESTED = {".safetensors", ".bin", ".h5", ".ot", ".msgpack", ".onnx", ".onnx_data", ".pt", ".pth", ".gguf", ".md"}

disable_progress_bar()  # it would write "Loading weights" between our own lines


class SentenceTransformerEmbedder:
    """A model in a local folder, or of this name on the hub (downloaded once, then read from the cache without a network).

    Code in a local folder is executed, because the user put it there; code of a model on the hub is not. Raises EngineError
    when the model or the device cannot be used, and when vectors are not numbers. Safe to share between threads; they take
    turns.
    """

    def __init__(self, model: str, options: EmbedOptions | None = None) -> None:
        options = options or EmbedOptions()
        _check_device(options.device)
        folder = Path(model) if Path(model).is_dir() else None
        self._model = _load(model, folder, options.device)
        self._batch = options.batch
        self._lock = threading.Lock()
        self.name = _name_of(folder) if folder else model
        self._query, self._document = _prefixes(self.name, self._model.prompts or {}, options)
        tokenizer = getattr(self._model[0], "tokenizer", None)
        self._tokenizer = tokenizer if isinstance(tokenizer, PreTrainedTokenizerBase) else None
        self._window = self._read_window()
        self._check_prefixes()
        self._dimension = self._probe()
        self.digest = self._digest(folder)

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
        if not texts:
            return np.zeros((0, self._dimension), dtype=np.float32)
        prefix = self._query if query else self._document
        try:
            # Two threads that share a tokenizer change its settings under each other: wrong vectors, or "Already borrowed".
            with self._lock:
                windows = self._windows(texts, prefix)
                rows = self._run([piece for pieces in windows for piece in pieces], prefix, query)
        except Exception as error:  # as many types as there are models; out of memory is one of them
            advice = "Nếu thiếu bộ nhớ, hãy giảm CACHHAY_EMBED_BATCH."
            raise EngineError(f"Mô hình nhúng {self.name} không tính được véc-tơ: {_line(error)}. {advice}") from error
        if not np.isfinite(rows).all():
            raise EngineError(f"Mô hình nhúng {self.name} cho véc-tơ không phải là số (NaN); hãy dùng mô hình khác.")
        starts = np.cumsum([0, *(len(pieces) for pieces in windows[:-1])])
        return _unit(np.add.reduceat(_unit(rows), starts, axis=0))

    def _run(self, texts: list[str], prefix: str, query: bool) -> Vector:
        encode = self._model.encode_query if query else self._model.encode_document
        vectors = encode(texts, prompt=prefix, batch_size=self._batch, convert_to_numpy=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)

    def _read_window(self) -> int:
        """Tokens read at once, with the marks at both ends; 0 when the model has no limit."""
        if self._tokenizer is None:
            return 0
        config = getattr(self._model.transformers_model, "config", None)
        # RoBERTa and models like it count positions from 2; the name of a model does not always show that it is one.
        positions = getattr(config, "max_position_embeddings", 0) or 0
        limits = (WINDOW, self._model.max_seq_length or WINDOW, positions - 2 if positions > 2 else WINDOW)
        return int(min(limits))

    def _windows(self, texts: Sequence[str], prefix: str) -> list[list[str]]:
        """Each text cut into the fewest halves, quarters, ... that fit the window together with the prefix."""
        if not self._window:
            return [[text] for text in texts]
        counts = self._count_tokens([prefix + text for text in texts])
        return [
            [text] if count <= self._window else self._halves(text, prefix)
            for text, count in zip(texts, counts, strict=True)
        ]

    def _halves(self, text: str, prefix: str) -> list[str]:
        words = text.split()
        middle = len(words) // 2 if len(words) > 1 else len(text) // 2
        pair = [" ".join(words[:middle]), " ".join(words[middle:])] if len(words) > 1 else [text[:middle], text[middle:]]
        if not middle:
            return [text]
        return [piece for pieces in self._windows(pair, prefix) for piece in pieces]

    def _count_tokens(self, texts: list[str]) -> list[int]:
        assert self._tokenizer is not None
        ids = self._tokenizer(texts, truncation=False, padding=False, verbose=False)["input_ids"]
        return [len(own) for own in ids]

    def _check_prefixes(self) -> None:
        names = {"CACHHAY_EMBED_QUERY_PREFIX": self._query, "CACHHAY_EMBED_DOCUMENT_PREFIX": self._document}
        for name, prefix in names.items():
            if self._window and prefix and self._count_tokens([prefix])[0] > self._window // 2:
                raise EngineError(
                    f"Tiền tố {prefix!r} dài quá nửa số mã mà mô hình nhúng {self.name} đọc được một lần ({self._window}); "
                    f"hãy đặt {name} ngắn hơn."
                )

    def _probe(self) -> int:
        """The dimension of the vectors that the model gives. Raises EngineError when they are empty or zero."""
        self._dimension = 0
        rows = np.concatenate([self.encode(["Thi đua yêu nước"]), self.encode(["Thi đua yêu nước"], query=True)])
        if not rows.shape[1] or not np.linalg.norm(rows, axis=1).all():
            raise EngineError(f"Mô hình nhúng {self.name} cho véc-tơ rỗng; hãy dùng mô hình khác.")
        return int(rows.shape[1])

    def _digest(self, folder: Path | None) -> str:
        """SHA-256 (hex) of everything that changes vectors: this code, the prefixes, the window, a sample of every tensor,
        and the small files of the folder (settings, vocabulary, code) or the revision on the hub. The device and the batch
        are not part of it."""
        revision = "" if folder else _revision(_repository(self.name))
        made = json.dumps([VERSION, self._query, self._document, self._window, revision])
        state = hashlib.sha256(made.encode())
        for name, tensor in self._model.state_dict().items():
            flat = tensor.detach().flatten()
            sample = flat[:: max(1, len(flat) // 1024)].float().cpu().numpy()
            state.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode() + sample.tobytes())
        for path in sorted(folder.rglob("*")) if folder else ():
            inside = path.relative_to(folder or path)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
            if path.is_file() and not hidden and path.suffix not in _NOT_DIGESTED:
                with open(path, "rb") as handle:
                    state.update(f"{inside.as_posix()}\n".encode() + hashlib.file_digest(handle, "sha256").digest())
        return state.hexdigest()


def _load(model: str, folder: Path | None, device: str) -> SentenceTransformer:
    """The model, from its folder, the hub's cache, or the hub, in this order."""
    try:
        if folder:
            return SentenceTransformer(str(folder), device=device, trust_remote_code=True)
        repository = _repository(model)
        # When the cache lacks modules.json, another program filled it, and the settings of pooling may be missing.
        if huggingface_hub.try_to_load_from_cache(repository, "modules.json") is not None:
            try:
                return SentenceTransformer(model, device=device, local_files_only=True)
            except Exception:  # an interrupted download: go on with it
                pass
        _ask_hub(model, repository)
        return SentenceTransformer(model, device=device)
    except EngineError:
        raise
    except Exception as error:  # the library raises a dozen unrelated types for a missing or broken model
        advice = "Thư mục phải có config.json, và modules.json của sentence-transformers."
        if "trust_remote_code" in str(error):
            advice = (
                "Mô hình có mã riêng: xem kỹ mã đó, tải mô hình về một thư mục rồi đặt CACHHAY_EMBED_MODEL là thư mục ấy."
            )
        elif not folder:
            advice = "Nếu mô hình đã tải về máy, hãy đặt CACHHAY_EMBED_MODEL là thư mục của nó."
        raise EngineError(f"Không nạp được mô hình nhúng {model}: {_line(error)}. {advice}") from error


def _repository(model: str) -> str:
    """The hub's full name of a model, as the library completes it."""
    return model if "/" in model else f"sentence-transformers/{model}"


def _revision(repository: str) -> str:
    """The revision (a commit) of a hub model in the cache, "" when it is not known."""
    found = (huggingface_hub.try_to_load_from_cache(repository, name) for name in ("modules.json", "config.json"))
    return next((Path(path).parent.name for path in found if isinstance(path, str)), "")


def _ask_hub(model: str, repository: str) -> None:
    """Raise a clear error when the hub lacks the model or cannot be reached: the library itself would try every file."""
    advice = "Hãy kiểm tra tên, hoặc đặt CACHHAY_EMBED_MODEL là thư mục của mô hình trên máy (không cần mạng)."
    try:
        huggingface_hub.HfApi().model_info(repository, timeout=HUB_TIMEOUT)
    except RepositoryNotFoundError as error:
        raise EngineError(f"Hugging Face không có mô hình nhúng tên {model}. {advice}") from error
    except Exception as error:  # no network, a proxy, offline mode: one type each
        raise EngineError(f"Không hỏi được Hugging Face về mô hình nhúng {model}: {_line(error)}. {advice}") from error


def _check_device(device: str) -> None:
    try:
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError) as error:
        usable = ["cpu", *(f"cuda:{at}" for at in range(torch.cuda.device_count()))]
        if torch.backends.mps.is_available():
            usable.append("mps")
        raise EngineError(
            f"Thiết bị {device!r} không dùng được trên máy này với bản PyTorch đã cài; "
            f"hãy đặt CACHHAY_EMBED_DEVICE là: {', '.join(usable)}."
        ) from error


def _name_of(folder: Path) -> str:
    """The name of a folder; in the hub's cache (models--A--B/snapshots/...), the name of the model."""
    folder = folder.absolute()
    if folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--"):
        return folder.parent.parent.name.removeprefix("models--").replace("--", "/")
    return folder.name


def _prefixes(name: str, prompts: Mapping[str, str | None], options: EmbedOptions) -> tuple[str, str]:
    """(prefix of a query, of a passage): as set, else the model's own prompts, else those that e5 was trained with."""
    own = {key: text for key, text in prompts.items() if text}
    query = own.get("query", "")
    document = next((own[key] for key in ("document", "passage", "corpus") if key in own), "")
    if not own and _E5.search(name.lower()):
        query, document = (_E5_INSTRUCTION, "") if "instruct" in name.lower() else ("query: ", "passage: ")
    return (
        query if options.query_prefix is None else options.query_prefix,
        document if options.document_prefix is None else options.document_prefix,
    )


def _unit(rows: Vector) -> Vector:
    """The rows at length 1; a row of zeros stays."""
    unit: Vector = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
