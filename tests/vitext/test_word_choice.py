"""Which of several words stands beside its neighbours, and in which case it is printed."""

from __future__ import annotations

from vitext.letters import as_printed
from vitext.word_choice import choose_words


def test_neighbours_choose() -> None:
    assert choose_words([]) == [] and choose_words([["một"]]) == ["một"]
    assert choose_words([["nhà"], ["nước", "nược"]]) == ["nhà", "nước"]


def test_the_case_is_that_of_the_letters_or_of_the_neighbours() -> None:
    assert as_printed("để", "?", starts=True) == "Để"
    assert as_printed("nghị", "NGH?") == "NGHỊ"
