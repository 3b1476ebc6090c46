"""Read anew what a recogniser destroyed, or a typist left out: find the damaged lines, propose, weigh, decide.

`blocks` finds the lines, `words` cuts them, `fast` (WebAssembly) or `slow` (Python) weighs the candidates of every word
with a channel and a language model, both in the one file that `model` maps into memory.
"""

from vitext.reading.blocks import Region, find_damaged
from vitext.reading.language import Language, default_language
from vitext.reading.reader import Reader, Reading, default_reader, reading_version

__all__ = [
    "Language",
    "Reader",
    "Reading",
    "Region",
    "default_language",
    "default_reader",
    "find_damaged",
    "reading_version",
]
