"""The register of processing as a PDF, typeset by typst. Users' texts are passed as data."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files

import typst


@dataclass(frozen=True, slots=True)
class Paper:
    """The content of the document, in the reader's language.

    Attributes:
        head: Labels and texts about the organisation itself.
        rows: Each row's title, with its labels and texts.
        foot: The last heading and its text; left out if the text is empty.
    """

    language: str
    title: str
    head: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    foot: tuple[str, str]


def typeset(paper: Paper) -> bytes:
    """Return the PDF, which is accessible (PDF/UA-1)."""
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
