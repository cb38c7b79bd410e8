import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle_sms.messages.segments import segments
from budkavle_sms.texts import code_text

HOST = "sakert.habo.se"


@pytest.mark.feature("A7")
def test_a_code_says_who_and_how_long_and_nothing_of_any_message() -> None:
    """And its last line lets a browser offer the code at our own host only."""
    text = code_text("Håbo kommun", "012345", HOST, "sv")
    assert text == (
        "Håbo kommun: koden är 012345. Den gäller i 10 minuter. Lämna aldrig ut den.\n\n@sakert.habo.se #012345"
    )
    assert "valid for 10 minutes" in code_text("Håbo kommun", "012345", HOST, "en")


@given(st.text(min_size=1, max_size=200), st.sampled_from(["sv", "en"]), st.integers(0, 60))
def test_a_code_is_one_sms_whatever_the_organisation_is_called(name: str, language: str, length: int) -> None:
    """In the GSM alphabet, with the code in it; where the line for the browser is there, it is whole and the last."""
    text = code_text(name, "123456", f"{'x' * length}.se", language)
    whole = segments(text)
    assert (len(whole.parts), whole.encoding) == (1, "GSM-7")
    assert "123456" in text.splitlines()[0] or "123456" in text
    if "@" in text.rpartition("\n")[2] and "#" in text.rpartition("\n")[2] and length:
        assert re.fullmatch(r"@x+\.se #123456", text.rpartition("\n")[2]) or "@" in name


@pytest.mark.parametrize("url", ["http://127.0.0.1:8420", "http://localhost:8420", "https://[::1]/"])
def test_no_line_for_the_browser_where_the_host_has_no_name(url: str) -> None:
    """Such a line would bind the code to nothing."""
    assert "@" not in code_text("Håbo kommun", "123456", urlsplit(url).hostname or "", "sv")
