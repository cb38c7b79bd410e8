"""The blocks of a text, and their Markdown lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from budkavle_microsoft_apps.plain_text import escape_starts
from budkavle_outlook.markdown.runs import Run, inline

DEEPEST = 5
"""Levels of lists that are kept; the pages render up to nine, but nobody can follow more than this."""
RULE = "---"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or a line of one, a heading, a list item, or a rule.

    Attributes:
        runs: Its text, as runs.
        gap: Whether a blank line comes before it.
        heading: The level of a heading, 1 to 6; 0: it is not a heading.
        rule: Whether it is a rule, without text.
        indents: The widths of the markers of the enclosing lists, the outermost first.
        marker: The marker of an item, such as `- ` or `2. `; empty in the rest of an item, and outside lists.
        numbered: Whether the enclosing list is numbered.
        row: The cells of a table row, instead of `runs`: their names and contents.
    """

    runs: Sequence[Run] = ()
    gap: bool = False
    heading: int = 0
    rule: bool = False
    indents: tuple[int, ...] = ()
    marker: str = ""
    numbered: bool = False
    row: Sequence[tuple[Sequence[Run], Sequence[Run]]] = ()

    @property
    def text(self) -> str:
        """Its Markdown, without its position in lists."""
        if self.rule:
            return RULE
        if self.heading:
            return f"{'#' * self.heading} {_one_line(inline(self.runs, marks=False))}"
        if self.row:
            return escape_starts("; ".join(_cell(name, content) for name, content in self.row))
        return escape_starts(inline(self.runs))


def document(blocks: Iterable[Block]) -> str:
    """Return the Markdown of blocks, in order."""
    pieces: list[str] = []
    last: Block | None = None
    for block in blocks:
        if last is None:
            if block.rule:
                continue
        elif block.rule and last.rule:
            continue
        else:
            pieces.append(_between(last, block))
        pieces.append(_placed(block))
        last = block
    if last is not None and last.rule:
        pieces = pieces[:-2]
    return "".join(pieces)


def as_item(block: Block) -> Block:
    """Return a block as an item of an unnumbered list, outside other lists."""
    return replace(block, marker="- ", indents=(2,))


def _between(last: Block, block: Block) -> str:
    """Return the separator of two blocks: one newline if the second is the next line or the next item."""
    if last.heading or block.heading or last.rule or block.rule:
        return "\n\n"
    if block.marker:
        # A number right after a text does not start a list, unless it is 1.
        deeper = len(block.indents) - len(last.indents)
        begins = deeper > 0 or (deeper == 0 and not last.numbered)
        late = block.marker[0].isdigit() and block.marker != "1. " and begins
        return "\n" if last.indents and not late else "\n\n"
    return "\n" if block.indents == last.indents and not block.gap else "\n\n"


def _placed(block: Block) -> str:
    """Return a block's lines, indented."""
    text = block.text
    if not block.indents:
        return text
    whole = sum(block.indents)
    outer = whole - len(block.marker) if block.marker else whole
    return " " * outer + block.marker + text.replace("\n", "\n" + " " * whole)


def _cell(name: Sequence[Run], content: Sequence[Run]) -> str:
    label, text = _one_line(inline(name, marks=False)), _one_line(inline(content))
    return f"{label}: {text}" if label and text else label or text


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))
