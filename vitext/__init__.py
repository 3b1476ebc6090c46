"""Vietnamese text as a library of its own: normalise, fold with offsets, analyse, measure damage, repair.

It owns the question "what is Vietnamese text": which syllables exist, where a tone mark stands, what stays when accents
go, and how to tell that a recogniser destroyed the letters. It knows no documents, files or engines.
"""

from vitext.analyse import ANALYSER_VERSION, Analysis, Token, Words, analyse, tokenise
from vitext.compose import compose
from vitext.correction import LanguageModel, correction_version, default_language_model
from vitext.damage import Damage, DamageKind, combine, measure_damage
from vitext.encodings import ENCODINGS, Encoding, encode_legacy
from vitext.fold import Folded, fold, fold_with_offsets, strip_marks
from vitext.keystrokes import Keyed, read_keys
from vitext.legacy import convert_legacy, detect_legacy
from vitext.normalise import normalise, place_tone, search_key
from vitext.repair import ASSUMPTIONS, Assumption, repair, repair_blocks, repair_stream
from vitext.repaired import CORRECTION_STEPS, DOUBTFUL_CONFIDENCE, SURE_CONFIDENCE, CorrectedWord, Repaired, Step, replay
from vitext.syllables import Syllable, is_skeleton, is_syllable, split_syllable

__all__ = [
    "ANALYSER_VERSION",
    "ASSUMPTIONS",
    "CORRECTION_STEPS",
    "DOUBTFUL_CONFIDENCE",
    "ENCODINGS",
    "SURE_CONFIDENCE",
    "Analysis",
    "Assumption",
    "CorrectedWord",
    "Damage",
    "DamageKind",
    "Encoding",
    "Folded",
    "Keyed",
    "LanguageModel",
    "Repaired",
    "Step",
    "Syllable",
    "Token",
    "Words",
    "analyse",
    "combine",
    "compose",
    "convert_legacy",
    "correction_version",
    "default_language_model",
    "detect_legacy",
    "encode_legacy",
    "fold",
    "fold_with_offsets",
    "is_skeleton",
    "is_syllable",
    "measure_damage",
    "normalise",
    "place_tone",
    "read_keys",
    "repair",
    "repair_blocks",
    "repair_stream",
    "replay",
    "search_key",
    "split_syllable",
    "strip_marks",
    "tokenise",
]
