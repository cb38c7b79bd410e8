"""Converts tables, for which the subset has no syntax: a row of data becomes an item, a layout table its content."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from budkavle_outlook.markdown.blocks import Block, as_item
from budkavle_outlook.markdown.runs import Run, is_blank

LONGEST_CELL = 300
"""Characters; a longer cell is not data."""


@dataclass(slots=True)
class Cell:
    """A cell of a table: its content, and whether it is a header of its column or row."""

    blocks: list[Block] = field(default_factory=list)
    head: bool = False

    @property
    def runs(self) -> list[Run]:
        """Its text, with a line break between its blocks."""
        runs: list[Run] = []
        for block in self.blocks:
            runs += [Run("\n"), *block.runs] if runs else block.runs
        return runs

    @property
    def is_datum(self) -> bool:
        """Whether it contains short text and nothing else."""
        plain = all(not (block.heading or block.rule or block.indents or block.row) for block in self.blocks)
        return plain and sum(len(run.text) for block in self.blocks for run in block.runs) <= LONGEST_CELL

    @property
    def is_bold(self) -> bool:
        """Whether all of its text is bold."""
        runs = [run for run in self.runs if run.text.strip()]
        return bool(runs) and all(len(run.mark) > 1 for run in runs)


@dataclass(slots=True)
class Table:
    """A table that is being read.

    Attributes:
        layout: Whether it is marked as a layout table.
    """

    layout: bool = False
    rows: list[list[Cell]] = field(default_factory=list)

    def blocks(self) -> Iterator[Block]:
        """Return its blocks."""
        rows = [row for row in self.rows if any(not is_blank(cell.runs) or cell.blocks for cell in row)]
        columns = max((len(row) for row in rows), default=0)
        cells = [cell for row in rows for cell in row]
        uneven = any(len(row) not in {1, columns} for row in rows)
        if self.layout or columns < 2 or len(rows) < 2 or uneven or not all(cell.is_datum for cell in cells):
            yield from (_spaced(block) for cell in cells for block in cell.blocks)
            return
        names = _names(rows, columns)
        for row in rows[1:] if names else rows:
            yield from _row(row, names)


def _spaced(block: Block) -> Block:
    """Return the block with a blank line before it."""
    return block if block.gap else replace(block, gap=True)


def _names(rows: Sequence[Sequence[Cell]], columns: int) -> list[list[Run]]:
    """Return the names of the columns: the first row, if it is a header or there are more than two columns."""
    first = rows[0]
    if len(first) < columns:
        return []
    marked = all(cell.head or cell.is_bold or not cell.blocks for cell in first)
    # In two columns without names, the left cell names the right one.
    return [cell.runs for cell in first] if marked or columns > 2 else []


def _row(row: Sequence[Cell], names: Sequence[Sequence[Run]]) -> Iterator[Block]:
    if len(row) == 1:
        yield from (_spaced(block) for block in row[0].blocks)
        return
    contents = [cell.runs for cell in row]
    if names:
        pairs = [(name, content) for name, content in zip(names, contents, strict=True) if not is_blank(content)]
    elif len(contents) == 2:
        pairs = [(contents[0], contents[1])]
    else:
        pairs = [((), content) for content in contents if not is_blank(content)]
    if pairs:
        yield as_item(Block(row=pairs))
