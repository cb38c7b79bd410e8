"""Pages set by typst: the cover, and text files. Text from people is passed as data."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import typst

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def typeset(template: str, values: Mapping[str, Any]) -> bytes:
    """Return the PDF of a template (`cover.typ` or `plain.typ`) filled with `values`, which may contain any text."""
    source = files("budkavle_fax").joinpath(template).read_bytes()
    data = json.dumps(values, ensure_ascii=False)
    made = typst.compile(source, format="pdf", sys_inputs={"given": data}, ignore_system_fonts=True, pdf_tags=False)
    if not isinstance(made, bytes):
        raise TypeError("typst did not return the one document that a PDF is")
    return made


def printable(text: str) -> str:
    """Return a text without unprintable characters, with uniform line endings, and tabs as spaces."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    return _UNPRINTABLE.sub("", lines)
