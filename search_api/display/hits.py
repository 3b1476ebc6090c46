"""Show results: why each one matched and where; and the papers that an item cites or that cite it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from kb.item import Item
from kb.library.index_document import describe
from kb.library.library import View
from kb.library.passages import split_passages
from kb.ports import Accents, Clause, Term, Variant
from search_api.display import cards
from search_api.display.item_tokens import NO_OTHERS, ItemTokens
from search_api.display.snippets import Matcher, opening, segments, snippets
from search_api.query.interpretation import Interpretation
from search_api.retrieval.ranking import Match
from search_api.schema import Hit, Label, MatchCode, NestedItem, Nesting, RelatedDocument, Segment, Snippet
from vitext import Words

#: The least number of words of a block that is shown as the snippet of a semantic-only hit.
MIN_SHOWN_WORDS = 6
#: Items inside an item that are named.
MAX_NESTED = 200
#: Papers beside an item that it cites, and papers that cite it, at most.
MAX_RELATED = 100


def show_hit(meant: Interpretation, match: Match, tokens: ItemTokens, *, dropped: bool = False) -> Hit:
    """A result as it is shown. `dropped` tells that it may match without accents, because the closed group is open."""
    if match.text is None:
        return _show_semantic_only(meant, match, tokens.item)
    reading = read(meant, tokens, dropped=dropped)
    matcher = reading.matcher(tokens)
    shown = snippets(tokens.item, matcher.in_blocks(tokens))
    title = segments(cards.show_title(tokens.item), matcher.runs(tokens.title))
    missing = [term for clause in reading.missing for term in clause.terms] if tokens.complete else []
    words = sum(len(clause.terms) for clause in reading.clauses)
    return Hit(
        card=cards.card(tokens.item),
        title=title,
        match=cards.coded("match", reading.code(tokens, respelt=meant.respelt)),
        matched=words - len(missing),
        words=words,
        missing=[_as_typed(meant, term) for term in missing],
        snippets=shown or [opening(tokens.item)],
        attribute=[] if shown or any(s.hit for s in title) else _attribute(tokens.item, matcher),
        score=round(match.score, 4),
    )


def show_cited(view: View, item: Item) -> list[RelatedDocument]:
    """The first papers that the item cites: its basis (Căn cứ), what it implements (Thực hiện), what it mentions."""
    out = []
    for citation in item.document.citations[:MAX_RELATED] if item.document else ():
        ids = view.snapshot.with_number(citation.number.key)
        target = view.snapshot.item(ids[0]) if ids else None
        out.append(
            RelatedDocument(
                number=citation.number.text,
                relation=cards.coded("relation", citation.relation),
                text=" ".join(citation.text.split()),
                id=target.id if target else "",
                title=cards.show_title(target) if target else "",
                block=citation.block,
            )
        )
    return out


def show_citing(view: View, item: Item) -> list[RelatedDocument]:
    """The papers that cite the item, with the inverse relation ("Được triển khai bởi")."""
    if item.number is None:
        return []
    out = []
    for other_id in view.snapshot.citing(item.number_key)[:MAX_RELATED]:
        other = view.snapshot.item(other_id)
        for citation in other.document.citations if other.document else ():
            if citation.number.key == item.number_key:
                out.append(
                    RelatedDocument(
                        number=cards.show_number(other),
                        relation=Label(code=citation.relation, label=cards.inverse_relation(citation.relation)),
                        text=" ".join(citation.text.split()),
                        id=other.id,
                        title=cards.show_title(other),
                        block=citation.block,
                    )
                )
    return out


def show_nesting(view: View, item: Item) -> Nesting:
    """The list or mail in which an item lies, and the items inside it: rows, attachments."""
    path = item.source.path
    if not path:  # a damaged record has none
        return Nesting()
    around = view.snapshot.around(path)
    inside, total = view.snapshot.inside(path, MAX_NESTED)
    return Nesting(
        within=_nested(view.snapshot.item(around)) if around else None,
        inside=[_nested(view.snapshot.item(item_id)) for item_id in inside],
        total=total,
    )


def _nested(item: Item) -> NestedItem:
    return NestedItem(id=item.id, title=cards.show_title(item), kind=cards.coded("kind", item.kind))


def _show_semantic_only(meant: Interpretation, match: Match, item: Item) -> Hit:
    """A result that matches no word: close in meaning, or a paper in whose damaged letters the rules found the number."""
    by_number = meant.kind == "number"
    return Hit(
        card=cards.card(item),
        title=segments(cards.show_title(item), []),
        match=cards.coded("match", "repaired" if by_number else "semantic"),
        snippets=[_numbered(meant, item) if by_number else _closest(match, item)],
        score=round(match.score, 4),
    )


def _attribute(item: Item, matcher: Matcher) -> list[Segment]:
    """The attribute that matched best, with hits marked. It explains a result whose text holds none of the words."""
    lines = [(line, matcher.runs(Words(line))) for line in describe(item).split("\n")]
    line, runs = max(lines, key=lambda found: sum(run.length for run in found[1]), default=("", []))
    return segments(line, runs) if runs else []


def _numbered(meant: Interpretation, item: Item) -> Snippet:
    """The beginning of the block in which the rules found the number of the query."""
    wanted = meant.number.numbers if meant.number else ()
    for citation in item.document.citations if item.document else ():
        if citation.number.key in wanted and citation.block >= 0:
            return opening(item, citation.block)
    found = next((e.block for e in item.evidence if e.attribute == "number" and e.block >= 0), 0)
    return opening(item, found)


def _closest(match: Match, item: Item) -> Snippet:
    """The beginning of the passage that is closest in meaning, without a heading or a very short block before it."""
    passages = split_passages(item)
    passage = passages[min(max(1, match.meaning.ordinal), len(passages)) - 1]
    blocks = range(passage.first, min(passage.last + 1, len(item.blocks)))
    telling = (at for at in blocks if len(item.blocks[at].best.split()) >= MIN_SHOWN_WORDS)
    return opening(item, next(telling, passage.first))


@dataclass(frozen=True, slots=True)
class Reading:
    """The query as one item answers it: the alternative (between OR, or respelt) of which it holds most.

    `clauses` are what the alternative asks for, `held` those that the item holds, each with the form it holds, and
    `optional` those that it need not hold.
    """

    clauses: tuple[Clause, ...]
    held: Mapping[Clause, tuple[Term, ...]]
    optional: tuple[Clause, ...] = ()
    repaired: bool = False

    @property
    def missing(self) -> list[Clause]:
        """The clauses that the item does not hold."""
        return [clause for clause in self.clauses if clause not in self.held]

    @property
    def share(self) -> float:
        """The share of the words that the item holds."""
        words = sum(len(clause.terms) for clause in self.clauses)
        return sum(len(clause.terms) for clause in self.held) / max(1, words)

    def matcher(self, tokens: ItemTokens) -> Matcher:
        """What finds the words of the query in the item."""
        every = (*self.clauses, *self.optional)
        words = [clause.terms[0] for clause in every if clause.is_word or (clause.literal and len(clause.terms) == 1)]
        strict = any(clause.accents != "any" for clause in self.clauses)
        return Matcher(words, [clause for clause in every if not clause.is_word], held=tokens.accented, strict=strict)

    def code(self, tokens: ItemTokens, *, respelt: bool) -> MatchCode:
        """The badge; `respelt` tells that the query was respelt.

        `exact`: every word held has its accents in print. `repaired`: the query was respelt, or a word, or its accents,
        stands only in a machine's correction. `synonym`: a span stands there in another form than the one typed. `folded`:
        accents were dropped.
        """
        if self.repaired:
            return "repaired" if respelt else "synonym"
        if any(form != clause.terms for clause, form in self.held.items()):
            return "synonym"
        held = [term for form in self.held.values() for term in form]
        if self.clauses and not held:
            return "semantic"
        # A word without accents is printed so where it is shown so: the bare letters of a damaged text are not print. Only
        # who typed the damage itself ("cdng") means just these letters.
        shown = [word for words in (tokens.title, *tokens.blocks) for word in words.keys]
        bare, letters = {token.accented for token in shown}, {token.folded for token in shown}
        damage = any(term.folded not in letters for term in held)
        if all(t.accented in tokens.printed_accented and (damage or t.has_accents or t.accented in bare) for t in held):
            return "exact"
        words = any(term.folded not in tokens.printed_folded for term in held)
        corrected = tokens.accented - tokens.printed_accented
        accents = any(term.has_accents and term.accented in corrected for term in held)
        return "repaired" if words or accents else "folded"


def read(meant: Interpretation, tokens: ItemTokens, *, dropped: bool = False) -> Reading:
    """The query as the item answers it; with accents dropped only if `dropped`, and only where that holds more."""
    own = meant.query.variants if meant.restored or (meant.respelt and meant.kind == "sentence") else ()
    # A sentence is searched as respelt only; accents that were restored are not those typed.
    asked = (replace(variant, repaired=True) if own and meant.respelt else variant for variant in meant.text.variants)
    asked = (variant for variant in asked if not meant.restored or variant.repaired)
    typed = {(clause.terms, clause.others) for variant in meant.query.variants for clause in variant.clauses}
    readings = [_read(variant, tokens, typed) for variant in (*own, *asked)]
    best = max(readings, key=lambda reading: reading.share, default=Reading((), {}))
    # Any word is enough for a sentence: where none agrees, one matched with other accents.
    if meant.loose and (dropped or (meant.kind == "sentence" and not best.held)):
        loose = (_read(variant, tokens, typed) for variant in meant.loose.variants)
        best = max((best, *loose), key=lambda reading: reading.share)
    return best


def _read(variant: Variant, tokens: ItemTokens, typed: Collection[tuple[object, object]]) -> Reading:
    """The reading of a variant; one whose clauses were all `typed` is no other spelling."""
    clauses = tuple(dict.fromkeys(variant.clauses))
    held = {clause: form for clause in clauses if (form := _held_form(clause, tokens))}
    other = any((clause.terms, clause.others) not in typed for clause in clauses)
    return Reading(clauses, held, variant.optional, variant.repaired and other)


def _held_form(clause: Clause, tokens: ItemTokens) -> tuple[Term, ...]:
    """The first form of a clause that the item holds, () where it holds none."""
    for terms, accents in clause.forms:
        if all(_holds(term, accents, tokens) for term in terms) and (len(terms) == 1 or _stands(terms, accents, tokens)):
            return terms
    return ()


def _holds(term: Term, accents: Accents, tokens: ItemTokens) -> bool:
    if accents == "any":
        return term.folded in tokens.folded
    return term.accented in tokens.accented or (accents == "agree" and term.folded in tokens.open)


def _stands(terms: tuple[Term, ...], accents: Accents, tokens: ItemTokens) -> bool:
    """Whether the words of a phrase stand side by side somewhere in the item; in letters that a machine read, with any
    accents."""
    loose = accents == "agree" and all(term.folded in tokens.open for term in terms)
    matcher = Matcher((), [Clause(terms, accents="any" if loose else accents)])
    texts = [(tokens.title, NO_OTHERS), *zip(tokens.blocks, tokens.others, strict=True)]
    texts += [(Words(line), NO_OTHERS) for line in describe(tokens.item).split("\n")]
    return any(matcher.runs(*text) for text in texts)


def _as_typed(meant: Interpretation, term: Term) -> str:
    """The word of the query that has this term, as the visitor typed it."""
    return next((word.text for word in meant.query.found if word.term == term), term.accented)
