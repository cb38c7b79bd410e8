"""A note as a PDF file. The same note gives the same bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from budkavle.operations import typeset_pdf

LOCAL = ZoneInfo("Europe/Stockholm")
Blocks = list[dict[str, Any]]
# The subset of Markdown that the pages' `markdown` filter renders, so that a PDF shows the same as the page.
_parser = MarkdownIt("zero", {"html": False, "breaks": True, "maxNesting": 20}).enable(
    ["heading", "emphasis", "list", "hr", "newline", "escape"]
)
_CONTAINERS = {"bullet_list": "bullets", "ordered_list": "numbers"}
_MARKS = ("strong", "em")


@dataclass(frozen=True, slots=True)
class PrintedNote:
    """The content of a note's PDF.

    Attributes:
        name: The note's name, the title.
        text: Its Markdown.
        about: Who last changed it and when, in the reader's language.
        at: When it was last changed.
        organisation: The organisation's name.
        language: The language of the sentences around it.
    """

    name: str
    text: str
    about: str
    at: datetime
    organisation: str
    language: str


def note_pdf(note: PrintedNote) -> bytes:
    """Return a note as PDF/UA-1.

    Raises:
        ValueError: It cannot be typeset.
    """
    at = note.at.astimezone(LOCAL)
    values = {
        "title": note.name,
        "organisation": note.organisation,
        "language": note.language,
        "about": note.about,
        "at": [at.year, at.month, at.day],
        "blocks": blocks(note.text),
    }
    return typeset_pdf(files("budkavle_files.notes").joinpath("note.typ").read_bytes(), values, note.at)


def blocks(text: str) -> Blocks:
    """Return the blocks of a text: headings, paragraphs, lists and rules, with their words as data."""
    return _blocks(SyntaxTreeNode(_parser.parse(text)).children)


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Blocks:
    return [_block(node) for node in nodes]


def _block(node: SyntaxTreeNode) -> dict[str, Any]:
    if node.type in _CONTAINERS:
        start = int(str(node.attrs.get("start", 1)))
        items = [_blocks(item.children) for item in node.children]
        return {"kind": _CONTAINERS[node.type], "items": items, "start": start}
    if node.type == "hr":
        return {"kind": "rule"}
    spans = [span for child in node.children for span in _spans(child.children, ())]
    if node.type == "heading":
        return {"kind": "heading", "level": int(node.tag[1]), "spans": spans}
    return {"kind": "paragraph", "spans": spans}


def _spans(nodes: Sequence[SyntaxTreeNode], marks: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if node.type in _MARKS:
            yield from _spans(node.children, (*marks, node.type))
        elif node.type in ("softbreak", "hardbreak"):
            yield {"kind": "break", "text": "", "marks": []}
        elif node.content:
            yield {"kind": "text", "text": node.content, "marks": list(marks)}
