"""What a browser may say on the socket, with the limits of each field, and how often it may speak."""

from time import monotonic
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

MOST_CHARACTERS = 60_000
"""Of one message; an offer of audio, camera and screen has some 12,000."""
BURST, RATE = 200.0, 20.0
"""So many messages at once, and so many a second in the long run: a newcomer to a full room sends some 60."""

Word = Annotated[str, Meta(max_length=64)]


class State(Struct, frozen=True):
    """What others are told of somebody.

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
    """A way to reach the sender."""

    candidate: Annotated[str, Meta(max_length=1_000)] = ""
    sdp_mid: Word | None = msgspec.field(name="sdpMid", default=None)
    sdp_m_line_index: Annotated[int, Meta(ge=0, le=100)] | None = msgspec.field(name="sdpMLineIndex", default=None)
    username_fragment: Annotated[str, Meta(max_length=256)] | None = None


class Saying(Struct, frozen=True, kw_only=True, tag_field="t"):
    """Any message.

    Attributes:
        m: Its number in this page load; the answer `ack` tells what has been done, and the rest is said again on the
            next line.
    """

    m: Annotated[int, Meta(ge=0)] = 0


class Hello(Struct, frozen=True, tag_field="t", tag="hello"):
    """The first message.

    Attributes:
        ticket: From the page: who this is, and for which meeting.
        seat: The tab's.
        instance: The page load's.
        last: The number of the last signal that this page load has seen; None for one that has seen none.
        chat: The number of the last line of chat that it has.
        state: As above.
    """

    ticket: Annotated[str, Meta(max_length=2_000)]
    seat: UUID
    instance: UUID
    state: State
    last: Annotated[int, Meta(ge=0)] | None = None
    chat: Annotated[int, Meta(ge=0)] = 0


class Signal(Saying, frozen=True, tag="signal"):
    """What one browser says to another so that they find each other.

    Attributes:
        to: The other's seat.
        meant: The other's page load, where it is known; another load passes the signal over.
    """

    to: UUID
    meant: UUID | None = None
    description: Description | None = None
    candidates: Annotated[tuple[Candidate, ...], Meta(max_length=60)] = ()


class Tell(Saying, frozen=True, tag="state"):
    """Somebody's state has changed."""

    state: State


class Line(Saying, frozen=True, tag="chat"):
    """A line of chat; `key` is its own, so that it is written once however often it is said."""

    key: UUID
    text: Annotated[str, Meta(min_length=1, max_length=2_000)]


class Lock(Saying, frozen=True, tag="lock"):
    """The organiser locks the room or opens it."""

    on: bool


class Mute(Saying, frozen=True, tag="mute"):
    """The organiser has somebody's microphone turned off."""

    to: UUID


class Decide(Saying, frozen=True, tag="decide"):
    """The organiser decides about somebody: lets in, sends away, or takes out of the room."""

    participant: UUID
    what: Literal["admit", "refuse", "remove"]


class Leave(Saying, frozen=True, tag="leave"):
    """The person leaves."""


class Alive(Saying, frozen=True, tag="alive"):
    """The browser is still there."""


Said: TypeAlias = Hello | Signal | Tell | Line | Lock | Mute | Decide | Leave | Alive
_DECODER: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)


class NotUnderstood(Exception):
    """A message that is none of these, or too long."""


def read(text: str | bytes) -> Said:
    """Return what a message says.

    Raises:
        NotUnderstood: It is too long, of an unknown kind, or a field is not what it must be.
    """
    if len(text) > MOST_CHARACTERS:
        raise NotUnderstood
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise NotUnderstood from error


class Allowance:
    """How much more somebody may say: a bucket that fills by `rate` a second up to `burst`."""

    def __init__(self, burst: float = BURST, rate: float = RATE) -> None:
        """Begin with a full one."""
        self._burst, self._rate = burst, rate
        self._left, self._at = burst, monotonic()

    def take(self) -> bool:
        """Take one; false where none is left."""
        now = monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
