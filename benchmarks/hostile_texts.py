"""Texts that cost more than they look: families of hostile texts of any size, for `benchmarks.mutations` and for tests.

A family is a function from a size to a text of about so many characters. No text of a person is among them: they are made of
what an accident or an attacker puts into a file, again and again.
"""

from __future__ import annotations

from collections.abc import Callable

Family = Callable[[int], str]


def again(piece: str, *, start: str = "", end: str = "") -> Family:
    """The family of the texts that hold `piece` again and again, between `start` and `end`."""
    return lambda size: start + piece * (max(0, size - len(start) - len(end)) // len(piece)) + end


def nested(opening: str, closing: str, inside: str = "x") -> Family:
    """The family of the texts in which `opening` stands again and again, then `inside`, then `closing` as often."""

    def make(size: int) -> str:
        count = max(1, size // (len(opening) + len(closing)))
        return opening * count + inside + closing * count

    return make


def numbered(pattern: str) -> Family:
    """The family of the texts that hold `pattern` again and again, each time with another number for `{n}`."""

    def make(size: int) -> str:
        pieces, length, at = [], 0, 1
        while length < size:
            piece = pattern.replace("{n}", str(at))
            pieces.append(piece)
            length += len(piece)
            at += 1
        return "".join(pieces)

    return make


def _indented(size: int) -> str:
    """A list in a list in a list: every line is indented by two more spaces, up to a depth, and from the beginning again."""
    depth = 60
    lines: list[str] = []
    length = 0
    while length < size:
        line = "  " * (len(lines) % depth) + "- mục\n"
        lines.append(line)
        length += len(line)
    return "".join(lines)


def _wide_table(size: int) -> str:
    cells = max(1, size // 20)
    row = "|" + "a|" * cells + "\n"
    return row + "|" + "---|" * cells + "\n" + row * 3


def _deep_indent(size: int) -> str:
    """A list whose depth grows with the size: the indents make the text quadratic in its lines."""
    lines, length, depth = [], 0, 0
    while length < size:
        line = "  " * depth + "- x\n"
        lines.append(line)
        length += len(line)
        depth += 1
    return "".join(lines)


_CLEAN = "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước, gương điển hình tiên tiến"
_DAMAGED = "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc, guong dién hinh tién tién"
_PLAIN = "day manh cong tac tuyen truyen phong trao thi dua yeu nuoc, guong dien hinh tien tien"

#: Every family by its name.
FAMILIES: dict[str, Family] = {
    # One character, one word.
    **{
        f"char {c.encode('unicode_escape').decode()}": again(c)
        for c in "aAđÉ1.,;:-/|*_`[](<>\\~'\"#+=!?&%@^$¢§\u0301\u200b\u200d\u00ad\u3000\u00a0\ufb01Σ😀ꝏ\t \n\f\r\v\x85\u2028"
    },
    "word": again("đẩy "),
    "capitals": again("ĐẨY MẠNH "),
    "mixed case": again("aB"),
    "letters and digits": again("a1"),
    "letters and signs": again("a¢"),
    "letters and apostrophes": again("a'"),
    "letter, dot": again("a."),
    "letter, at": again("a@"),
    "letter, hyphen": again("a-"),
    "digit, dot": again("1."),
    "digit, slash": again("1/"),
    "digit, dash": again("1 - "),
    "spaces and a letter": again(" ", end="a"),
    "word, then spaces": again(" " * 50 + "x"),
    "newlines and spaces": again("\n "),
    "joiners": again("a\u200d"),
    # Marks.
    "marks in order": again("\u0323\u0301", start="a"),
    "marks out of order": again("\u0301\u0323", start="a"),
    "marks of many classes": again("\u0345\u0301\u0327\u0316\u031b\u3099", start="e"),
    "letters with two marks": again("e\u0323\u0302"),
    "hangul": again("\u1100\u1161\u11a8"),
    "decomposed words": again("tuye\u0302\u0301n "),
    "misplaced tones": again("hoà thuỷ qủa "),
    # Vietnamese in lines and in one line.
    "clean line": again(_CLEAN + " "),
    "clean lines": again(_CLEAN + "\n"),
    "clean paragraphs": again(_CLEAN + ".\n\n"),
    "damaged line": again(_DAMAGED + " "),
    "damaged lines": again(_DAMAGED + "\n"),
    "damaged paragraphs": again(_DAMAGED + ".\n\n"),
    "damaged without spaces": again(_DAMAGED.replace(" ", "")),
    "damaged, joined words": again("cdng tac'tuyén truyén k h o n g "),
    "plain line": again(_PLAIN + " "),
    "plain paragraphs": again(_PLAIN + ".\n\n"),
    "clean and damaged lines": again(f"{_CLEAN}\n{_DAMAGED}\n"),
    "foreign line": again("Can the man go to my house, and the other thing too? "),
    "list of markers": again("d) viec mot\nD) viec hai\n"),
    "roman headings": again("I1. Pay manh cdng tac\n"),
    # Encodings.
    "tcvn3": again("§¹i häc N«ng nghiÖp Hµ Néi "),
    "tcvn3 lines": again("§¹i häc N«ng nghiÖp Hµ Néi\n"),
    "vni": again("Ñaïi hoïc Noâng nghieäp "),
    "viqr": again("DDa.i ho.c No^ng nghie^.p "),
    "viqr signs": again("a^'"),
    "viqr lines": again("DDa.i ho.c No^ng nghie^.p\n"),
    "capitals of tcvn3": again("§¹I HäC "),
    "mojibake": again("Ä‘áº©y máº¡nh "),
    "mojibake without spaces": again("áº©"),
    "half mojibake": again("Ã"),
    # Papers.
    "citations": numbered("Căn cứ Nghị định số {n}/2024/NĐ-CP ngày 18/10/2024 của Chính phủ; "),
    "citations on lines": numbered("Căn cứ Nghị định số {n}/2024/NĐ-CP ngày 18/10/2024;\n"),
    "citations in blocks": numbered("Căn cứ Nghị định số {n}/2024/NĐ-CP;\n\n"),
    "citations in sentences": numbered("Thực hiện Kế hoạch số {n}/KH-UBND. "),
    "damaged citations": numbered("Thyc hién Ké hoach s6 {n} /KH - UBND ngay 18/10/2024 cua UBND; "),
    "bare numbers": numbered("{n}/KH "),
    "numbers with a long symbol": again("-KH", start="Số 1/KH"),
    "dates": again("ngày 18 tháng 10 năm 2024, "),
    "dates by signs": again("18/10/2024 "),
    "short dates": again("1.1."),
    "number leads": again("so : "),
    "number lead of a line": again("số: ", end="12/KH-UBND"),
    "many numbers of a line": again("Số: 12/KH-UBND "),
    "letterheads": again("tinh hai phong "),
    "units": again("xa a b c "),
    "unit with spaces": again("a ", start="ubnd xa ", end="!"),
    "place before dates": again("Hải Phòng, ngày "),
    "sections": again("I. Căn cứ\n\n"),
    "clauses": again("; căn cứ "),
    "stops": again("tp. A "),
    "recipients": again("Bộ Nội vụ;\n- ", start="Nơi nhận:\n- "),
    "recipients of one line": again("Bộ Nội vụ; ", start="Nơi nhận: "),
    "recipients without a sign": again("x\n", start="Nơi nhận:\n"),
    "recipient of bare lines": again("\n", start="Nơi nhận:\n- a", end="b"),
    "recipient labels": again("Nơi nhận\n"),
    "almost recipients": again("noi nhan "),
    "blanks before recipients": again("-", end="Nơi nhận:"),
    "offices": again("KT. CHỦ TỊCH "),
    "offices on lines": again("CHỦ TỊCH\n"),
    "office of one line": again("CHỦ ", end="tịch"),
    "ranks": again("TS. ", start="GIÁM ĐỐC\n", end="Nguyễn Văn A"),
    "about": again("V/v "),
    "capital lines": again("KẾ HOẠCH\n"),
    "capital line": again("KẾ HOẠCH "),
    # Pages.
    "form feeds": again("\fchữ"),
    "page numbers": numbered("Dòng chữ của trang\n{n}\n\f"),
    "running heads": numbered("ỦY BAN NHÂN DÂN\nTrang {n}\nnội dung\n\f"),
    "hyphens": again("inter-\nnational "),
    "hyphens without spaces": again("ab-\n"),
    "broken lines": again("một dòng dài chưa hết câu\nvà còn tiếp "),
    # Markdown.
    "headings": numbered("# Mục {n}\n\n"),
    "underlined headings": again("a\n=\n"),
    "brackets": again("["),
    "bracket pairs": nested("[", "]"),
    "link starts": again("[a]("),
    "links": again("[a](b) "),
    "images": again("![a]"),
    "emphasis": again("*a_ "),
    "strong": again("**a *b"),
    "nested emphasis": nested("*", "*"),
    "nested quotes": again(">", end=" x"),
    "quotes": again("> a\n"),
    "quotes that grow": lambda size: "".join(">" * n + " a\n" for n in range(int((2 * size) ** 0.5))),
    "backticks": lambda size: "".join("`" * n + "a" for n in range(1, int((2 * size) ** 0.5))),
    "open fence": again("a\n", start="```\n"),
    "fences": again("```\na\n"),
    "list": again("- a\n"),
    "numbered list": numbered("{n}. a\n"),
    "loose list": again("- a\n\n"),
    "nested list": _indented,
    "nested list on a line": again("- ", end="x"),
    "list that grows": _deep_indent,
    "table rows": again("|a|b|\n", start="|a|b|\n|-|-|\n"),
    "wide table": _wide_table,
    "tables": again("|a|\n|-|\n|b|\n\n"),
    "references": numbered("[a{n}]: b\n\n"),
    "open references": again("[a]: <", end="x"),
    "reference titles": again('[a]: b "c\n'),
    "autolinks": again("<a@"),
    "html": again("<a b='"),
    "comments": again("<!-"),
    "entities": again("&#1;"),
    "escapes": again("\\*"),
    "hard breaks": again("a  \n"),
    "rules": again("***\n"),
    "rule almost": again("* ", end="x"),
    # Queries and nominations.
    "quotation marks": again('"a" "'),
    "fields": again("năm:2024 "),
    "unknown fields": again("năm:x "),
    "alternatives": again("a OR "),
    "exclusions": again("-a "),
    "figures": again("1.000 tấn "),
    "digits with dots": again(".000", start="1"),
    "changes": again("tăng từ 1 "),
    "abbreviations": again("HTX NTM "),
    "csv quotes": again('"a",'),
    "semicolons": again(";"),
    "addresses": again("www.a.vn "),
    "almost addresses": again("a-b."),
    "mail": again("a@b.c@"),
    "surrogates": again("\ud800"),
}  # fmt: skip
