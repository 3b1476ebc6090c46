"""Words are counted in the letters that are meant."""

from __future__ import annotations

from kb.library.word_counts import counted_words


def test_words_are_counted_without_what_nobody_sees() -> None:
    text = "Ðoàn tru\u00adyền nghề, làng\u200bnghề, nghệnhân 25ha"
    words = ["đoàn", "truyền", "nghề", "làng", "nghề", "nghệ", "nhân", "25", "ha"]
    assert [word for _, word in counted_words(text)] == words
