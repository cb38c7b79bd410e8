"""The pictures of the documentation are all there, and each that lies there is used."""

import re
from pathlib import Path

from picture_list import all_pictures

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/pictures"
WIDTHS = "widths"
"""The everyday pages at every width: to be compared with each other, and shown in no document."""


def test_every_picture_that_is_taken_is_kept() -> None:
    """`make pictures` takes them all; one that is missing was never taken, or its page has gone."""
    missing = [one.name for one in all_pictures() if not (PICTURES / f"{one.name}.png").is_file()]
    assert missing == []


def test_every_picture_is_shown_or_taken_anew() -> None:
    """What no document shows and nothing takes anew is left from another time."""
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(document.read_text("utf-8") for document in documents)
    shown = set(re.findall(r"pictures/([\w/-]+)\.png", text))
    taken = {one.name for one in all_pictures()}
    kept = {path.relative_to(PICTURES).with_suffix("").as_posix() for path in PICTURES.rglob("*.png")}
    assert sorted(kept - shown - taken) == []
    assert all(name in shown for name in taken if not name.startswith(f"{WIDTHS}/"))
