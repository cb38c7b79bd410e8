"""Each demand of docs/classification.md names a test that shows it."""

from tests.docs.named_tests import ROOT, missing, named_in

DATA, SHOWN = (ROOT / "docs/classification.md").read_text("utf-8").split("## What shows it")
DEMANDS = ["stored", "in logs", "who reads it", "how long"]


def rows(text: str) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows of the table in a text."""
    lines = [line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    head, *rest = [[cell.strip() for cell in line] for line in lines]
    return head, rest


def test_each_demand_is_shown_by_a_test_that_exists() -> None:
    """Every kind of data has its row, and every demand of it at least one test."""
    demands, data = rows(DATA)
    heads, shown = rows(SHOWN)
    assert [head for head in demands if head in DEMANDS] == heads[1:] == DEMANDS
    assert len(data) == len(shown) >= 8
    for (what, *_), (word, *cells) in zip(data, shown, strict=True):
        assert what.startswith(word), word
        assert len(cells) == len(DEMANDS), word
        for demand, cell in zip(DEMANDS, cells, strict=True):
            named = named_in(cell)
            assert named, (word, demand)
            assert missing(named) == [], (word, demand)
