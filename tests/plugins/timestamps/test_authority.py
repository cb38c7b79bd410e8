"""Asking an authority: a good stamp is taken, and whatever else comes fails with a sentence and nothing more."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from rfc3161_client import decode_timestamp_response

from budkavle import Permanent, Temporary
from budkavle_timestamps.authority import LARGEST, Authority
from budkavle_timestamps.settings import StampSettings

TEXT = b"budkavle-log-span-1\nfirst=1\n"


def authority(stamped: Any, tsa: Any, **more: Any) -> Authority:
    return Authority(stamped.host, StampSettings(**{"url": tsa.url, "root": tsa.root, **more}))


@pytest.mark.feature("ZR6")
def test_a_stamp_is_taken_with_its_time_and_its_maker(stamped: Any, tsa: Any) -> None:
    """It is judged at once, and again later without a network."""
    asked = authority(stamped, tsa, policy="1.2.3.4.1")
    stamp = asked.stamp(TEXT)
    assert stamp.authority == "Demons TSA"
    assert abs(stamp.at.timestamp() - time.time()) < 60
    tsa.close()
    asked.judge(stamp.token, TEXT)
    with pytest.raises(Temporary, match="håller inte"):
        asked.judge(stamp.token, TEXT + b" ")


def flipped(reply: bytes) -> bytes:
    return reply[:-5] + bytes([reply[-5] ^ 1]) + reply[-4:]


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "html": (lambda _: b"<html>proxy error</html>", "ingen tidsstämpel"),
    "cut": (lambda reply: reply[:-9], "ingen tidsstämpel"),
    "nothing": (lambda _: b"", "ingen tidsstämpel"),
    "flipped": (flipped, "håller inte"),
    "huge": (lambda reply: reply + b"x" * LARGEST, "för stort"),
}


@pytest.mark.feature("ZR6")
@pytest.mark.parametrize("wrong", BROKEN)
def test_what_is_no_sound_stamp_is_refused(stamped: Any, tsa: Any, wrong: str) -> None:
    """A proxy's page, a reply that is cut, empty, altered or without end."""
    tsa.spoil, said = BROKEN[wrong]
    with pytest.raises(Temporary, match=said):
        authority(stamped, tsa).stamp(TEXT)


@pytest.mark.feature("ZR6")
def test_a_stamp_that_answers_another_question_is_refused(stamped: Any, tsa: Any) -> None:
    """A reply that is played back has the nonce of its own question, also where the text is the same."""
    kept: list[bytes] = []

    def play_back(reply: bytes) -> bytes:
        kept.append(reply)
        return kept[0]

    tsa.spoil = play_back
    assert authority(stamped, tsa).stamp(TEXT).token == kept[0]
    with pytest.raises(Temporary, match="håller inte"):
        authority(stamped, tsa).stamp(TEXT)


@pytest.mark.feature("ZR6")
def test_another_root_and_another_policy_are_refused(stamped: Any, tsa: Any, make_tsa: Callable[[], Any]) -> None:
    """Only what the administrator has chosen is believed."""
    with pytest.raises(Temporary, match="håller inte"):
        authority(stamped, tsa, root=make_tsa().root).stamp(TEXT)
    with pytest.raises(Temporary, match="håller inte"):
        authority(stamped, tsa, policy="1.2.3.4.2").stamp(TEXT)
    with pytest.raises(Permanent, match="Rotcertifikatet"):
        authority(stamped, tsa, root="-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n").stamp(TEXT)


@pytest.mark.feature("ZR6")
def test_an_authority_that_is_away_slow_or_unwilling_is_said_so(stamped: Any, tsa: Any) -> None:
    """Nobody waits longer than the setting, also where a byte comes now and then."""
    tsa.kind = "text/html"
    with pytest.raises(Temporary, match="proxy"):
        authority(stamped, tsa).stamp(TEXT)
    tsa.kind, tsa.status = "application/timestamp-reply", 503
    with pytest.raises(Temporary, match="felkod 503"):
        authority(stamped, tsa).stamp(TEXT)
    tsa.status, tsa.pause = 200, 0.2
    began = time.monotonic()
    with pytest.raises(Temporary, match="långsamt"):
        authority(stamped, tsa).stamp(TEXT, seconds=1.0)
    assert time.monotonic() - began < 10
    tsa.close()
    with pytest.raises(Temporary, match="svarar inte"):
        authority(stamped, tsa).stamp(TEXT)


@pytest.mark.feature("ZR6")
def test_an_address_inside_is_never_asked(stamped: Any, tsa: Any) -> None:
    """What an organisation types leads nowhere inside; the reply of openssl is what it should be."""
    assert decode_timestamp_response(authority(stamped, tsa).stamp(TEXT).token).status == 0
    asked = tsa.asked
    with pytest.raises(Temporary):
        authority(stamped, tsa, url="http://169.254.169.254/tsa").stamp(TEXT)
    assert tsa.asked == asked
