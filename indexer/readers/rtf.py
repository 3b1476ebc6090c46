"""Read RTF: what is printed, once and in reading order, each run in the letters that its font shows.

The names of fonts (`.VnTime`) decide the encoding of a run, then its character set, then that of the file; libraries drop
the fonts and with them the letters. Deletions, hidden text and instructions of fields are left out. Tables, headers,
notes and pages are as in docx.py.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace

from indexer.readers.flow import Flow
from indexer.readers.legacy_fonts import Run, decode_western, font_encoding
from indexer.readers.reader import Content, Paper
from indexer.readers.rtf_tokens import CHARACTER_SETS, CHARACTERS, Token, read_tokens
from kb.errors import ExtractError
from kb.item import Block
from vitext import compose

#: Groups whose text is not printed, or is no text of this place. So is what begins with `\\*`, but for `_ENTERED`.
_LEFT_OUT = {
    "colortbl", "info", "pict", "nonshppict", "shprslt", "objdata", "sn", "sv", "xe", "tc", "rxe", "filetbl", "listtable",
    "listoverridetable", "revtbl", "rsidtbl", "generator", "themedata", "datastore", "latentstyles", "xmlnstbl",
    "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "annotation", "atnid", "atnauthor", "bkmkstart",
    "bkmkend", "fldtype", "template", "private", "falt", "panose", "upr", "pgptbl", "mmathPr", "fontemb", "background",
    "nonesttables",
}  # fmt: skip
_ENTERED = {"shpinst", "ud", "fldinst", "shptxt", "footnote", "do"}
#: Groups with a text of their own, and where it goes.
_STORIES = {
    "header": "first", "headerl": "first", "headerr": "first", "headerf": "first", "footer": "last", "footerl": "last",
    "footerr": "last", "footerf": "last", "footnote": "notes", "shptxt": "boxes", "dptxbxtext": "boxes",
}  # fmt: skip
_COUNTERS = (["PAGE"], ["NUMPAGES"], ["SECTIONPAGES"])
_HEADING = re.compile(r"heading ([1-6])$", re.IGNORECASE)
#: Groups inside each other.
_MAX_DEPTH = 5000
_SURROGATES = re.compile("[\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class _State:
    """What a group says of the text in it; a group inside begins with the same."""

    font: int = -1
    skipped: bool = False
    hidden: bool = False
    deleted: bool = False
    #: How many bytes stand behind a letter in Unicode, for programs that know none.
    fallback: int = 1
    in_table: bool = False
    level: int = 0
    #: What the group's text is: "" the text itself, or the table of fonts or styles, an instruction, a marker.
    use: str = ""


@dataclass(slots=True)
class _Story:
    """A text of its own, and its present paragraph."""

    place: str
    depth: int = 0
    flow: Flow = field(default_factory=Flow)
    runs: list[Run] = field(default_factory=list)
    marker: str = ""
    lines: int = 0
    cells: int = 0


class RtfReader:
    """The reader of Rich Text Format, whatever the file's ending."""

    name = "RTF"

    def bid(self, paper: Paper) -> float:
        """1 for bytes that begin as RTF does."""
        return 1.0 if paper.data[:64].lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"{\\rtf") else 0.0

    def read(self, paper: Paper) -> Content:
        """The blocks of a document. Raises ExtractError: nested too deeply, without any text."""
        document = _Document(paper.path)
        for token in read_tokens(paper.data):
            document.take(token)
        blocks = document.blocks()
        if not blocks:
            raise ExtractError(f"{paper.path}: không có chữ nào; nếu trang là hình, hãy gửi bản quét PDF hoặc ảnh")
        return Content(tuple(blocks))


class _Document:
    """One document while it is read."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._encoding = "cp1252"
        self._default_font = -1
        self._fonts: dict[int, tuple[str, str]] = {}
        self._levels: dict[int, int] = {}
        self._state = _State()
        self._states: list[_State] = []
        self._stories = [_Story("text")]
        self._found: dict[str, list[Block]] = {"first": [], "boxes": [], "notes": [], "last": []}
        self._starred = False
        self._swallow = 0
        self._pending = b""
        #: The font or style that is being described, and its name so far.
        self._described = -1
        self._name = ""
        self._charset = ""
        #: By depth: the instruction of the field that is open there.
        self._instructions: list[tuple[int, str]] = []

    def blocks(self) -> list[Block]:
        """The text, with what stands around it; headers and footers that hold page numbers only are left out."""
        self._flush()
        while self._stories:
            self._end_story()
        seen = {block.original for block in self._found["text"]}
        around: dict[str, list[Block]] = {}
        for place in ("first", "last"):
            around[place] = []
            for block in self._found[place]:
                if block.original not in seen and any(c.isalpha() for c in block.original):
                    seen.add(block.original)
                    around[place].append(block)
        found = self._found
        return [*around["first"], *found["text"], *found["boxes"], *found["notes"], *around["last"]]

    def take(self, token: Token) -> None:
        """The next token."""
        if token.kind == "text":
            text = token.text
            if self._swallow:
                text, self._swallow = text[self._swallow :], max(self._swallow - len(text), 0)
            self._pending += text
            return
        if self._swallow and token.word in CHARACTERS:
            self._swallow -= 1
            return
        self._flush()
        if token.kind == "{":
            if len(self._states) >= _MAX_DEPTH:
                raise ExtractError(f"{self._path}: tệp lồng quá nhiều lớp; hãy mở bằng Word rồi lưu lại thành .docx")
            self._states.append(self._state)
        elif token.kind == "}":
            self._close()
        else:
            self._word(token.word, token.number)

    def _close(self) -> None:
        self._swallow = 0
        if not self._states:
            return
        if self._state.use in ("fonttbl", "stylesheet") and not self._state.skipped:
            self._end_entry()
        if len(self._stories) > 1 and self._stories[-1].depth == len(self._states):
            self._end_story()
        while self._instructions and self._instructions[-1][0] >= len(self._states):
            self._instructions.pop()
        self._state = self._states.pop()

    def _word(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, word == "*"
        on = number != 0
        if word == "*":
            return
        if word in _LEFT_OUT or (starred and word not in _ENTERED):
            self._state = replace(self._state, skipped=True)
        elif word == "ud":
            # The other half of the pair, in Unicode, takes the place of what was left out.
            self._state = replace(self._state, skipped=False)
        elif word in _STORIES and not self._state.skipped:
            self._stories.append(_Story(_STORIES[word], len(self._states)))
            self._state = replace(self._state, use="", in_table=False, level=0)
        elif word in ("fonttbl", "stylesheet"):
            self._state = replace(self._state, use=word)
        elif word == "fldinst":
            self._state = replace(self._state, use="instruction")
            self._instructions.append((len(self._states) - 1, ""))
        elif word in ("listtext", "pntext"):
            self._stories[-1].marker = ""
            self._state = replace(self._state, use="marker")
        elif word == "u":
            self._unicode(number or 0)
        elif word in CHARACTERS:
            self._say(CHARACTERS[word])
        elif self._state.use in ("fonttbl", "stylesheet"):
            self._describe(word, number)
        elif not self._state.skipped:
            self._format(word, number, on=on)

    def _format(self, word: str, number: int | None, *, on: bool) -> None:
        story = self._stories[-1]
        match word:
            case "par" | "sect" | "page" | "column":
                self._end_paragraph(story)
            case "cell":
                story.flow.end_cell(self._line(story))
            case "nestcell":
                story.flow.end_line(self._line(story))
            case "row":
                # The rows of a table share a description that need not be repeated.
                story.flow.end_row(ruled=story.lines > max(story.cells, 1))
            case "trowd":
                story.lines = story.cells = 0
            case "cellx":
                story.cells += 1
            case "brdrs" | "brdrth" | "brdrdb" | "brdrdot" | "brdrdash" | "brdrhair":
                story.lines += 1
            case "intbl":
                self._state = replace(self._state, in_table=True)
            case "pard":
                self._state = replace(self._state, in_table=False, level=0)
            case "s":
                self._state = replace(self._state, level=self._levels.get(number or 0, 0))
            case "outlinelevel":
                self._state = replace(self._state, level=(number or 0) + 1 if (number or 0) < 6 else 0)
            case "plain":
                self._state = replace(self._state, font=self._default_font, hidden=False)
            case "f":
                self._state = replace(self._state, font=number or 0)
            case "v":
                self._state = replace(self._state, hidden=on)
            case "deleted":
                self._state = replace(self._state, deleted=on)
            case "uc":
                self._state = replace(self._state, fallback=min(number if number is not None else 1, 100))
            case "deff":
                self._default_font = number or 0
                self._state = replace(self._state, font=self._default_font)
            case "ansicpg":
                self._encoding = _known_encoding(f"cp{number}") or self._encoding
            case "mac":
                self._encoding = "mac_roman"

    def _describe(self, word: str, number: int | None) -> None:
        """What a font or style is."""
        if word == "f" and self._state.use == "fonttbl":
            self._end_entry()
            self._described = number or 0
        elif word == "s" and self._state.use == "stylesheet":
            self._described = number or 0
        elif word == "fcharset":
            self._charset = CHARACTER_SETS.get(number or 0, "")
        elif word == "cpg":
            self._charset = _known_encoding(f"cp{number}") or self._charset

    def _end_entry(self) -> None:
        """The font or style that was described is known now."""
        name = self._name.strip().rstrip(";").strip()
        if self._described >= 0 and name:
            if self._state.use == "fonttbl":
                self._fonts[self._described] = name, self._charset
            elif match := _HEADING.match(name):
                self._levels[self._described] = int(match[1])
            self._described = -1
        self._name = ""
        self._charset = ""

    def _unicode(self, number: int) -> None:
        self._say(chr(number % 0x10000))
        self._swallow = self._state.fallback

    def _flush(self) -> None:
        """Say the bytes that were gathered, in the encoding of their font."""
        if self._pending:
            pending, self._pending = self._pending, b""
            name, charset = self._fonts.get(self._state.font, ("", ""))
            # A font of an old encoding shows bytes, which Windows-1252 keeps apart.
            encoding = "cp1252" if font_encoding(name) else charset or self._encoding
            text = decode_western(pending) if encoding == "cp1252" else pending.decode(encoding, "replace")
            self._say(compose(text) if encoding == "cp1258" else text)

    def _say(self, text: str) -> None:
        state, story = self._state, self._stories[-1]
        if state.skipped or state.hidden or state.deleted:
            return
        if state.use in ("fonttbl", "stylesheet"):
            self._name += text
        elif state.use == "instruction":
            depth, before = self._instructions[-1] if self._instructions else (0, "")
            self._instructions[-1:] = [(depth, before + text)]
        elif state.use == "marker":
            story.marker += text
        elif not any(instruction.split()[:1] in _COUNTERS for _, instruction in self._instructions):
            story.runs.append((text, self._fonts.get(state.font, ("", ""))[0]))

    def _end_paragraph(self, story: _Story) -> None:
        if self._state.in_table:
            story.flow.end_line(self._line(story))
        else:
            marker = self._marker(story)
            story.flow.end_paragraph(self._take(story), self._state.level, marker)

    def _line(self, story: _Story) -> list[Run]:
        """The runs of a paragraph within a cell, behind its marker."""
        marker = self._marker(story)
        return [*([(f"{marker} ", "")] if marker else []), *self._take(story)]

    def _marker(self, story: _Story) -> str:
        """The marker of the paragraph that ends here; a sign of a symbol font is a bullet."""
        marker, story.marker = story.marker.strip(), ""
        return "-" if len(marker) == 1 and not marker.isalnum() else marker

    def _end_story(self) -> None:
        story = self._stories.pop()
        self._end_paragraph(story)
        story.flow.end_row(ruled=True)
        self._found.setdefault(story.place, []).extend(story.flow.blocks)

    def _take(self, story: _Story) -> list[Run]:
        """The runs of the paragraph or cell that ends here; halves of a letter beyond the first plane are put together."""
        runs, story.runs = story.runs, []
        joined: list[Run] = []
        for text, font in runs:
            if joined and joined[-1][1] == font:
                joined[-1] = joined[-1][0] + text, font
            else:
                joined.append((text, font))
        return [(_SURROGATES.sub(_join_halves, text), font) for text, font in joined]


def _join_halves(match: re.Match[str]) -> str:
    return match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _known_encoding(name: str) -> str:
    """The name of a code page if Python knows it, otherwise ""."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""
