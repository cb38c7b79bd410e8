"""The pages of a fax that came: what can be read is read, and every dot is kept."""

import io

import pikepdf
import pytest
from tests.plugins.fax.receiving.ringing import dots, page, tiff

from budkavle_fax.documents.received import BROKEN_PAGES, UNREADABLE, received


@pytest.mark.parametrize("content", [b"", b"not a fax", tiff(2)[: len(tiff(2)) // 2], tiff(1)[:40]])
def test_broken_pages_are_kept_as_they_came(content: bytes) -> None:
    """What can be read is read; the file as it came is always there."""
    got = received(content)
    assert got.warnings[0] in {BROKEN_PAGES, UNREADABLE}
    assert got.files[-1].content == content


@pytest.mark.parametrize(("tag", "kind", "value"), [(274, 3, 0), (274, 2, 1), (283, 2, 8)])
def test_a_page_that_says_nonsense_of_itself_is_kept_as_it_came(tag: int, kind: int, value: int) -> None:
    """Which way is up, or how dense the lines are: what no library has a word for is not lost for that."""
    content = bytearray(tiff(1, tiffinfo={274: 1}))
    first = int.from_bytes(content[4:8], "little") + 2
    (place,) = (at for at in range(first, first + 600, 12) if content[at : at + 2] == tag.to_bytes(2, "little"))
    content[place + 2 : place + 4] = kind.to_bytes(2, "little")
    content[place + 8 : place + 12] = value.to_bytes(4, "little")
    got = received(bytes(content))
    assert got.warnings
    assert got.files[-1].content == bytes(content)


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_lzw"])
def test_every_form_of_fax_page_keeps_its_dots(compression: str) -> None:
    """G3, G4 and others."""
    got = received(tiff(2, compression))
    assert got.pages == 2
    assert dots(got.files[0].content) == [page(1).tobytes(), page(2).tobytes()]


def test_a_page_of_coarse_lines_has_its_right_shape() -> None:
    """At 98 lines to the inch the paper is as long as it was."""
    kept = io.BytesIO()
    page(1, (1728, 1146)).save(kept, "TIFF", compression="group4", dpi=(204, 98))
    with pikepdf.open(io.BytesIO(received(kept.getvalue()).files[0].content)) as opened:
        box = opened.pages[0].mediabox
        assert abs(float(box[3]) / 72 - 1146 / 98) < 0.01
