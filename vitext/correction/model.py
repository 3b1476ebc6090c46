"""The correction model: one file, mapped into memory.

Written by `training/make_repair_model.py`; what it was made of, and how good it is, stands in `MODEL.md` beside it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

#: The model that is shipped; `MODEL.md` beside it says what it was made of.
MODEL_PATH = Path(__file__).parent / "repair-vi.model"

#: Kinds of words, as decoder.c numbers them: one that is to be corrected,
DAMAGED = 0
#: a number,
DIGITS = 1
#: one that stays and that the language model does not know (an address, an abbreviation),
OPAQUE = 2
#: and a Vietnamese syllable with its accents, which stays.
FIXED = 3
#: The decoder's number for "no word".
NONE = 0xFFFF
#: The first bytes of a model file.
MAGIC = b"VIREAD03"
#: Costs are negative natural logarithms times this.
UNIT = 256


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: The arrays in the order in which the decoder takes them, then the sizes, then the settings.
ARRAYS = _names("""
    unigram unigram_backoff bigram_start bigram_word bigram_cost bigram_backoff trigram_start trigram_word trigram_cost
    capital row_of_one chunk_key chunk_row rows onset_letters node_letter node_depth node_end node_rest syllable
    rest_key rest_start rest_entry rest_share form_key form_start form_entry form_share shapes add
""")
#: Those that differ between the channels.
OF_CHANNEL = _names("""
    row_of_one chunk_key chunk_row rows rest_key rest_start rest_entry rest_share form_key form_start form_entry
    form_share shapes
""")
#: What happened to the letters, and how the arrays and settings for it begin: an English recogniser, a typist without
#: accents, a recogniser of another language with accents (French), one that emits no accent at all and loses spaces.
CHANNELS = {"ocr": "", "unaccented": "plain_", "western": "western_", "bare": "bare_"}
SETTINGS = _names("""
    step backoff_zero unknown_base unknown_letter never search_limit keep_limit beam_limit lm_weight unigram_weight
    number_cost wild unknown_lower unknown_mixed unknown_capitals prune insert cut cut_above cut_number marked_letters
""")


class Columns(NamedTuple):
    """The words to decode, a column an attribute, a row a word.

    `where` is (n, 2): offset and length in the text. `words` are the numbers of FIXED words. `caps` tells how the word
    before is written: 0 small, 1 with a capital, 2 at a sentence's start, 3 not to be weighed. `starts` is 1 where a
    sentence starts.
    """

    where: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.uint8]
    words: npt.NDArray[np.uint16]
    caps: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.uint8]


def form_hash(form: bytes, seed: int) -> int:
    """FNV-1a, 32 bits, of a form in bytes; the seed keeps wholes and rests apart."""
    h = 2166136261 ^ seed
    for b in form:
        h = (h ^ b) * 16777619 & 0xFFFFFFFF
    return h


def rest_seed(shape: int) -> int:
    """The seed of the hash of a rest in a shape: above the eight bits of a character, or "P" in one is "N" in another."""
    return (1 + shape) << 8


@dataclass(frozen=True)
class CorrectionModel:
    """The mapped file: `arrays` are read-only views of it."""

    arrays: dict[str, npt.NDArray[Any]]
    settings: dict[str, Any]

    @classmethod
    def open(cls, path: Path, magic: bytes = MAGIC) -> CorrectionModel:
        """Map the file. Raises ValueError when it is no correction model of this version, OSError when it cannot be read.

        Only training opens a file of another version, by its `magic`: it may have fewer channels."""
        data = np.memmap(path, dtype=np.uint8, mode="r")
        if bytes(data[: len(MAGIC)]) != magic:
            raise ValueError(f"{path} is no correction model ({MAGIC.decode()})")
        size = int.from_bytes(bytes(data[len(MAGIC) : len(MAGIC) + 8]), "little")
        base = len(MAGIC) + 8 + size
        header = json.loads(bytes(data[len(MAGIC) + 8 : base]))
        arrays = {}
        for name, about in header["arrays"].items():
            dtype = np.dtype(about["dtype"])
            count = int(np.prod(about["shape"]))
            raw = data[base + about["at"] : base + about["at"] + count * dtype.itemsize]
            arrays[name] = raw.view(dtype).reshape(about["shape"])
        return cls(arrays, header["settings"])

    @cached_property
    def words(self) -> list[str]:
        """The words by number."""
        return bytes(self.arrays["words"]).decode().split("\n")

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def of(self, channel: str) -> dict[str, npt.NDArray[Any]]:
        """The arrays with those of a channel in their places."""
        prefix = CHANNELS[channel]
        return {name: self.arrays[prefix + name if name in OF_CHANNEL else name] for name in ARRAYS}

    def setting(self, name: str, channel: str) -> int:
        """A setting of the decoder; a channel may have its own."""
        return int(self.settings.get(CHANNELS[channel] + name, self.settings[name]))

    def sizes(self, channel: str) -> tuple[int, ...]:
        """The sizes that the decoder needs beside the arrays."""
        a = self.of(channel)
        letters = a["rows"].shape[1] // 2
        onsets, rests = a["syllable"].shape
        chunks, rest_keys, forms = len(a["chunk_key"]), len(a["rest_key"]), len(a["form_key"])
        return len(a["add"]), letters, onsets, len(a["node_letter"]), rests, chunks, rest_keys, forms, len(a["rows"])


@cache
def shipped_model() -> CorrectionModel:
    """The model that is shipped, mapped once a process."""
    return CorrectionModel.open(MODEL_PATH)
