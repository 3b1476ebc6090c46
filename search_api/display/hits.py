"""Show results: why each matched and where; and the papers that an item names, or that name it."""

from __future__ import annotations

from collections.abc import Sequence

from kb.item import Item
from kb.library.library import View
from kb.library.passages import describe
from kb.ports import Term, Tier
from search_api.display import cards
from search_api.display.item_tokens import Text
from search_api.display.snippets import Matcher, opening, segments, snippets
from search_api.retrieval.planner import Plan
from search_api.retrieval.result_set import Row
from search_api.schema import Hit, Label, MatchCode, RelatedDocument, Segment, Snippet
from vitext import tokenise


def show_hit(view: View, plan: Plan, row: Row, text: Text) -> Hit:
    """A result with its badge (see `_match`): where another way of reading the query matched better, its words are shown."""
    if row.hit is None:
        return _show_addition(view, plan, row, text)
    terms, code = shown_terms(plan, text)
    missing = [term for term in terms if term.folded not in text.keys]
    code = code or ("repaired" if row.hit.tier is Tier.REPAIRED else _match(terms, text))
    matcher = matcher_of(plan, terms, text.raws)
    shown = snippets(text.item, matcher.in_blocks(text))
    title = segments(cards.show_title(text.item), matcher.runs(text.title))
    return Hit(
        card=cards.card(text.item),
        title=title,
        match=cards.coded("match", code),
        matched=len(terms) - len(missing),
        words=len(terms),
        missing=[_as_typed(plan, term) for term in missing],
        snippets=shown or [opening(text.item)],
        attribute=[] if shown or any(s.hit for s in title) else _attribute(text.item, matcher),
        score=round(row.score, 4),
    )


def _match(terms: Sequence[Term], text: Text) -> MatchCode:
    """`exact` when every word typed with accents agrees with what is printed, `repaired` when it takes a machine's reading
    for a word, or for its accents, `folded` when accents are ignored."""
    present = [term for term in terms if term.folded in text.keys]
    if all(term.accented in text.printed_raws for term in present):
        return "exact"
    words = any(term.folded not in text.printed_keys for term in present)
    accents = any(
        term.has_accents and term.accented in text.raws and term.accented not in text.printed_raws for term in present
    )
    return "repaired" if words or accents else "folded"


def show_cited(view: View, item: Item) -> list[RelatedDocument]:
    """What the item names: its basis (Căn cứ), what it carries out (Thực hiện), what it mentions."""
    out = []
    for citation in item.document.citations if item.document else ():
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
    """Who names the item: the inverse, "Được triển khai bởi"."""
    if item.number is None:
        return []
    out = []
    for other_id in view.snapshot.citing(item.number_key):
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


def _show_addition(view: View, plan: Plan, row: Row, text: Text) -> Hit:
    item = text.item
    by_number = plan.query.number is not None
    return Hit(
        card=cards.card(item),
        title=segments(cards.show_title(item), []),
        match=cards.coded("match", "repaired" if by_number else "semantic"),
        snippets=[_numbered(plan, item) if by_number else _closest(view, plan, item)],
        score=round(row.score, 4),
    )


def _attribute(item: Item, matcher: Matcher) -> list[Segment]:
    """The attribute that matched best, hits marked: why an item is here whose text holds none of the words."""
    lines = [(line, matcher.runs(tokenise(line))) for line in describe(item).split("\n")]
    line, runs = max(lines, key=lambda found: sum(run.length for run in found[1]), default=("", []))
    return segments(line, runs) if runs else []


def _numbered(plan: Plan, item: Item) -> Snippet:
    """The block where the rules read the number asked for."""
    wanted = plan.query.number.key if plan.query.number else ""
    for citation in item.document.citations if item.document else ():
        if citation.number.key == wanted and citation.block >= 0:
            return opening(item, citation.block)
    found = next((e.block for e in item.evidence if e.attribute == "number" and e.block >= 0), 0)
    return opening(item, found)


def _closest(view: View, plan: Plan, item: Item) -> Snippet:
    """The paragraph closest in meaning."""
    texts = [(i, block.best) for i, block in enumerate(item.blocks) if len(block.best.split()) > 5]
    if not texts:
        return opening(item)
    rows = view.embedder.encode([text for _, text in texts])
    meaning = view.embedder.encode([plan.query.free_text], query=True)[0]
    return opening(item, texts[int((rows @ meaning).argmax())][0])


def wanted_terms(plan: Plan, text: Text) -> tuple[Term, ...]:
    """The terms of the alternative (between OR) that this item holds most of."""
    keys = text.keys
    readings = [r for r in plan.query.readings if not r.repaired]
    if not readings:
        return ()
    best = max(readings, key=lambda r: sum(t.folded in keys for c in r.clauses for t in c.terms) / max(1, len(r.clauses)))
    return tuple(dict.fromkeys(term for clause in best.clauses for term in clause.terms))


def shown_terms(plan: Plan, text: Text) -> tuple[tuple[Term, ...], MatchCode | None]:
    """The way of reading the query that this item holds most of, and its badge where that is not the way it was typed."""
    ways: list[tuple[tuple[Term, ...], MatchCode | None]] = [(wanted_terms(plan, text), None)]
    if plan.respelt:
        ways.append((tuple(dict.fromkeys(plan.respelt)), "repaired"))
    for terms in plan.expansions:
        ways.append((tuple(dict.fromkeys(terms)), "synonym"))
    return max(ways, key=lambda way: sum(term.folded in text.keys for term in way[0]) / max(1, len(way[0])))


def matcher_of(plan: Plan, terms: tuple[Term, ...], held: frozenset[str]) -> Matcher:
    """Recognises the terms; those typed in quotes only as the phrase they stand in."""
    phrases = [c for r in plan.query.readings for c in r.clauses if c.literal]
    quoted = {term for clause in phrases if len(clause.terms) > 1 for term in clause.terms}
    loose = {c.terms[0] for r in plan.query.readings for c in r.clauses if not c.literal}
    return Matcher([t for t in terms if t not in quoted or t in loose], phrases, held=held)


def _as_typed(plan: Plan, term: Term) -> str:
    """The word of the query behind a term, as the reader wrote it."""
    text = plan.query.text
    for token in tokenise(text):
        if token.accented == term.accented:
            return text[token.start : token.end]
    return term.accented
