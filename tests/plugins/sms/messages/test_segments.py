import pytest
import smsutil
from aiosmpplib.codec import find_codec_info
from hypothesis import given
from hypothesis import strategies as st

from budkavle_sms.messages.segments import BASIC, EXTENDED, encoded, plain, segments

GSM = BASIC.replace("\x1b", "") + "".join(EXTENDED)
OTHER = "”–ćŁя漢🔒👨‍👩‍👧"


@given(st.text(st.sampled_from(GSM), max_size=400) | st.text(st.sampled_from(GSM + OTHER), max_size=250))
def test_a_text_is_divided_as_others_divide_it(text: str) -> None:
    """Number, encoding and the parts themselves are those of another implementation (smsutil)."""
    ours, theirs = segments(text), smsutil.split(text)
    if not text:
        assert ours.parts == ("",)
        return
    assert {"gsm0338": "GSM-7", "utf_16_be": "UCS-2"}[theirs.encoding] == ours.encoding
    assert [part.content for part in theirs.parts] == list(ours.parts)
    assert "".join(ours.parts) == text


@given(st.text(st.sampled_from(GSM), min_size=1, max_size=300))
def test_the_octets_are_the_alphabets_own(text: str) -> None:
    """Each character has the septet that 3GPP gives it, compared with another implementation (aiosmpplib)."""
    assert encoded(text, "GSM-7") == find_codec_info("gsm0338", None).encode(text)[0]


@pytest.mark.parametrize(
    ("text", "parts", "left"),
    [
        ("å" * 160, 1, 0),
        ("å" * 161, 2, 145),
        ("€" * 80, 1, 0),
        ("é" * 159 + "€", 2, 145),
        ("🔒" * 35, 1, 0),
        ("🔒" * 36, 2, 61),
        ("Hej", 1, 157),
    ],
)
def test_the_limits_are_the_networks(text: str, parts: int, left: int) -> None:
    """160 and 153, 70 and 67; Swedish letters cost one, brackets and the euro two, an emoji two of the short ones."""
    whole = segments(text)
    assert (len(whole.parts), whole.left) == (parts, left)


def test_no_character_is_cut_in_two() -> None:
    """An escape keeps its character, and an emoji both its halves, at the very border of a part."""
    assert segments("a" * 152 + "€" + "a" * 20).parts[0] == "a" * 152
    assert segments("я" * 66 + "🔒" + "я" * 20).parts[0] == "я" * 66


def test_the_sign_that_costs_is_named() -> None:
    """Whoever edits a text is told which sign makes it long."""
    assert segments("Se din e-post – nu").odd == "–"
    assert segments("Åäö {€}").odd == ""


@given(st.text(max_size=60))
def test_any_text_can_be_made_plain(text: str) -> None:
    """What comes out is in the GSM alphabet, and what was in it already is untouched."""
    assert segments(plain(text)).encoding == "GSM-7"
    assert plain(plain(text)) == plain(text)


def test_plain_text_reads_nearly_the_same() -> None:
    """Typographic signs become simple ones; foreign letters lose what the alphabet lacks."""
    assert plain("Łódź “Kommun” – ćäö…") == '?ódz "Kommun" - cäö...'.replace("ó", "o")
