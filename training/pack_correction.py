"""Pack the language model and the channel into the file that `vitext.correction` maps into memory."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.channel import HALF_TABLE_COUNT, MAX_TABLE_SHARE, Channel, split_onset
from training.language_model import LanguageModel
from training.texts import modern_tone
from vitext.correction.alphabet import ALPHABET, to_bytes
from vitext.correction.model import CHANNELS, MAGIC, NONE, UNIT, CorrectionModel, form_hash, rest_seed
from vitext.correction.tokens import LOWER, SPECIAL, TITLE, UPPER
from vitext.fold import fold, strip_marks
from vitext.syllables import is_syllable, without_tone

Array = npt.NDArray[Any]
#: The last character of Latin-1.
LATIN_1 = 0xFF
#: How much more seldom text is in ASCII than in Latin-1.
ASCII_SHARE = 0.1
Elsewhere = dict[tuple[str, bool], tuple[dict[str, float], float]]
#: Unit of the costs of n-grams, in units of the decoder.
NGRAM_UNIT = 18
#: Unit of the costs of the channel, in units of the decoder.
CHANNEL_UNIT = 16
#: The cost byte of what never happens.
NEVER = 255
#: Cost of a letter recognised as a character that was never seen for it, in CHANNEL_UNIT.
UNSEEN = 150
#: The byte of a back-off weight with zero cost.
BACKOFF_ZERO = 64
#: Real scans that older programs recognised show more than the rendered pages: P and B for Đ, Q for a round letter with a
#: dot below ("CQNG HOA XA HQI", "nQi dung"). For each letter: what is recognised, by share, and the weight of these shares
#: beside those of the pages.
SEEN_ELSEWHERE: Elsewhere = {
    ("đ", True): ({"P": 0.65, "D": 0.2, "B": 0.15}, 0.3),
    ("ộ", True): ({"Q": 0.8, "9": 0.2}, 0.3),
    ("ợ", True): ({"Q": 0.8, "9": 0.2}, 0.3),
    ("ộ", False): ({"Q": 1.0}, 0.02),
    ("ợ", False): ({"Q": 1.0}, 0.02),
}
#: The least share of a shape among the words with the same first character for which it is a candidate.
MIN_SHAPE_SHARE = 0.004
#: Share of the other words (not syllables) that are recognised as they are printed.
UNCHANGED_SHARE = 0.9
#: Share of the other words that are recognised without their accents.
PLAIN_SHARE = 0.6


def _cost(share: float) -> int:
    return min(60000, round(-math.log(max(share, 1e-30)) * UNIT))


def _byte(share: float) -> int:
    return min(NEVER - 1, round(-math.log(max(share, 1e-30)) * UNIT / CHANNEL_UNIT))


def pack_language(lm: LanguageModel) -> dict[str, Array]:
    size = len(lm.vocabulary.words)
    pair_first = (lm.bigram_keys // np.uint64(size)).astype(np.int64)
    three_first = (lm.trigram_keys // np.uint64(size)).astype(np.int64)

    def small(logs: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
        return np.clip(np.rint(-logs * UNIT / NGRAM_UNIT), 0, 255).astype(np.uint8)

    capital = np.array(lm.vocabulary.capitals)
    both = np.stack([1 - capital, capital], axis=-1)
    return {
        "unigram": np.rint(-lm.unigram * UNIT).astype(np.int32),
        "unigram_backoff": np.rint(-lm.unigram_backoff * UNIT).astype(np.int32),
        "bigram_start": np.searchsorted(pair_first, np.arange(size + 1)).astype(np.uint32),
        "bigram_word": (lm.bigram_keys % np.uint64(size)).astype(np.uint16),
        "bigram_cost": small(lm.bigram),
        "bigram_backoff": np.clip(np.rint(-lm.bigram_backoff * UNIT / NGRAM_UNIT) + BACKOFF_ZERO, 0, 255).astype(np.uint8),
        "trigram_start": np.searchsorted(three_first, np.arange(len(lm.bigram_keys) + 1)).astype(np.uint32),
        "trigram_word": (lm.trigram_keys % np.uint64(size)).astype(np.uint16),
        "trigram_cost": small(lm.trigram),
        "capital": np.clip(np.rint(-np.log(np.maximum(both, 1e-3)) * UNIT / CHANNEL_UNIT), 0, 254).astype(np.uint8),
    }


def pack_channels(channels: Mapping[str, Channel], words: list[str]) -> dict[str, Array]:
    """The tables for the words of the model: what each kind of recogniser makes of them, by the name of the channel
    (`CHANNELS`), and of those typed without accents, of which nothing needs to be learned."""
    syllables = [(number, word) for number, word in enumerate(words) if number >= len(SPECIAL) and is_syllable(word)]
    letters = sorted({c for _, word in syllables for c in word})
    number_of = {c: n for n, c in enumerate(letters)}
    onsets = sorted({split_onset(word)[0] for _, word in syllables})
    rests = sorted({split_onset(word)[1] for _, word in syllables})
    rest_number = {rest: n for n, rest in enumerate(rests)}
    table = np.full((len(onsets), len(rests)), NONE, dtype=np.uint16)
    for number, word in syllables:
        onset, rest = split_onset(word)
        table[onsets.index(onset), rest_number[rest]] = number
    spelt = np.full((len(onsets), 4), NEVER, dtype=np.uint8)
    for n, onset in enumerate(onsets):
        spelt[n, : len(onset)] = [number_of[c] for c in onset]
    arrays: dict[str, Array] = {"onset_letters": spelt, "syllable": table}
    arrays |= _trie(rests, number_of)
    plain = Channel({(c, up): _less_marked(c.upper() if up else c) for c in letters for up in (False, True)})
    for name, prefix in CHANNELS.items():
        tables = channels.get(name, plain)
        made = _rows(tables, letters, SEEN_ELSEWHERE if name in channels else {})
        made |= {"shapes": _shapes(tables)} | _rests(tables, rest_number) | _forms(tables, words)
        arrays |= {prefix + array: content for array, content in made.items()}
    return arrays


def _less_marked(c: str) -> dict[bytes, float]:
    """A letter as text has it that lost all marks, or those of the tones, or the letters that Latin-1 lacks, more seldom
    those that ASCII lacks. The first three cost nothing, for a text is one of them throughout."""
    forms = {to_bytes(form, "unaccented"): 1.0 for form in (strip_marks(c), without_tone(c))}
    return forms | ({} if c.isascii() else {to_bytes("?"): 1.0 if ord(c) > LATIN_1 else ASCII_SHARE})


def _rows(channel: Channel, letters: list[str], elsewhere: Elsewhere) -> dict[str, Array]:
    shares: dict[bytes, dict[int, float]] = defaultdict(dict)
    for at, c in enumerate(letters):
        for upper in (False, True):
            table = dict(channel.letters.get((c, upper), {}))
            if (c, upper) in elsewhere:
                known, weight = elsewhere[c, upper]
                table = {chunk: share * (1 - weight) for chunk, share in table.items()}
                for character, share in known.items():
                    chunk = to_bytes(character)
                    table[chunk] = table.get(chunk, 0) + weight * share
            if not table:
                table = {to_bytes(strip_marks(c.upper() if upper else c)): 0.9}
            for chunk, share in table.items():
                shares[chunk][at + upper * len(letters)] = share
    chunks = sorted(shares, key=lambda chunk: (len(chunk), chunk))
    # Row 0 is the empty chunk; every single character has a row.
    ones = [bytes([n]) for n in range(128)]
    listed = [b"", *ones, *(chunk for chunk in chunks if len(chunk) > 1)]
    rows = np.full((len(listed), 2 * len(letters)), NEVER, dtype=np.uint8)
    for row, chunk in enumerate(listed):
        for at, share in shares.get(chunk, {}).items():
            # A chunk that was almost never seen must not cost more than one that was never seen.
            if share > 1e-6 and (len(chunk) != 1 or _byte(share) < UNSEEN):
                rows[row, at] = _byte(share)
    long = sorted((_key(chunk), row) for row, chunk in enumerate(listed) if len(chunk) > 1)
    return {
        "row_of_one": np.array([1 + n for n in range(128)], dtype=np.uint16),
        "chunk_key": np.array([key for key, _ in long], dtype=np.uint32),
        "chunk_row": np.array([row for _, row in long], dtype=np.uint16),
        "rows": rows,
    }


def _shapes(channel: Channel) -> Array:
    """The shapes that a word may have, as bits, by the first recognised character."""
    shapes = np.zeros(128, dtype=np.uint8)
    for number in range(128):
        seen = channel.shapes.get(number, Counter())
        total = sum(seen.values())
        character = ALPHABET.get(number, "*")
        usual = character.islower() and character != "é", character.isupper() and character != "É"
        for shape in (LOWER, TITLE, UPPER):
            share = seen.get(shape, 0) / total if total else 0
            if share >= MIN_SHAPE_SHARE or not any(usual) or (usual[0] and shape == LOWER) or (usual[1] and shape > LOWER):
                shapes[number] |= 1 << shape
    return shapes


def _key(chunk: bytes) -> int:
    return chunk[0] | chunk[1] << 7 | (chunk[2] << 14 | 1 << 21 if len(chunk) == 3 else 0)


def _trie(rests: list[str], number_of: dict[str, int]) -> dict[str, Array]:
    whole = {rest: n for n, rest in enumerate(rests)}
    whole |= {modern_tone(rest): n for rest, n in list(whole.items()) if modern_tone(rest) not in whole}
    # The rests are stored backwards, so that one walk gives the cost of each from every character on.
    whole = {rest[::-1]: n for rest, n in whole.items()}
    nodes = sorted(
        {rest[:n] for rest in whole for n in range(1, len(rest) + 1)}, key=lambda node: [number_of[c] for c in node]
    )
    ends = []
    for at, node in enumerate(nodes):
        end = at + 1
        while end < len(nodes) and nodes[end].startswith(node):
            end += 1
        ends.append(end)
    return {
        "node_letter": np.array([number_of[node[-1]] for node in nodes], dtype=np.uint8),
        "node_depth": np.array([len(node) for node in nodes], dtype=np.uint8),
        "node_end": np.array(ends, dtype=np.uint16),
        "node_rest": np.array([whole.get(node, NONE) for node in nodes], dtype=np.uint16),
    }


def _rests(channel: Channel, number_of: dict[str, int]) -> dict[str, Array]:
    """What was recognised for each rest: its own counts, backed off to the same rest in any tone, then to the letters.

    The recogniser hardly sees tones, so what it makes of a rest in one tone it also makes of it in the others.
    """
    families: dict[tuple[str, int], Counter[bytes]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    of_family: Counter[str] = Counter()
    for (rest, shape), counts in channel.rests.items():
        families[without_tone(rest), shape].update(counts)
        total[rest] += sum(counts.values())
        of_family[without_tone(rest)] += sum(counts.values())
    entries: dict[int, list[tuple[int, int]]] = defaultdict(list)
    share = np.zeros(len(number_of), dtype=np.uint8)
    for rest, at in number_of.items():
        own, behind = _table_share(total[rest]), _table_share(of_family[without_tone(rest)])
        share[at] = _byte((1 - own) * (1 - behind))
        for shape in (LOWER, TITLE, UPPER):
            mine = channel.rests.get((rest, shape), Counter())
            family = families.get((without_tone(rest), shape), Counter())
            mine_total, family_total = sum(mine.values()) or 1, sum(family.values())
            for form, n in family.items():
                if n > 1 and form:
                    part = own * mine[form] / mine_total + (1 - own) * behind * n / family_total
                    entries[form_hash(form, rest_seed(shape))].append((at, _cost(part)))
    keys = sorted(entries)
    return {
        "rest_key": np.array(keys, dtype=np.uint32),
        "rest_start": np.cumsum([0, *(len(entries[key]) for key in keys)]).astype(np.uint32),
        "rest_entry": np.array([pair for key in keys for pair in sorted(entries[key])], dtype=np.uint16).reshape(-1),
        "rest_share": share,
    }


def _table_share(count: int) -> float:
    """The share (0..1) that a table of rests or words gets with a number of occurrences."""
    return MAX_TABLE_SHARE * count / (count + HALF_TABLE_COUNT)


def _forms(channel: Channel, words: list[str]) -> dict[str, Array]:
    number_of = {word: n for n, word in enumerate(words)}
    entries: dict[int, dict[tuple[int, int], float]] = defaultdict(dict)
    share = np.zeros(len(words), dtype=np.uint8)
    totals: dict[str, int] = defaultdict(int)
    for (word, shape), counts in channel.words.items():
        total = sum(counts.values())
        totals[word] += total
        if word not in number_of:
            continue
        for form, n in counts.items():
            if n > 1:
                entries[form_hash(form, 0)][number_of[word], shape] = _table_share(total) * n / total
    for word, total in totals.items():
        if word in number_of:
            share[number_of[word]] = _byte(1 - _table_share(total))
    for number, word in enumerate(words):
        if number < len(SPECIAL) or is_syllable(word):
            continue
        plain = fold(word)
        for shape, write in ((LOWER, str.lower), (TITLE, str.title), (UPPER, str.upper)):
            entries[form_hash(to_bytes(write(word)), 0)][number, shape] = UNCHANGED_SHARE
            if plain != word:
                entries[form_hash(to_bytes(write(plain)), 0)][number, shape] = PLAIN_SHARE
    keys = sorted(entries)
    rows = [(word, shape, _cost(part)) for key in keys for (word, shape), part in sorted(entries[key].items())]
    return {
        "form_key": np.array(keys, dtype=np.uint32),
        "form_start": np.cumsum([0, *(len(entries[key]) for key in keys)]).astype(np.uint32),
        "form_entry": np.array(rows, dtype=np.uint16).reshape(-1),
        "form_share": share,
    }


def write_model(path: Path, arrays: dict[str, Array], words: list[str], settings: dict[str, Any]) -> None:
    """Write the file: magic, length of the header, header (JSON), and the arrays at multiples of 64 bytes."""
    distances = np.arange(0, 8 * UNIT)
    arrays = arrays | {
        "add": np.rint(UNIT * np.log1p(np.exp(-distances / UNIT))).astype(np.uint16),
        "words": np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
    }
    content = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for array in arrays.values():
        content.update(array.tobytes())
    settings = settings | {"digest": content.hexdigest()[:12]}
    described: dict[str, Any] = {}
    at = 0
    for name, array in arrays.items():
        described[name] = {"dtype": str(array.dtype), "shape": list(array.shape), "at": at}
        at += -(-array.nbytes // 64) * 64
    header = json.dumps({"settings": settings, "arrays": described}, sort_keys=True, ensure_ascii=False).encode()
    header += b" " * (-(len(MAGIC) + 8 + len(header)) % 64)
    # Another process may have mapped the old file: therefore it is replaced and not overwritten.
    made = path.with_suffix(".new")
    with made.open("wb") as out:
        out.write(MAGIC + len(header).to_bytes(8, "little") + header)
        for array in arrays.values():
            out.write(array.tobytes() + bytes(-array.nbytes % 64))
    made.replace(path)


def take_channel(old: CorrectionModel, words: list[str]) -> dict[str, Array]:
    """The tables of the channel "ocr" of another model, numbered for these words: where the pages that it was learned from
    are not there. Words that the other model does not have count as not seen."""
    arrays = old.of("ocr")
    number_of = {word: number for number, word in enumerate(words)}
    syllables = [word for word in words[len(SPECIAL) :] if is_syllable(word)]
    old_syllables = [word for word in old.words[len(SPECIAL) :] if is_syllable(word)]
    if sorted({c for word in syllables for c in word}) != sorted({c for word in old_syllables for c in word}):
        raise ValueError("the two models have other letters")
    rests = {rest: n for n, rest in enumerate(sorted({split_onset(word)[1] for word in syllables}))}
    new_rest = [rests.get(rest) for rest in sorted({split_onset(word)[1] for word in old_syllables})]
    new_word = [number_of.get(word) for word in old.words]
    made = {name: arrays[name].copy() for name in ("row_of_one", "chunk_key", "chunk_row", "rows", "shapes")}
    for table, size, new in (("rest", 2, new_rest), ("form", 3, new_word)):
        share = np.zeros(len(rests) if table == "rest" else len(words), dtype=np.uint8)
        for at, number in enumerate(new):
            if number is not None:
                share[number] = arrays[f"{table}_share"][at]
        rows, starts = arrays[f"{table}_entry"].reshape(-1, size).tolist(), arrays[f"{table}_start"].tolist()
        entries: dict[int, list[list[int]]] = {}
        for key, start, end in zip(arrays[f"{table}_key"].tolist(), starts, starts[1:], strict=False):
            entries[key] = sorted([n, *rest] for at, *rest in rows[start:end] if (n := new[at]) is not None)
        keys = sorted(entries)
        made |= {
            f"{table}_key": np.array(keys, dtype=np.uint32),
            f"{table}_start": np.cumsum([0, *(len(entries[key]) for key in keys)]).astype(np.uint32),
            f"{table}_entry": np.array([row for key in keys for row in entries[key]], dtype=np.uint16).reshape(-1),
            f"{table}_share": share,
        }
    return made
