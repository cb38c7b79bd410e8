"""Messages that a browser may send on the socket, with limits for each field, and rate limiting."""

from time import monotonic
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

MOST_CHARACTERS = 60_000
"""Longest message; an offer of audio, camera and screen has about 12,000 characters."""
BURST, RATE = 200.0, 20.0
"""Messages allowed at once, and per second in the long run; joining a full room takes about 60."""

Word = Annotated[str, Meta(max_length=64)]


class State(Struct, frozen=True):
    """A participant's state as others see it.

    Attributes:
        mic: Whether the microphone is on.
        camera: Whether the camera is on.
        hand: Whether the hand is up.
        screen: The id of the stream with the shared screen; empty without.
    """

    mic: bool = False
    camera: bool = False
    hand: bool = False
    screen: Word = ""


class Description(Struct, frozen=True):
    """An offer or an answer."""

    type: Literal["offer", "answer"]
    sdp: Annotated[str, Meta(max_length=50_000)]


class Candidate(Struct, frozen=True, rename="camel"):
    """An ICE candidate: a way to reach the sender."""

    candidate: Annotated[str, Meta(max_length=1_000)] = ""
    sdp_mid: Word | None = msgspec.field(name="sdpMid", default=None)
    sdp_m_line_index: Annotated[int, Meta(ge=0, le=100)] | None = msgspec.field(name="sdpMLineIndex", default=None)
    username_fragment: Annotated[str, Meta(max_length=256)] | None = None


class Saying(Struct, frozen=True, kw_only=True, tag_field="t"):
    """Any message.

    Attributes:
        m: Its number in this page load. The answer `ack` acknowledges it; the rest is sent again on the next
            connection.
    """

    m: Annotated[int, Meta(ge=0)] = 0


class Hello(Struct, frozen=True, tag_field="t", tag="hello"):
    """The first message.

    Attributes:
        ticket: From the page; identifies the participant and the meeting.
        seat: The seat of the tab.
        instance: The id of the page load.
        last: The number of the last signal that this page load has received; None if it has received none.
        chat: The number of the last chat line that it has.
        state: The participant's state.
    """

    ticket: Annotated[str, Meta(max_length=2_000)]
    seat: UUID
    instance: UUID
    state: State
    last: Annotated[int, Meta(ge=0)] | None = None
    chat: Annotated[int, Meta(ge=0)] = 0


class Signal(Saying, frozen=True, tag="signal"):
    """A message from one browser to another to set up their connection.

    Attributes:
        to: The seat of the recipient.
        meant: The recipient's page load, if known; other page loads ignore the signal.
    """

    to: UUID
    meant: UUID | None = None
    description: Description | None = None
    candidates: Annotated[tuple[Candidate, ...], Meta(max_length=60)] = ()


class Tell(Saying, frozen=True, tag="state"):
    """A participant's state has changed."""

    state: State


class Line(Saying, frozen=True, tag="chat"):
    """A line of chat; `key` identifies it, so that it is stored once even if it is sent again."""

    key: UUID
    text: Annotated[str, Meta(min_length=1, max_length=2_000)]


class Lock(Saying, frozen=True, tag="lock"):
    """A host locks or unlocks the room."""

    on: bool


class Mute(Saying, frozen=True, tag="mute"):
    """A host turns off somebody's microphone."""

    to: UUID


class Decide(Saying, frozen=True, tag="decide"):
    """A host decides about somebody: admits, refuses, or removes them from the room."""

    participant: UUID
    what: Literal["admit", "refuse", "remove"]


class Leave(Saying, frozen=True, tag="leave"):
    """The participant leaves."""


class Alive(Saying, frozen=True, tag="alive"):
    """The browser is still there."""


Said: TypeAlias = Hello | Signal | Tell | Line | Lock | Mute | Decide | Leave | Alive
_DECODER: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)


class NotUnderstood(Exception):
    """A message of an unknown kind, invalid, or too long."""


def read(text: str | bytes) -> Said:
    """Parse a message.

    Raises:
        NotUnderstood: It is too long, of an unknown kind, or a field is invalid.
    """
    if len(text) > MOST_CHARACTERS:
        raise NotUnderstood
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise NotUnderstood from error


class Allowance:
    """Rate limit of a sender: a token bucket that fills by `rate` per second up to `burst`."""

    def __init__(self, burst: float = BURST, rate: float = RATE) -> None:
        """Start with a full bucket."""
        self._burst, self._rate = burst, rate
        self._left, self._at = burst, monotonic()

    def take(self) -> bool:
        """Take a token; false if none is left."""
        now = monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
