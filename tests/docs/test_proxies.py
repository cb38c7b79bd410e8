"""What the documents say of reverse proxies, in pieces of nginx's settings."""

import re
from pathlib import Path

import pytest

DOCUMENTS = sorted((Path(__file__).parents[2] / "docs").rglob("*.md"))
PIECES = [
    (document.name, piece)
    for document in DOCUMENTS
    for piece in re.findall(r"^```nginx\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
]
LOCATION = re.compile(r"location [^{]*\{([^}]*)\}")


@pytest.mark.parametrize(("name", "piece"), PIECES, ids=[name for name, _ in PIECES])
def test_a_location_that_sets_headers_writes_the_address_anew(name: str, piece: str) -> None:
    """Else a browser's own word is believed: nginx takes none of the server's headers where a location sets any."""
    locations = LOCATION.findall(piece)
    assert locations, name
    for words in locations:
        if "proxy_set_header" in words:
            assert "proxy_set_header X-Forwarded-For $remote_addr;" in words
            assert "proxy_set_header X-Forwarded-Proto $scheme;" in words


def test_there_are_such_pieces() -> None:
    """The rule above is asked of something."""
    assert {"eid.md", "email-link.md", "operations.md"} <= {name for name, _ in PIECES}
