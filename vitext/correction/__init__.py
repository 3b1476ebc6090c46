"""Correct letters that a recogniser destroyed or a typist left out: find the damaged lines, propose, weigh, decide.

`detect` finds the lines, `alone` judges a short text that has no document around it, `tokens` and `preparation` cut the
lines into words, `decoder_wasm` (compiled from `decoder.c`) weighs the candidates of every word with a channel and a
language model, both in the one file that `model` maps into memory; `corrector` puts these together.
"""

from vitext.correction.alone import find_damaged_alone
from vitext.correction.corrector import Correction, Corrector, correction_version, default_corrector
from vitext.correction.detect import Region, find_damaged, outside
from vitext.correction.language_model import LanguageModel, default_language_model

__all__ = [
    "Correction",
    "Corrector",
    "LanguageModel",
    "Region",
    "correction_version",
    "default_corrector",
    "default_language_model",
    "find_damaged",
    "find_damaged_alone",
    "outside",
]
