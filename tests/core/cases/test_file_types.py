"""Names that harm nobody, and files that are what they say."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle.cases import file_types
from budkavle.cases.tokens import words


@pytest.mark.parametrize(
    ("given_name", "cleaned"),
    [
        ("plan.pdf", "plan.pdf"),
        ("C:\\Users\\anna\\plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("faktura\u202efdp.exe", "fakturafdp.exe"),
        ("rad\nbrytning\x00.txt", "radbrytning.txt"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("...", "bilaga"),
        ("/", "bilaga"),
        ('vad?"<a>.txt', "vad___a_.txt"),
        ("A\u030angs\u00f6.txt", "Ångsö.txt"),
    ],
)
def test_names_are_cleaned(given_name, cleaned):
    """Folders, control characters and overrides of direction go; Swedish letters and the ending stay."""
    assert file_types.clean_name(given_name) == cleaned


@given(st.text(max_size=400))
def test_any_name_becomes_a_safe_one(name):
    """Whatever comes, the name is short, not empty, has no separator, and cleaning it again changes nothing."""
    clean = file_types.clean_name(name)
    assert 0 < len(clean) <= file_types.LONGEST_NAME
    assert not set('/\\<>:"|?*') & set(clean)
    assert not any(unicodedata.category(letter) in {"Cc", "Cf"} for letter in clean)
    assert file_types.clean_name(clean) == clean


@pytest.mark.parametrize(
    ("content_type", "start", "fits"),
    [
        ("application/pdf", b"%PDF-1.7", True),
        ("application/pdf", b"\xef\xbb\xbf%PDF-1.7", True),
        ("application/pdf", b"<html>", False),
        ("image/png", b"\x89PNG\r\n\x1a\n", True),
        ("image/png", b"\xff\xd8\xff", False),
        ("text/plain", "Hej på dig".encode(), True),
        ("text/plain", "Hej".encode("utf-16"), True),
        ("text/plain", b"\x00\x01", False),
        ("text/plain", b"MZ-rapporten", True),
        ("application/octet-stream", b"MZ\x90\x00", False),
        ("application/octet-stream", b"whatever", True),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04", True),
        ("application/vnd.oasis.opendocument.text", b"%PDF-", False),
    ],
)
def test_files_are_what_they_say(content_type, start, fits):
    """The first bytes decide; a sentence says what to do where they disagree."""
    sentence = file_types.objection(content_type, start)
    assert (not sentence) == fits
    assert fits or sentence.endswith(".")


@pytest.mark.parametrize(
    ("claimed", "clean"),
    [
        ("Text/HTML; charset=utf-8", "text/html"),
        ("nonsense", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_types_are_cleaned(claimed, clean):
    """Parameters go, nonsense becomes bytes of an unknown kind."""
    assert file_types.clean_type(claimed) == clean


def test_words_are_whole_and_in_pieces():
    """A diarienummer is found whole and by its parts, and case does not matter."""
    assert words("Dnr KS-2026/12", "Å") == {"dnr", "ks-2026/12", "ks", "2026", "12"}
