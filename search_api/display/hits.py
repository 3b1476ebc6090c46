"""Show results: why each one matched and where; and the papers that an item cites or that cite it."""

from __future__ import annotations

from collections.abc import Sequence

from kb.item import Item
from kb.library.index_document import describe
from kb.library.library import View
from kb.library.passages import split_passages
from kb.ports import Term, Tier
from search_api.display import cards
from search_api.display.item_tokens import ItemTokens
from search_api.display.snippets import Matcher, opening, segments, snippets
from search_api.query.interpretation import Interpretation
from search_api.retrieval.ranking import Match
from search_api.schema import Hit, Label, MatchCode, RelatedDocument, Segment, Snippet
from vitext import tokenise

#: The least number of words of a block that is shown as the snippet of a semantic-only hit.
MIN_SHOWN_WORDS = 6
#: Papers beside an item that it cites, and papers that cite it, at most.
MAX_RELATED = 100


def show_hit(meant: Interpretation, match: Match, tokens: ItemTokens) -> Hit:
    """A result as it is shown. Where a respelt or expanded variant of the query matched best, its words are marked."""
    if match.text is None:
        return _show_semantic_only(meant, match, tokens.item)
    terms, code = shown_terms(meant, tokens)
    missing = [term for term in terms if term.folded not in tokens.folded] if tokens.complete else []
    code = code or ("repaired" if match.text.tier is Tier.REPAIRED else _agreement(terms, tokens))
    matcher = matcher_of(meant, terms, tokens.accented)
    shown = snippets(tokens.item, matcher.in_blocks(tokens))
    title = segments(cards.show_title(tokens.item), matcher.runs(tokens.title))
    return Hit(
        card=cards.card(tokens.item),
        title=title,
        match=cards.coded("match", code),
        matched=len(terms) - len(missing),
        words=len(terms),
        missing=[_as_typed(meant, term) for term in missing],
        snippets=shown or [opening(tokens.item)],
        attribute=[] if shown or any(s.hit for s in title) else _attribute(tokens.item, matcher),
        score=round(match.score, 4),
    )


def _agreement(terms: Sequence[Term], tokens: ItemTokens) -> MatchCode:
    """The badge of a variant as typed. `exact`: every word typed with accents has them in print. `repaired`: a word, or its
    accents, stands only in a machine's correction. `folded`: accents were ignored."""
    held = [term for term in terms if term.folded in tokens.folded]
    if all(term.accented in tokens.printed_accented for term in held):
        return "exact"
    words = any(term.folded not in tokens.printed_folded for term in held)
    corrected = tokens.accented - tokens.printed_accented
    accents = any(term.has_accents and term.accented in corrected for term in held)
    return "repaired" if words or accents else "folded"


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


def _show_semantic_only(meant: Interpretation, match: Match, item: Item) -> Hit:
    """A result that matches no word: close in meaning, or a paper in whose damaged letters the rules found the number."""
    by_number = meant.query.number is not None
    return Hit(
        card=cards.card(item),
        title=segments(cards.show_title(item), []),
        match=cards.coded("match", "repaired" if by_number else "semantic"),
        snippets=[_numbered(meant, item) if by_number else _closest(match, item)],
        score=round(match.score, 4),
    )


def _attribute(item: Item, matcher: Matcher) -> list[Segment]:
    """The attribute that matched best, with hits marked. It explains a result whose text holds none of the words."""
    lines = [(line, matcher.runs(tokenise(line))) for line in describe(item).split("\n")]
    line, runs = max(lines, key=lambda found: sum(run.length for run in found[1]), default=("", []))
    return segments(line, runs) if runs else []


def _numbered(meant: Interpretation, item: Item) -> Snippet:
    """The beginning of the block in which the rules found the number of the query."""
    wanted = meant.query.number.key if meant.query.number else ""
    for citation in item.document.citations if item.document else ():
        if citation.number.key == wanted and citation.block >= 0:
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


def shown_terms(meant: Interpretation, tokens: ItemTokens) -> tuple[tuple[Term, ...], MatchCode | None]:
    """The terms of the variant of which this item holds most, and the badge of a variant that is not as typed."""
    variants: list[tuple[tuple[Term, ...], MatchCode | None]] = [(_typed_terms(meant, tokens), None)]
    if meant.respelt:
        variants.append((tuple(dict.fromkeys(meant.terms)), "repaired"))
    for terms in meant.expansions:
        variants.append((tuple(dict.fromkeys(terms)), "synonym"))
    return max(variants, key=lambda variant: _share(variant[0], tokens))


def _share(terms: Sequence[Term], tokens: ItemTokens) -> float:
    return sum(term.folded in tokens.folded for term in terms) / max(1, len(terms))


def _typed_terms(meant: Interpretation, tokens: ItemTokens) -> tuple[Term, ...]:
    """The terms of that alternative (between OR) of which this item holds most."""
    keys = tokens.folded
    variants = meant.query.variants
    if not variants:
        return ()
    best = max(variants, key=lambda v: sum(t.folded in keys for c in v.clauses for t in c.terms) / max(1, len(v.clauses)))
    return tuple(dict.fromkeys(term for clause in best.clauses for term in clause.terms))


def matcher_of(meant: Interpretation, terms: tuple[Term, ...], held: frozenset[str]) -> Matcher:
    """A matcher of the terms. A term that was typed only in quotes matches only inside its phrase."""
    clauses = [clause for variant in meant.query.variants for clause in variant.clauses]
    phrases = [clause for clause in clauses if clause.literal]
    quoted = {term for clause in phrases if len(clause.terms) > 1 for term in clause.terms}
    loose = {clause.terms[0] for clause in clauses if not clause.literal}
    return Matcher([t for t in terms if t not in quoted or t in loose], phrases, held=held)


def _as_typed(meant: Interpretation, term: Term) -> str:
    """The word of the query that has this term, as the visitor typed it."""
    text = meant.query.text
    for token in tokenise(text):
        if token.accented == term.accented:
            return text[token.start : token.end]
    return term.accented
