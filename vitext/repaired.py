"""What a repair tells of itself: the steps, the corrected words, and how to take the steps again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vitext.damage import Damage, measure_damage

#: The names of the steps that correct letters; the others follow rules and are certain.
CORRECTION_STEPS = ("correct_letters", "restore_accents")
#: Corrections are accepted from this confidence on; below, they should be marked. On pages that the model was not
#: trained on, 99 of 100 words above it are right.
SURE_CONFIDENCE = 0.98
#: Corrections below this confidence are guesses: index their alternatives too, and do not quote them.
DOUBTFUL_CONFIDENCE = 0.9


class Step(NamedTuple):
    """One change: `before` at characters [`start`, `end`) of the text that the step met became `after`.

    `name` says which rule or correction made it: `resolve_entities`, `undo_mojibake`, `restore_lost_bytes`,
    `convert_legacy`, `restore_lost_letters`, `unify_lines`, `drop_invisible`, `join_marks`, `compose_letters`,
    `restore_lookalikes`, `restore_western`, `join_split_syllables`, `split_joined_syllables`, `restore_keystrokes`,
    `place_tones`, `unify_spaces`, `correct_letters`, `restore_accents`, and with `keep_lines=False` `drop_page_numbers`,
    `drop_running_heads`, `join_hyphens`, `join_lines`. Places count in the text as it was at that step, not in the original.

    >>> from vitext import repair
    >>> repair("hoà").steps
    (Step(name='place_tones', start=0, end=3, before='hoà', after='hòa'),)
    """

    name: str
    start: int
    end: int
    before: str
    after: str


class CorrectedWord(NamedTuple):
    """A word that the corrector weighed: `before` in the original, `after` in the repaired text.

    `after` stands at characters [`start`, `end`) of the repaired text, `before` at [`original_start`, `original_end`) of the
    original. `confidence` (0..1) is the calibrated probability that `after` is what was printed. `alternatives` are the
    next best words with theirs, the likeliest first; they may be empty. At `SURE_CONFIDENCE` and above a correction is
    accepted; below `DOUBTFUL_CONFIDENCE` it must not be quoted as the paper's words. `before` and `after` may be the
    same: then the word was found right.

    >>> from vitext import repair
    >>> word = repair("Pay manh cdng tac tuyén truyén").words[2]
    >>> word.before, word.after, word.original_start, word.confidence > SURE_CONFIDENCE
    ('cdng', 'công', 9, True)
    """

    start: int
    end: int
    original_start: int
    original_end: int
    before: str
    after: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired text that explains itself: `text`, the `original`, and the `steps` from one to the other.

    `words` are the words that the corrector weighed, in the order of the text, those found right included.
    `uncorrected` is how many characters of damaged lines lay beyond what `repair_blocks` was allowed to correct.
    `before_correction` is the text between the two halves of the work: after the rules, before the letters were corrected.

    >>> from vitext import repair
    >>> repaired = repair("Pay manh cdng tac tuyén truyén")
    >>> repaired.text, repaired.damage.kind, len(repaired.words), repaired.uncertain
    ('Đẩy mạnh công tác tuyên truyền', 'ocr', 6, ())
    """

    original: str
    text: str
    steps: tuple[Step, ...]
    words: tuple[CorrectedWord, ...] = ()
    before_correction: str = ""
    uncorrected: int = 0

    @property
    def damage(self) -> Damage:
        """The damage of the text before its letters were corrected; measured at every call."""
        return measure_damage(self.before_correction)

    @property
    def uncertain(self) -> tuple[CorrectedWord, ...]:
        """The words below `SURE_CONFIDENCE`: those that somebody should compare with the paper."""
        return tuple(word for word in self.words if word.confidence < SURE_CONFIDENCE)


def replay(original: str, steps: Iterable[Step]) -> str:
    """Take the steps of a repair again and return the repaired text: with the original they are all that must be kept.

    Raises ValueError when the text is not the one that the steps were made for.

    >>> from vitext import repair
    >>> replay("hoà", repair("hoà").steps)
    'hòa'
    """
    text = original
    run: list[Step] = []
    for step in steps:
        if run and step.end > run[-1].start:
            text, run = apply_steps(text, run), []
        run.append(step)
    return apply_steps(text, run)


def apply_steps(text: str, steps: Sequence[Step]) -> str:
    """Make changes that stand last first and do not overlap: all at once, so that time grows with the text only."""
    pieces = []
    rest = len(text)
    for step in steps:
        if text[step.start : step.end] != step.before:
            raise ValueError(f"step {step.name} expects {step.before!r} at {step.start}")
        pieces += [text[step.end : rest], step.after]
        rest = step.start
    pieces.append(text[:rest])
    return "".join(reversed(pieces))
