"""Question sets that the ranking learns from, made of texts that the embedding model never saw.

No query of them is in a test: the titles, headlines and phrases of `benchmarks/make_sets.py` (`spread`, `tested_phrases`)
are left out, and so is ALQAC 2023. What they stand for:

- `law_titles`, `law_questions`: what citizens ask of a law. A title, or a question about it from which words are missing,
  must find the article (the title is left out of the text).
- `press_sentences`: a headline, or a sentence of an abstract, must find the body of the article, which holds neither.
- `press_distant`: other words than those of the article. Of a headline, or of a sentence of an abstract, only the words are
  left that the body does not hold, or holds in another company.
- `press_phrases`, `law_phrases`: a few words, cut from headlines and titles between function words.
- `press_paragraphs`, `law_paragraphs`: easy questions over few short texts. A sentence of the paragraph loses some of its
  words, and a question word takes the place of others.
- `alqac_mrc`: one half of the easy legal questions over 304 articles; the other half confirms.
"""

from __future__ import annotations

import random
import re
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from training.embed_texts import Titled, read_titled
from training.question_sets import SEED, Document, QuestionSet, read_set
from vitext import analyse

#: Queries of each set of titles, questions, sentences and phrases.
QUERIES = 250
#: Queries of a test that is made of the same texts.
TESTED = 500
#: Texts of a set of paragraphs.
PARAGRAPHS = 240
#: Questions about one paragraph, at most.
PER_PARAGRAPH = 3
#: Words of a paragraph.
PARAGRAPH_WORDS = (40, 250)
#: The share of the words that a question leaves out of the sentence it is made of.
LEFT_OUT = 0.18
#: Words of a query in other words than those of the article, and the least share of them that the article does not hold.
DISTANT_WORDS = (4, 10)
LEAST_ABSENT = 0.4
#: Headlines in which the phrase of a short query may stand, at most.
FEW_HEADLINES = 8

#: Questions about the title of an article.
_ABOUT_TITLE = (
    "Cho hỏi {} được quy định như thế nào?",
    "{} gồm những gì?",
    "Quy định về {} hiện nay ra sao?",
    "{} phải làm thế nào?",
    "Xin hỏi về {}",
    "Khi nào thì {}?",
    "Người dân cần biết gì về {}?",
    "{} là gì, ai có thẩm quyền?",
)
#: Question words that take the place of a figure, of names, and of other words.
_FOR_FIGURE = ("bao nhiêu", "mấy", "bao lâu")
_FOR_NAME = ("ai", "đơn vị nào", "cơ quan nào", "nơi nào")
_FOR_WORDS = ("gì", "như thế nào", "những gì", "vì sao")
#: Folded function words, at which a headline is cut.
_BREAKS = frozenset(
    re.findall(
        r"\w+", "va cua o tai cho voi tu den khi vi bi duoc cac nhung mot la co khong nguoi trong ra vao se da dang ve"
    )
)
_WORD = re.compile(r"[^\W_]+|[^\w\s]")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")


def make_sets(data: Path) -> Iterator[QuestionSet]:
    """The sets, always the same for the same data."""
    documents = list(read_titled(data))
    law = [d for d in documents if d.register == "law" and d.held_out]
    press = [d for d in documents if d.register == "press" and d.held_out]
    among = [*press, *neighbours(documents, len(press))]
    titled = [d for d in law if len(d.title.split()) > 1]
    free_law = _shuffled(d for d in titled if d.id not in {t.id for t in spread(titled)})
    free_press = _shuffled(d for d in press if d.id not in {t.id for t in spread(press)})
    yield _set("law_titles", law, [(d.title, [d.id]) for d in free_law[:QUERIES]])
    yield _set("law_questions", law, [(_question(d), [d.id]) for d in free_law[QUERIES : 2 * QUERIES]])
    yield _set("press_sentences", among, list(_sentences(free_press)), lead=False)
    yield _set("press_distant", among, list(_distant(free_press))[: 2 * QUERIES], lead=False)
    yield _set("press_phrases", among, _phrases_of(free_press, among, tested_phrases(press, among)))
    yield _set("law_phrases", law, _phrases_of(free_law, law, ()))
    yield _paragraphs("press_paragraphs", [p for d in press for p in _split(d)])
    yield _paragraphs("law_paragraphs", [Document(d.id, "", d.body) for d in law])
    yield _half(read_set(data / "eval" / "alqac_mrc"))


def spread(documents: Sequence[Titled]) -> list[Titled]:
    """The documents whose titles are queries of a test."""
    return list(documents[:: max(1, len(documents) // TESTED)][:TESTED])


def neighbours(documents: Sequence[Titled], count: int) -> list[Titled]:
    """As many learned press articles, among which held-out ones must be found."""
    learned = [d for d in documents if d.register == "press" and not d.held_out]
    return learned[:: max(1, len(documents) // (3 * count))][:count]


def phrases(held: Sequence[Titled], every: Sequence[Titled]) -> dict[str, list[str]]:
    """Short phrases of the held-out titles -> the documents whose title holds them, FEW_HEADLINES at most."""
    titles = {d.id: " " + " ".join(analyse(d.title).accented) + " " for d in every}
    out: dict[str, list[str]] = {}
    for document in held:
        for phrase in _runs(document.title):
            keys = " " + " ".join(analyse(phrase).accented) + " "
            found = [item for item, title in titles.items() if keys in title]
            if len(found) <= FEW_HEADLINES:
                out.setdefault(phrase, found)
    return out


def tested_phrases(held: Sequence[Titled], every: Sequence[Titled]) -> dict[str, list[str]]:
    """The short phrases that are queries of a test, with the documents whose title holds them."""
    found = phrases(held, every)
    return dict(list(found.items())[:: max(1, len(found) // TESTED)][:TESTED])


def _runs(title: str) -> Iterator[str]:
    run: list[str] = []
    for word in [*_WORD.findall(title), "."]:
        key = "".join(analyse(word).folded)
        if key and key not in _BREAKS and not word.isdigit():
            run.append(word)
            continue
        if 2 <= len(run) <= 5:
            yield " ".join(run)
        run = []


def _shuffled(documents: Iterator[Titled]) -> list[Titled]:
    out = list(documents)
    random.Random(SEED).shuffle(out)
    return out


def _set(
    name: str, documents: Sequence[Titled], asked: Sequence[tuple[str, list[str]]], *, lead: bool = True
) -> QuestionSet:
    texts = tuple(Document(d.id, "", f"{d.lead if lead else ''}\n{d.body}".strip()) for d in documents)
    queries = {f"{name}/{number}": query for number, (query, _) in enumerate(asked)}
    judged = {f"{name}/{number}": dict.fromkeys(found, 1) for number, (_, found) in enumerate(asked)}
    return QuestionSet(name, texts, queries, judged)


def _question(document: Titled) -> str:
    rng = _rng(document.id)
    words = document.title.split()
    words[0] = words[0].lower()
    kept = [word for word in words if rng.random() > LEFT_OUT] if len(words) > 5 else words
    return rng.choice(_ABOUT_TITLE).format(" ".join(kept or words))


def _sentences(documents: Sequence[Titled]) -> Iterator[tuple[str, list[str]]]:
    for number, document in enumerate(documents[: 2 * QUERIES]):
        own = [s for s in _SENTENCE.split(document.lead) if 6 <= len(s.split()) <= 35]
        if number % 2 == 0:
            yield document.title, [document.id]
        elif own:
            yield _rng(document.id).choice(own), [document.id]


def _distant(documents: Sequence[Titled]) -> Iterator[tuple[str, list[str]]]:
    """Of each document the sentence that is the least like its body, without the words that the body holds beside the same
    neighbour, where enough of it is left."""
    least, most = DISTANT_WORDS
    for document in documents:
        body = analyse(document.body)
        held, pairs = frozenset(body.accented), frozenset(body.bigrams)
        made = []
        for sentence in (document.title, *_SENTENCE.split(document.lead)):
            left = [word for run in _runs(sentence) for word in _unlike(run, held, pairs)]
            absent = sum(analyse(word).accented[0] not in held for word in left) / max(1, len(left))
            if least <= len(left) <= most and absent >= LEAST_ABSENT:
                made.append((absent, " ".join(left)))
        if made:
            yield max(made)[1], [document.id]


def _unlike(run: str, held: Collection[str], pairs: Collection[str]) -> Iterator[str]:
    """The words of a run that are not `held`, or beside none of their neighbours (folded `pairs`)."""
    words, keys = run.split(" "), analyse(run)
    if len(keys.accented) != len(words):
        return
    beside = [f"{first}_{second}" in pairs for first, second in pairwise(keys.folded)]
    for at, word in enumerate(words):
        if keys.accented[at] not in held or not any(beside[max(0, at - 1) : at + 1]):
            yield word


def _phrases_of(held: Sequence[Titled], every: Sequence[Titled], tested: Collection[str]) -> list[tuple[str, list[str]]]:
    found = [pair for pair in phrases(held, every).items() if pair[0] not in tested]
    random.Random(SEED).shuffle(found)
    return found[:QUERIES]


def _split(document: Titled) -> Iterator[Document]:
    for number, text in enumerate(document.body.split("\n")):
        yield Document(f"{document.id}#{number}", "", text)


def _paragraphs(name: str, documents: Sequence[Document]) -> QuestionSet:
    """Questions about single paragraphs, six neighbouring ones of a document at most, so that some are alike."""
    least, most = PARAGRAPH_WORDS
    own: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        if least <= len(document.text.split()) <= most:
            own[document.id.split("#")[0]].append(document)
    names = sorted(own)
    random.Random(SEED).shuffle(names)
    chosen = [document for key in names for document in own[key][:6]][:PARAGRAPHS]
    asked = [(question, [d.id]) for d in chosen for question in _cloze(d)]
    queries = {f"{name}/{number}": query for number, (query, _) in enumerate(asked)}
    judged = {f"{name}/{number}": dict.fromkeys(found, 1) for number, (_, found) in enumerate(asked)}
    return QuestionSet(name, tuple(chosen), queries, judged)


def _cloze(document: Document) -> list[str]:
    rng = _rng(document.id)
    sentences = [s for s in _SENTENCE.split(document.text) if 9 <= len(s.split()) <= 90]
    rng.shuffle(sentences)
    made = (_ask(sentence, rng) for sentence in sentences)
    return [question for question in made if question][:PER_PARAGRAPH]


def _ask(sentence: str, rng: random.Random) -> str:
    """A question about a sentence; empty where too few words are left."""
    words = sentence.rstrip(".").split()
    size = rng.randint(1, 4)
    at = rng.randrange(len(words) - size)
    hidden = words[at : at + size]
    if any(sign.isdigit() for word in hidden for sign in word):
        asked = rng.choice(_FOR_FIGURE)
    else:
        asked = rng.choice(_FOR_NAME if at and all(word[0].isupper() for word in hidden) else _FOR_WORDS)
    before = [word for word in words[max(0, at - rng.randint(4, 12)) : at] if rng.random() > LEFT_OUT]
    after = [word for word in words[at + size : at + size + rng.randint(3, 12)] if rng.random() > LEFT_OUT]
    if len(before) + len(after) < 5:
        return ""
    order = rng.choice(([*before, asked, *after], [*after, *before, asked], [*before, *after, "là", asked]))
    return " ".join(order).strip(" ,;:") + "?"


def _half(questions: QuestionSet) -> QuestionSet:
    queries = {item: text for item, text in questions.queries.items() if zlib.crc32(text.encode()) % 2 == 0}
    judged = {item: questions.judged[item] for item in queries}
    return QuestionSet(questions.name, questions.documents, queries, judged)


def _rng(name: str) -> random.Random:
    return random.Random(SEED ^ zlib.crc32(name.encode()))
