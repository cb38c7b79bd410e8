"""Reads the HTML of a mail, as Outlook and Word write it, into blocks.

Source: observed output of Outlook on the web and of new and classic Outlook on Windows: a `div` for each line, or a
paragraph of the class MsoNormal without margins; lists of Word as paragraphs with their markers in the text, inside
`mso-list:Ignore`; and the thread that is replied to, below a rule.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from lxml import etree

from budkavle_outlook.markdown.blocks import DEEPEST, Block
from budkavle_outlook.markdown.runs import BREAK, Run, is_blank
from budkavle_outlook.markdown.tables import Cell, Table

PARAGRAPHS = frozenset({"p", "blockquote", "ul", "ol", "dl", "pre", "table", "form", "fieldset", "figure", "center"})
LINES = frozenset(
    {
        "body",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "aside",
        "address",
        "dt",
        "dd",
        "li",
        "tr",
        "caption",
    }
)
SILENT = frozenset(
    {"head", "style", "script", "title", "template", "noscript", "xml", "object", "iframe", "select", "textarea", "svg"}
)
BOLD, ITALIC = frozenset({"b", "strong", "th"}), frozenset({"i", "em"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
MOST_DIGITS = 9
DEEPEST_TABLE = 10
_WHITE = re.compile(r"[ \t\r\n\f]+")
_STYLE_SPACE = re.compile(r"\s+")
_LEVEL = re.compile(r"mso-list:l\d+level(\d+)")
_NUMBER = re.compile(r"(\d{1,9})[.)]")
_LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Style:
    """The style of the text inside an element."""

    bold: bool = False
    italic: bool = False
    heading: int = 0
    pre: bool = False
    silent: bool = False
    marker: bool = False

    @property
    def mark(self) -> str:
        """The emphasis."""
        return "*" * (2 * self.bold + self.italic)


@dataclass(slots=True)
class List:
    """An open list: its kind, the number of its next item, and the width of its last marker."""

    ordered: bool
    number: int
    width: int = 2


@dataclass(slots=True)
class Link:
    """An open link: its address and its text."""

    address: str
    texts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Element:
    """An open element.

    Attributes:
        style: The style outside it.
        tight: Whether it has no blank lines around it.
        blocks: The number of blocks when it began.
        is_cell: Whether it is a cell of a table that is kept.
    """

    style: Style
    tight: bool
    blocks: int = 0
    is_cell: bool = False


def read(html: str, pictures: Mapping[str, str]) -> list[Block]:
    """Return the blocks of a mail.

    Args:
        html: The mail.
        pictures: The names of files by Content-ID.
    """
    if not html.strip():
        return []
    target = _Target(pictures)
    parser: Any = etree.HTMLParser(target=cast("Any", target), huge_tree=True, recover=True)
    parser.feed(html)
    parser.close()
    return target.blocks


class _Target:
    """Receives the events of lxml's parser: start and end of elements, always in pairs, and text."""

    def __init__(self, pictures: Mapping[str, str]) -> None:
        self._pictures = pictures
        self.blocks: list[Block] = []
        self._outer: list[list[Block]] = []
        self._runs: list[Run] = []
        self._open: list[Element] = []
        self._style = Style()
        self._gap = False
        self._lists: list[List] = []
        self._marker = ""
        self._word_level = 0
        self._word_marker: list[str] = []
        self._links: list[Link] = []
        self._tables: list[Table | None] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Handle the start of an element."""
        css = _STYLE_SPACE.sub("", attributes.get("style", "")).lower()
        tight = tag in LINES or "msonormal" in attributes.get("class", "").lower() or "margin:0" in css
        element = Element(self._style, tight)
        self._open.append(element)
        self._style = _style(self._style, tag, css)
        if self._style.silent:
            return
        if tag in PARAGRAPHS or tag in LINES or tag in HEADINGS:
            self._begin_block(tag, attributes, css, tight=tight)
            element.blocks = len(self.blocks)
        elif tag == "br":
            self._put(BREAK)
        elif tag == "hr":
            self._rule()
        elif tag == "img":
            self._picture(attributes)
        elif tag == "a":
            self._links.append(Link(attributes.get("href", "").strip()))
        elif tag in {"td", "th"}:
            element.is_cell = self._begin_cell(head=tag == "th")

    def end(self, tag: str) -> None:
        """Handle the end of an element."""
        element = self._open.pop()
        silent, style = self._style.silent, self._style
        self._style = element.style
        if silent:
            return
        if tag in PARAGRAPHS or tag in LINES or tag in HEADINGS:
            self._end_block(tag, style, element)
        elif tag == "a":
            self._end_link(self._links.pop())
        elif tag in {"td", "th"}:
            self._end_cell(is_cell=element.is_cell)

    def data(self, data: str) -> None:
        """Handle text."""
        if self._style.silent:
            return
        if self._style.marker:
            self._word_marker.append(data)
            return
        if self._links:
            self._links[-1].texts.append(data)
        self._put(data if self._style.pre else _WHITE.sub(" ", data))

    def close(self) -> None:
        """Handle the end of the document: the remaining text becomes a block."""
        self._flush()

    def _put(self, text: str) -> None:
        self._runs.append(Run(text, self._style.mark))

    def _begin_block(self, tag: str, attributes: Mapping[str, str], css: str, *, tight: bool) -> None:
        self._flush()
        self._gap |= not tight
        if "border-top:solid" in css:
            self._rule()
        if tag in {"ul", "ol"}:
            self._lists.append(List(tag == "ol", _start(attributes.get("start", ""))))
        elif tag == "li":
            self._begin_item()
        elif tag == "table":
            self._begin_table(layout=attributes.get("role") in {"presentation", "none"})
        elif tag == "tr" and self._table:
            self._table.rows.append([])
        level = _LEVEL.search(css)
        self._word_level = min(int(level[1]), DEEPEST) if level and len(level[1]) < MOST_DIGITS else 0

    def _end_block(self, tag: str, style: Style, element: Element) -> None:
        was_empty = is_blank(self._runs) and len(self.blocks) == element.blocks
        self._flush(style)
        self._gap |= not element.tight or (was_empty and tag in {"p", "div"})
        if tag in {"ul", "ol"}:
            self._lists.pop()
            self._marker = ""
        elif tag == "li":
            self._marker = ""
        elif tag == "table":
            self._end_table()
        self._word_level = 0

    def _begin_item(self) -> None:
        """Begin an item; items below the deepest list belong to that list."""
        if not self._lists:
            self._lists.append(List(ordered=False, number=1))
        if self._marker and len(self._lists) > DEEPEST:
            return
        items = self._lists[:DEEPEST][-1]
        marker = f"{items.number}. " if items.ordered else "- "
        items.number += 1
        items.width = len(marker)
        # An item that begins with a nested list has both markers on one line.
        self._marker += marker

    @property
    def _table(self) -> Table | None:
        """The innermost table, if it is kept."""
        return self._tables[-1] if self._tables else None

    def _begin_table(self, *, layout: bool) -> None:
        """Begin a table; one that is nested too deeply becomes plain text, since each level reads its content again."""
        self._tables.append(Table(layout) if len(self._tables) < DEEPEST_TABLE else None)

    def _begin_cell(self, *, head: bool) -> bool:
        self._flush()
        table = self._table
        if not table:
            return False
        if not table.rows:
            table.rows.append([])
        cell = Cell(head=head)
        table.rows[-1].append(cell)
        self._outer.append(self.blocks)
        self.blocks = cell.blocks
        return True

    def _end_cell(self, *, is_cell: bool) -> None:
        self._flush()
        if is_cell:
            self.blocks = self._outer.pop()

    def _end_table(self) -> None:
        table = self._tables.pop()
        if table:
            self.blocks.extend(table.blocks())
        self._gap = True

    def _rule(self) -> None:
        self._flush()
        if not self._lists:  # inside a list it would end the list
            self.blocks.append(Block(rule=True))

    def _picture(self, attributes: Mapping[str, str]) -> None:
        source, alt = attributes.get("src", "").strip(), attributes.get("alt", "").strip()
        if source.lower().startswith("cid:"):
            cid = source[4:]
            name = self._pictures.get(cid) or (cid.partition("@")[0] if "." in cid.partition("@")[0] else alt)
            self._put(f"[Bild: {name}]" if name else "[Bild]")
        elif alt and not {attributes.get("width"), attributes.get("height")} & {"0", "1"}:
            self._put(f"[Bild: {alt}]" if any(sign.isalnum() for sign in alt) else alt)

    def _end_link(self, link: Link) -> None:
        address = re.sub("^mailto:", "", link.address, flags=re.IGNORECASE)
        if _LINK.match(link.address) and address not in "".join(link.texts):
            self._put(f" ({address})")

    def _flush(self, style: Style | None = None) -> None:
        """Turn the collected text into a block."""
        runs, self._runs = self._runs, []
        word = self._word_item()
        if is_blank(runs):
            self._gap |= any(BREAK in run.text for run in runs)
            return
        block = Block(runs=_trimmed(runs), gap=self._gap, heading=(style or self._style).heading)
        self._gap = False
        if word is not None:
            block = _as_word_item(block, *word)
        elif self._lists:
            widths = tuple(items.width for items in self._lists[:DEEPEST])
            numbered = self._lists[:DEEPEST][-1].ordered
            block = replace(block, marker=self._marker, indents=widths, numbered=numbered)
            self._marker = ""
        self.blocks.append(block)

    def _word_item(self) -> tuple[str, int, str] | None:
        """Return the marker of Word's list item, its level, and the text of the marker; None outside an item."""
        if not self._word_marker:
            return None
        word = "".join(self._word_marker).replace("\u00a0", " ").strip()
        self._word_marker = []
        level = max(self._word_level, 1)
        number = _NUMBER.fullmatch(word)
        if number:
            return f"{int(number[1])}. ", level, ""
        said = word if any(sign.isalnum() for sign in word) and word != "o" else ""
        return "- ", level, said


def _as_word_item(block: Block, marker: str, level: int, said: str) -> Block:
    runs = [Run(f"{said} "), *block.runs] if said else block.runs
    indents = (*(2 for _ in range(level - 1)), len(marker))
    return replace(block, runs=runs, marker=marker, indents=indents, numbered=marker[0].isdigit())


def _style(style: Style, tag: str, css: str) -> Style:
    """Return the style inside an element; the same object if nothing changes."""
    if tag in SILENT or "display:none" in css or "mso-hide:all" in css:
        return replace(style, silent=True)
    if "mso-list:ignore" in css:
        return replace(style, marker=True)
    if tag in HEADINGS:
        return replace(style, heading=int(tag[1]))
    bold = style.bold or tag in BOLD or "font-weight:bold" in css or "font-weight:700" in css
    italic = style.italic or tag in ITALIC or "font-style:italic" in css
    pre = style.pre or tag == "pre"
    if (bold, italic, pre) == (style.bold, style.italic, style.pre):
        return style
    return replace(style, bold=bold, italic=italic, pre=pre)


def _start(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS else 1


def _trimmed(runs: Sequence[Run]) -> list[Run]:
    """Return runs without leading and trailing blanks."""
    first = next(place for place, run in enumerate(runs) if run.text.strip())
    last = next(place for place in range(len(runs) - 1, -1, -1) if runs[place].text.strip())
    return list(runs[first : last + 1])
