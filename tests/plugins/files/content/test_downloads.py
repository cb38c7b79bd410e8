"""Downloads of a file, of a part of it, and of several as a ZIP."""

import io
import zipfile
from collections.abc import Callable
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plugins.files.conftest import Files

from budkavle.model.loa import Loa
from budkavle.testing import SampleOrganisation
from budkavle.testing.browsing import Browser
from budkavle_files.content.downloads import read_range
from budkavle_files.tree.things import AccessRole, Entry

CONTENT = bytes(range(256)) * 1000
Browse = Callable[..., Browser]


@pytest.fixture
def anna(organisation: SampleOrganisation) -> object:
    return organisation.case_worker


@pytest.fixture
def catalogue(files: Files, anna: object) -> Entry:
    return files.catalogue(anna, "Kartor")


@pytest.fixture
def file(files: Files, anna: object, catalogue: Entry) -> Entry:
    return files.file(anna, catalogue, 'å "karta";\u202e.pdf', CONTENT)


def test_a_file_is_given_under_its_name_and_never_as_a_page(
    browse: Browse, anna: object, file: Entry, files: Files
) -> None:
    """Whole, with its length; the name cannot break out of its header, and the log says who had it."""
    answer = browse(anna).get(f"/plugin/files/{file.id}/content")
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["content-disposition"] == ("attachment; filename*=UTF-8''%C3%A5%20%22karta%22%3B.pdf")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert files.rows("SELECT number FROM files_readings") == [(1,)]


RANGES: list[tuple[str, int, int, int]] = [
    ("bytes=0-0", 206, 0, 1),
    ("bytes=100000-", 206, 100_000, len(CONTENT)),
    ("bytes=65535-65537", 206, 65_535, 65_538),
    ("bytes=-5", 206, len(CONTENT) - 5, len(CONTENT)),
    ("bytes=5-99999999999", 206, 5, len(CONTENT)),
    ("bytes=1-0", 200, 0, len(CONTENT)),
    ("bytes=0-1,5-6", 200, 0, len(CONTENT)),
]


def test_a_part_is_given(browse: Browse, anna: object, file: Entry) -> None:
    """A download goes on where it broke off."""
    for asked, status, start, stop in RANGES:
        answer = browse(anna).get(f"/plugin/files/{file.id}/content", range=asked)
        assert (answer.status_code, answer.content) == (status, CONTENT[start:stop]), asked
        if status == 206:
            assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}", asked


def test_a_part_of_another_version_or_beyond_the_end_is_not_given(browse: Browse, anna: object, file: Entry) -> None:
    """If-Range of another version gives the whole; a part after the end is refused."""
    page = browse(anna)
    path = f"/plugin/files/{file.id}/content"
    tag = page.get(path).headers["etag"]
    assert page.get(path, range="bytes=5-", **{"if-range": tag}).status_code == 206
    assert page.get(path, range="bytes=5-", **{"if-range": '"other"'}).status_code == 200
    answer = page.get(path, range=f"bytes={len(CONTENT)}-")
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(CONTENT)}")


@given(st.text(max_size=30) | st.from_regex(r"bytes=\d{0,4}-\d{0,4}", fullmatch=True), st.integers(0, 3000))
def test_any_range_is_within_the_file_or_refused(asked: str, size: int) -> None:
    """Whatever the header says, bytes of the file come, or none."""
    span = read_range(asked, size)
    if span is not None:
        start, stop = span
        assert start >= size or 0 <= start < stop <= size


def test_who_may_not_read_gets_nothing(
    browse: Browse,
    files: Files,
    anna: object,
    file: Entry,
    catalogue: Entry,
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
) -> None:
    """Others find nothing, by the address or in a ZIP; a reader opens; a level that is asked for holds."""
    other = organisation.administrator
    for who in (other, other_organisation.case_worker):
        assert browse(who).get(f"/plugin/files/{file.id}/content").status_code == 404
        assert browse(who).get(f"/plugin/files/zip?id={file.id}").status_code == 404
    files.share(anna, catalogue, other, AccessRole.READER)
    assert browse(other).get(f"/plugin/files/{file.id}/content").status_code == 200
    assert browse(other).get(f"/plugin/files/{catalogue.id}/content").status_code == 404
    assert browse(other).get(f"/plugin/files/{uuid4()}/content").status_code == 404
    files.do(anna, _ask_for_level, catalogue)
    for path in (f"/plugin/files/{file.id}/content",):
        answer = browse(anna, loa=Loa.TWO).get(path)
        assert (answer.status_code, CONTENT[:99] in answer.content) == (303, False)
    assert browse(anna, loa=Loa.TWO).get(f"/plugin/files/zip?id={catalogue.id}").status_code == 303
    assert browse(anna, loa=Loa.THREE).get(f"/plugin/files/{file.id}/content").status_code == 200


def _ask_for_level(host: object, work: object, catalogue: Entry) -> None:
    from sqlalchemy import update

    from budkavle_files.tables import entries

    with host.tables(work) as connection:  # type: ignore[attr-defined]
        connection.execute(update(entries).where(entries.c.id == catalogue.id).values(loa=3))


def test_ticks_come_as_one_zip(browse: Browse, files: Files, anna: object, catalogue: Entry, file: Entry) -> None:
    """Files, and catalogues with all that lies in them; names that would lead elsewhere are made harmless."""
    deep = files.catalogue(anna, "Resor", catalogue)
    files.file(anna, deep, "a.txt", b"one")
    files.file(anna, deep, "c:d.txt", b"two")
    answer = browse(anna).get(f"/plugin/files/zip?id={deep.id}&id={file.id}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == {
            "Resor/a.txt": b"one",
            "Resor/c_d.txt": b"two",
            "å _karta_;.pdf": CONTENT,
        }
    assert browse(anna).get("/plugin/files/zip").status_code == 422
