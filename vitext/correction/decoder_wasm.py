"""The decoder as WebAssembly, run by wasmtime: no compiler at install, one core, integers only."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np
import numpy.typing as npt
import wasmtime

from vitext.correction.model import ARRAYS, CHANNELS, OF_CHANNEL, SETTINGS, Columns, CorrectionModel

Bytes = npt.NDArray[np.uint8]
_PROGRAM = Path(__file__).parent / "decoder.wasm"
_PAGE = 65536


def _close(*parts: Any) -> None:
    for part in parts:
        part.close()


class WasmDecoder:
    """One instance of the decoder with its own memory. Not for several threads at a time."""

    def __init__(self, model: CorrectionModel) -> None:
        engine = wasmtime.Engine()
        self._store = wasmtime.Store(engine)
        module = wasmtime.Module.from_file(engine, str(_PROGRAM))
        exports: Any = wasmtime.Instance(self._store, module, []).exports(self._store)
        # At exit wasmtime complains when the interpreter took its modules away first.
        finalize(self, _close, self._store, module, engine)
        self._call = {
            name: exports[name] for name in ("params", "params_size", "prepare", "propose", "decode", "cuts", "spent")
        }
        self._memory: Any = exports["memory"]
        self._free: int = -(-exports["__heap_base"].value(self._store) // 64) * 64
        self._model = model
        self._places: dict[str, int] = {}
        needed = [name for name in model.arrays if name != "words"]
        self._need(sum(model.arrays[name].nbytes + 64 for name in needed))
        for name in needed:
            raw = np.frombuffer(model.arrays[name].tobytes(), dtype=np.uint8)
            self._view()[self._free : self._free + len(raw)] = raw
            self._places[name] = self._free
            self._free += -(-len(raw) // 64) * 64
        self._channel = ""
        self._use("ocr")

    def _use(self, channel: str) -> None:
        if channel == self._channel:
            return
        prefix = CHANNELS[channel]
        places = [self._places[prefix + name if name in OF_CHANNEL else name] for name in ARRAYS]
        settings = [self._model.setting(name, channel) for name in SETTINGS]
        values = np.array([*places, *self._model.sizes(channel), *settings], dtype=np.int32)
        start = self._run("params")
        if values.nbytes != self._run("params_size"):
            raise ValueError("decoder.wasm and this version of vitext do not belong together")
        self._view()[start : start + values.nbytes] = values.view(np.uint8)
        self._run("prepare")
        self._channel = channel

    def decode(self, channel: str, text: bytes, words: Columns) -> npt.NDArray[np.int32]:
        """Decode the words of a text (see `Columns`): shape (words, 4, 3) of word, shape, cost of its posterior, best first.

        `text` is what `to_bytes` made of it. Rows of fewer candidates end with the word `NONE`. See `sentence` in decoder.c.
        """
        self._use(channel)
        n = len(words.kinds)
        parts = [np.frombuffer(text, dtype=np.uint8), *(column.view(np.uint8).reshape(-1) for column in words)]
        size = n * 4 * 3 * 4
        self._need(sum(len(part) + 64 for part in parts) + size)
        view = self._view()
        at = self._free
        given = []
        for part in parts:
            view[at : at + len(part)] = part
            given.append(at)
            at += -(-len(part) // 64) * 64
        self._run("decode", *given, n, at)
        return self._view()[at : at + size].view(np.int32).reshape(n, 4, 3).copy()

    def propose(self, channel: str, word: bytes) -> list[tuple[int, int, int]]:
        """The candidates of a word (1-24 characters), the best first: word, shape, cost."""
        self._use(channel)
        self._need(len(word) + 4096)
        view = self._view()
        view[self._free : self._free + len(word)] = np.frombuffer(word, dtype=np.uint8)
        out = self._free + 64
        count = self._run("propose", self._free, len(word), out)
        rows = self._view()[out : out + 12 * count].view(np.int32).reshape(count, 3).tolist()
        return [(word, shape, cost) for word, shape, cost in rows]

    def spent(self) -> int:
        """What the words of the last `decode` cost together, in units of the model: the less, the likelier."""
        return self._run("spent")

    def cuts(self, channel: str, text: bytes, where: npt.NDArray[np.int32]) -> npt.NDArray[np.uint32]:
        """Where words that were run together are to be cut. `where` is (n, 2): offset and length, `CUT_LONGEST` at most.

        Returns an array of shape (n, 3): bit k of the 96 of a row says that a word begins at character k.
        """
        self._use(channel)
        n = len(where)
        self._need(len(text) + where.nbytes + 12 * n + 192)
        view = self._view()
        given = [self._free]
        for part in (np.frombuffer(text, dtype=np.uint8), where.view(np.uint8).reshape(-1)):
            view[given[-1] : given[-1] + len(part)] = part
            given.append(given[-1] + -(-len(part) // 64) * 64)
        self._run("cuts", given[0], given[1], n, given[2])
        return self._view()[given[2] : given[2] + 12 * n].view(np.uint32).reshape(n, 3).copy()

    def _run(self, name: str, *values: int) -> int:
        return int(self._call[name](self._store, *values) or 0)

    def _need(self, size: int) -> None:
        missing = self._free + size - self._memory.data_len(self._store)
        if missing > 0:
            self._memory.grow(self._store, -(-missing // _PAGE))

    def _view(self) -> Bytes:
        pointer = self._memory.data_ptr(self._store)
        return np.ctypeslib.as_array(pointer, shape=(self._memory.data_len(self._store),))
