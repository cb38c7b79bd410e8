"""The socket of the room: who sits down, what reaches whom, and what is refused."""

from typing import Any


def test_two_sit_down_and_signal(room: Any) -> None:
    """A signal reaches the seat that it is for, with its number, and says which page load it comes from."""
    anna, bo = room.lead(), room.guest("Bo")
    assert anna.hear("in")["host"] is True
    assert bo.hear("in")["host"] is False
    bo.sees(room.leader.name, "Bo")
    bo.say("signal", to=anna.seat, description={"type": "offer", "sdp": "v=0"})
    heard = anna.hear("signal")
    assert (heard["n"], heard["from"], heard["instance"]) == (1, str(bo.seat), str(bo.instance))
    assert heard["description"] == {"type": "offer", "sdp": "v=0"}
