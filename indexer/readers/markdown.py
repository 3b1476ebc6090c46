"""Read Markdown (.md): headings, paragraphs, list items and table rows as blocks.

Markup is removed and words stay unchanged: markdown-it tokenises, and the text of its inline tokens is kept. Raw HTML in
the file is kept as text.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token

from indexer.declared import DeclarationError, check_declared
from indexer.limits import check_text, has_readable_markup
from indexer.readers.front_matter import read_front_matter
from indexer.readers.reader import Content, Paper
from indexer.readers.text import decode, is_text, split_text
from kb.errors import ExtractError
from kb.item import Block, BlockRole

# Inline links and images keep their words; entities and HTML stay as typed.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("entity")


class MarkdownReader:
    """Text in a file named .md: its front matter, and its blocks without Markdown's signs."""

    name = "Markdown"

    def bid(self, paper: Paper) -> float:
        return 0.7 if paper.path.lower().endswith((".md", ".markdown")) and is_text(paper) else 0.0

    def read(self, paper: Paper) -> Content:
        text = decode(paper.path, paper.data)
        check_text(paper.path, text)
        raw, body = read_front_matter(paper.path, text)
        try:
            attributes = check_declared(raw)
        except DeclarationError as error:
            raise ExtractError(f"{paper.path}: {error}") from error
        if not has_readable_markup(body):
            return Content(tuple(split_text(body)), attributes, opening=body, bounds=("markup",))
        return Content(tuple(split_markdown(body)), attributes, opening=body)


def split_markdown(text: str) -> list[Block]:
    """Blocks of a Markdown text; a form feed begins a new page.

    >>> [(b.role, b.marker, b.original) for b in split_markdown("# **Kế hoạch**\\n\\n1. Một\\n2. Hai")]
    [('heading', '', 'Kế hoạch'), ('list_item', '1.', 'Một'), ('list_item', '2.', 'Hai')]
    """
    blocks: list[Block] = []
    for number, page in enumerate(text.split("\f"), 1):
        blocks.extend(_split_page(_PARSER.parse(page), number))
    return blocks


def _split_page(tokens: list[Token], page: int) -> list[Block]:
    blocks: list[Block] = []
    role: BlockRole = "paragraph"
    level = 0
    markers: list[str] = []
    fresh_item = False
    row: list[str] | None = None
    for token in tokens:
        match token.type:
            case "heading_open":
                role, level = "heading", int(token.tag[1])
            case "heading_close":
                role, level = "paragraph", 0
            case "list_item_open":
                markers.append(f"{token.info}{token.markup}" if token.info else "-")
                fresh_item = True
            case "list_item_close":
                markers.pop()
            case "tr_open":
                row = []
            case "tr_close":
                if row:
                    blocks.append(Block(page, " | ".join(row), role="table_row"))
                row = None
            case "inline":
                words = _plain(token)
                if row is not None:
                    row.append(words)
                elif words.strip() and markers and role == "paragraph":
                    blocks.append(Block(page, words, "list_item", 0, markers[-1] if fresh_item else ""))
                    fresh_item = False
                elif words.strip():
                    blocks.append(Block(page, words, role, level))
            case "fence" | "code_block" | "html_block":
                if token.content.strip():
                    blocks.append(Block(page, token.content.strip("\n")))
    return blocks


def _plain(token: Token) -> str:
    parts = []
    for child in token.children or []:
        if child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        else:
            parts.append(child.content)
    return "".join(parts).strip()
