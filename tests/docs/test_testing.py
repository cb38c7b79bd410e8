"""docs/testing.md tells of the fixtures and the calls that there are."""

import re
from pathlib import Path

from budkavle.testing import SampleOrganisation, SampleUser, fixtures

DOCUMENT = Path(__file__).parents[2] / "docs/testing.md"
FIXTURES = set(re.findall(r"@pytest\.fixture[^\n]*\ndef (\w+)\(", Path(fixtures.__file__).read_text("utf-8")))
PLAIN = {name for name in FIXTURES if not name.startswith("budkavle_")}


def test_every_fixture_is_told_of() -> None:
    """Those without prefix stand in the table, and no others do."""
    table = DOCUMENT.read_text("utf-8").partition("| fixture |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == PLAIN | {"budkavle_open"}


def test_every_call_is_there() -> None:
    """What the document calls is an attribute of the class."""
    text = DOCUMENT.read_text("utf-8")
    for name in {*re.findall(r"organisation\.(\w+)", text), *re.findall(r"`\.(\w+)\(", text)}:
        assert hasattr(SampleOrganisation, name) or name in SampleOrganisation.__dataclass_fields__, name
    for name in re.findall(r"case_worker\.(\w+)", text):
        assert hasattr(SampleUser, name), name
