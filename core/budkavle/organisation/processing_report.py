"""The register of processing on paper, set by typst. What people wrote goes in as data."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files

import typst


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on it, in the reader's language.

    Attributes:
        head: What the organisation says of itself, as labels and texts.
        rows: Each row's title, with its labels and texts.
        foot: The last heading and its text; nothing is set where the text is empty.
    """

    language: str
    title: str
    head: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    foot: tuple[str, str]


def typeset(paper: Paper) -> bytes:
    """Return the PDF, which can be read aloud (PDF/UA-1)."""
    made = typst.compile(
        files("budkavle.organisation").joinpath("processing_report.typ").read_bytes(),
        format="pdf",
        sys_inputs={"given": json.dumps(asdict(paper), ensure_ascii=False)},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    if not isinstance(made, bytes):
        raise TypeError("typst did not return the one document that a PDF is")
    return made
