"""The socket of the room: who sits down, what reaches whom, and what is refused."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from litestar.exceptions import WebSocketDisconnect
from tests.docs.api_fields import check_fields

from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_meetings.booking.meetings import NewMeeting, cancel_meeting, create_meeting
from budkavle_meetings.booking.times import Schedule
from budkavle_meetings.lobby.admission import refuse
from budkavle_meetings.room import seats, socket, tickets
from budkavle_meetings.room.messages import BURST, MOST_CHARACTERS
from budkavle_meetings.room.tickets import Ticket

STATE = {"mic": False, "camera": True, "hand": False, "screen": ""}
OFFER = {"type": "offer", "sdp": "v=0"}


def ends(talker: Any, tries: int = 300) -> int:
    """Return the code that the socket is closed with."""
    for _ in range(tries):
        try:
            talker.socket.receive_text(timeout=10)
        except WebSocketDisconnect as closed:
            return closed.code
    raise AssertionError("it stays open")


def hears_no_signal(talker: Any, told: str) -> None:
    """A chat line that was written later comes, and no signal before it."""
    for _ in range(60):
        message = json.loads(talker.socket.receive_text(timeout=10))
        assert message["t"] != "signal", message
        if message["t"] == "chat" and message["lines"][-1]["text"] == told:
            return
    raise AssertionError("no line came")


def test_two_sit_down_and_signal(room: Any) -> None:
    """A signal reaches the seat that it is for, with its number, and says which page load it comes from."""
    anna, bo = room.lead(), room.guest("Bo")
    check_fields("Welcome", anna.hear("in"), bo.hear("in"))
    view = bo.sees(room.leader.name, "Bo")
    assert [(one["method"], one["loa"]) for one in view["people"] if one["name"] == "Bo"] == [("BankID", 3)]
    bo.say("signal", to=anna.seat, description=OFFER, candidates=[{"candidate": "c", "sdpMid": "0"}])
    heard = anna.hear("signal")
    check_fields("Signal", {**heard, "description": None, "candidates": []})
    assert (heard["n"], heard["from"], heard["instance"]) == (1, str(bo.seat), str(bo.instance))
    assert heard["description"] == OFFER
    assert heard["candidates"][0]["sdpMid"] == "0"


def test_signals_stay_in_their_meeting(
    room: Any, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: Any
) -> None:
    """A seat of another meeting gets nothing, even of the same organisation."""
    start = datetime.now(UTC) - timedelta(minutes=1)
    new = NewMeeting(mailbox.id, "room", "Annat", "", Schedule(start, start + timedelta(hours=1)))
    first = room.meeting
    anna = room.lead()
    room.meeting = in_work(organisation.platform, case_worker, lambda work: create_meeting(room.host, work, new))
    eve = room.guest("Eve")
    eve.hear("in")
    eve.say("signal", to=anna.seat, description=OFFER)
    eve.say("chat", text="klart")
    eve.hear("chat")
    room.meeting = first
    anna.say("chat", text="inget hördes")
    hears_no_signal(anna, "inget hördes")


def test_a_foreign_page_gets_no_socket(room: Any) -> None:
    """Only pages of ours may open it; a script of another site, or none, is shown the door."""
    ticket = room.guest("Bo").ticket
    for origin in ("https://ond.example", ""):
        with pytest.raises(WebSocketDisconnect):
            room.dial(ticket, origin)


@pytest.mark.feature("ZS1")
def test_a_stranger_gets_no_socket(room: Any) -> None:
    """The server keeps up to 64 MB of a message until it is whole, so nobody sends one without a ticket of ours."""
    ticket = room.guest("Bo").ticket
    for shown in ("", "x.y", f"{uuid4()}.{ticket.partition('.')[2]}", f"{ticket[:-6]}AAAAAA"):
        with pytest.raises(WebSocketDisconnect):
            room.dial(shown)


@pytest.mark.parametrize("fault", ["too old", "in the lobby", "refused"])
def test_no_seat_without_a_ticket_of_somebody_admitted(room: Any, fault: str) -> None:
    """The ticket is sealed for one participant of one meeting, and admission is asked anew."""
    bo = room.guest("Bo")
    bo.hear("in")
    participant = bo.participant
    late = Ticket(room.organisation.id, room.meeting.id, participant.id, datetime.now(UTC) - timedelta(seconds=1))
    if fault == "in the lobby":
        participant = room.waits("Carin")
    if fault == "refused":
        room.do(refuse, participant)
    bo.ticket = tickets.make(room.host, late) if fault == "too old" else room.ticket(participant)
    bo.seat = uuid4()
    room.connect(bo)
    expected = "removed" if fault in ("in the lobby", "refused") else "stranger"
    assert bo.hear("out")["why"] == expected


def test_nobody_takes_anothers_seat(room: Any) -> None:
    """Whoever knows the id of a seat, as all in the room do, gets neither it nor its signals."""
    anna, bo = room.lead(), room.guest("Bo")
    bo.hear("in")
    bo.seat, bo.instance = anna.seat, uuid4()
    room.connect(bo)
    assert bo.hear("out")["why"] == "stranger"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("lock", {"on": True}),
        ("mute", {"to": str(uuid4())}),
        ("decide", {"participant": str(uuid4()), "what": "admit"}),
        ("sing", {}),
        ("chat", {"text": "x" * 2_001}),
        ("signal", {"to": str(uuid4()), "description": {"type": "rollback", "sdp": ""}}),
        ("signal", {"to": str(uuid4()), "description": {"type": "offer", "sdp": "x" * MOST_CHARACTERS}}),
        ("signal", {"to": "anna", "description": OFFER}),
        ("hello", {}),
    ],
)
def test_what_no_page_says_ends_the_socket(room: Any, kind: str, more: dict[str, Any]) -> None:
    """A guest decides nothing, and messages of another kind, form or size than the page's are not taken."""
    bo = room.guest("Bo")
    bo.hear("in")
    bo.say(kind, **more)
    assert ends(bo) == 1008


def test_whoever_talks_without_end_is_cut_off(room: Any) -> None:
    """A browser may say some two hundred things at once, and no more."""
    bo = room.guest("Bo")
    bo.hear("in")
    for _ in range(int(BURST) + 20):
        bo.say("alive")
    assert ends(bo) == 1008


def test_whoever_never_says_hello_is_let_go(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket on which nothing is said is closed after a while."""
    monkeypatch.setattr(socket, "HELLO_SECONDS", 0.2)
    silent = room.dial(room.guest("Bo").ticket)
    with pytest.raises(WebSocketDisconnect) as closed:
        silent.receive_text(timeout=10)
    assert closed.value.code == socket.POLICY


def test_a_seventh_is_told_that_the_room_is_full(room: Any) -> None:
    """Six sit; a seventh is refused in plain words, until somebody leaves."""
    sitting = [room.lead(), *(room.guest(name) for name in ("Bo", "Carin", "David", "Eva", "Fia"))]
    for talker in sitting:
        talker.hear("in")
    gustav = room.guest("Gustav")
    assert gustav.hear("out")["why"] == "full"
    sitting[1].say("leave")
    sitting[0].hear("room")
    while len(sitting[0].hear("room")["people"]) > seats.MOST_SEATS - 1:
        pass
    assert room.connect(gustav).hear("in")["last"] == 0


def test_a_locked_room_takes_back_whoever_was_in(room: Any) -> None:
    """Nobody new comes in; whoever loses the connection sits down again."""
    anna, bo = room.lead(), room.guest("Bo")
    bo.hear("in")
    anna.say("lock", on=True)
    while not bo.hear("room")["locked"]:
        pass
    assert room.guest("Carin").hear("out")["why"] == "locked"
    assert room.connect(bo).hear("in")


def test_a_page_that_is_loaded_anew_hears_nothing_old(room: Any) -> None:
    """A new socket of the same load gets what it missed; a new load begins after the newest signal."""
    anna, bo = room.lead(), room.guest("Bo")
    anna.hear("in")
    bo.sees(room.leader.name, "Bo")
    bo.say("signal", to=anna.seat, description=OFFER)
    anna.hear("signal", n=1)
    anna.socket.close()
    bo.say("signal", to=anna.seat, description={"type": "offer", "sdp": "missed"})
    bo.say("chat", text="sparat")
    bo.hear("chat")
    room.connect(anna)
    assert anna.hear("in")["last"] == 1
    assert anna.hear("signal")["description"]["sdp"] == "missed"
    anna.socket.close()
    anna.instance, anna.last = uuid4(), None
    room.connect(anna)
    assert anna.hear("in")["last"] == 2
    bo.say("signal", to=anna.seat, description={"type": "offer", "sdp": "new"})
    assert anna.hear("signal")["description"]["sdp"] == "new"


def test_a_second_tab_with_the_same_seat_takes_over(room: Any) -> None:
    """A tab that was duplicated has the same seat; the older one is told where the meeting is."""
    bo = room.guest("Bo")
    bo.hear("in")
    older, bo.instance = bo.socket, uuid4()
    room.connect(bo).hear("in")
    bo.socket, newer = older, bo.socket
    assert bo.hear("out")["why"] == "elsewhere"
    bo.socket = newer
    bo.say("chat", text="här")
    said = bo.hear("chat")
    check_fields("Chat", said)
    assert said["lines"][0]["text"] == "här"


def test_the_host_lets_in_mutes_and_removes(room: Any) -> None:
    """Only the host sees the lobby, and decides; who is removed comes back no more."""
    anna, bo = room.lead(), room.guest("Bo")
    bo.hear("in")
    carin = room.waits("Carin")
    waiting: list[Any] = []
    led: dict[str, Any] = {}
    while not waiting:
        led = anna.hear("room")
        waiting = led["waiting"]
    assert (waiting[0]["name"], waiting[0]["method"], waiting[0]["loa"]) == ("Carin", "BankID", 3)
    seen = bo.hear("room")
    assert seen["waiting"] == []
    assert not any("participant" in one for one in seen["people"])
    check_fields("Room", {**led, "waiting": waiting})
    anna.say("decide", participant=carin.id, what="admit")
    while anna.hear("room")["waiting"]:
        pass
    anna.say("mute", to=bo.seat)
    bo.hear("mute")
    anna.say("decide", participant=bo.participant.id, what="remove")
    assert bo.hear("out")["why"] == "removed"
    room.connect(bo)
    assert bo.hear("out")["why"] == "removed"


def test_a_signal_of_somebody_removed_goes_nowhere(room: Any) -> None:
    """The seat is gone at once, also for a socket that is still open."""
    anna, bo = room.lead(), room.guest("Bo")
    bo.sees(room.leader.name, "Bo")
    view = anna.sees(room.leader.name, "Bo")
    mine = next(one for one in view["people"] if one["name"] == "Bo")
    seat = seats.Seat(room.organisation.id, room.meeting.id, bo.participant.id, bo.seat, bo.instance)
    seats.remove(room.host, seat, bo.participant.id)
    seats.send_signal(room.host, seat, anna.seat, b'{"t":"signal"}')
    anna.say("chat", text="tyst")
    hears_no_signal(anna, "tyst")
    assert mine["seat"] == str(bo.seat)


def test_everybody_is_out_when_the_meeting_is_cancelled(room: Any) -> None:
    """A room ends with its meeting."""
    anna = room.lead()
    anna.hear("in")
    room.do(cancel_meeting, room.meeting, by=room.leader)
    assert anna.hear("out")["why"] == "ended"


def test_the_chat_lies_sealed_and_reaches_latecomers(room: Any) -> None:
    """What is written is nowhere in clear, neither in the chat nor among the signals."""
    anna = room.lead()
    anna.hear("in")
    anna.say("chat", text="Planen ligger i Filer")
    assert anna.hear("chat")["lines"][0]["mine"] is True
    bo = room.guest("Bo")
    heard = bo.hear("chat")["lines"][0]
    assert (heard["name"], heard["text"], heard["mine"]) == (room.leader.name, "Planen ligger i Filer", False)
    bo.say("signal", to=anna.seat, description={"type": "offer", "sdp": "192.0.2.1"})
    anna.hear("signal")
    chat, signals = "SELECT sealed FROM meetings_chat", "SELECT sealed FROM meetings_signals"
    assert b"Planen" not in bytes(room.organisation.rows(chat)[0].sealed)
    assert b"192.0.2.1" not in bytes(room.organisation.rows(signals)[0].sealed)


def test_what_is_said_twice_is_written_once(room: Any) -> None:
    """A browser whose line broke says again what no answer came for; the answer tells how far it has come."""
    anna = room.lead()
    key = uuid4()
    for number in (7, 8):
        anna.say("chat", text="en gång", key=key, m=number)
    anna.say("chat", text="slut", m=9)
    texts: list[str] = []
    while "slut" not in texts:
        texts += [line["text"] for line in anna.hear("chat")["lines"]]
    assert texts == ["en gång", "slut"]
    anna.say("state", state=STATE, m=10)
    anna.hear("ack", m=10)
