"""What each state of a delivery is called where nothing is known of how it travels."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from budkavle.cases.inbox import SentTo
from budkavle.model.messages import Address
from budkavle.model.states import DeliveryState
from budkavle.plugins.protocols.transport import FactWords, StateWords
from budkavle.web.views.delivery_status import MEANINGS, Meaning, meaning, standing, step

D = DeliveryState
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
TECHNICAL = ("accesspunkt", "kvitter", "fax", "sdk", "nätet", "domibus")


@pytest.mark.feature("Z4")
@pytest.mark.parametrize("state", list(DeliveryState))
def test_the_cores_own_words_fit_every_transport(state: DeliveryState) -> None:
    """They say whose turn it is and what is known, and nothing of access points or of somebody who acknowledges."""
    shown = meaning(state)
    said = f"{shown.sentence} {shown.remedy} {shown.turn}".lower()
    assert shown.sentence
    assert not [word for word in TECHNICAL if word in said]


@pytest.mark.feature("Z4")
def test_a_transport_changes_the_words_and_not_what_they_look_like() -> None:
    """What it leaves empty is the core's; the colour and the icon stay, so that a state looks the same everywhere."""
    plain = MEANINGS[DeliveryState.ACKNOWLEDGED]
    own = {DeliveryState.ACKNOWLEDGED: StateWords(sentence="Duvan har landat.")}
    assert meaning(DeliveryState.ACKNOWLEDGED, own) == replace(plain, sentence="Duvan har landat.")
    assert meaning(DeliveryState.REJECTED, own) == MEANINGS[DeliveryState.REJECTED]


@pytest.mark.feature("Z4")
def test_nobody_is_waited_for_where_nothing_more_will_be_said() -> None:
    """A delivery that its transport hears no more of is nobody's turn."""
    own = {DeliveryState.WAITING_FOR_RECEIPT: StateWords("Lämnat", "Duvan flyger.", final=True)}
    shown = meaning(DeliveryState.WAITING_FOR_RECEIPT, own)
    assert (shown.kind, shown.turn) == ("info", "Inget mer behöver göras.")


@pytest.mark.feature("Z4")
def test_each_state_says_whose_turn_it_is() -> None:
    """Ours where it went wrong, with what to do; the recipient's where an answer is waited for; else nobody's."""
    bad = {D.REJECTED, D.SEND_FAILURE, D.NOT_FOUND}
    assert {state for state in D if meaning(state).turn == "Läs vad som har hänt och åtgärda det."} == bad
    assert all(meaning(state).remedy for state in bad)
    theirs = "Mottagaren ska svara. Du behöver bara vänta."
    assert [state for state in D if meaning(state).turn == theirs] == [D.WAITING_FOR_RECEIPT]
    assert meaning(D.SEND_ENQUEUED).turn == "Sköts automatiskt."
    assert meaning(D.ACKNOWLEDGED).turn == "Inget mer behöver göras."


@pytest.mark.feature("S1", "S2", "S27", "M12", "M13")
@pytest.mark.parametrize(
    ("became", "word", "icon"),
    [
        ({}, "Skickat, inte öppnat", "letter"),
        ({"notified_at": AT}, "Notis skickad, inte öppnat", "bell"),
        ({"ended": "UNNOTIFIED"}, "Skickat utan notis, inte öppnat", "bell-off"),
        ({"notified_at": AT, "opened_at": AT}, "Öppnat", "envelope-open"),
        ({"notified_at": AT, "opened_at": AT, "answered_at": AT}, "Besvarat", "reply"),
        ({"state": D.RECALLED, "opened_at": AT}, "Återkallat", "recall"),
    ],
)
def test_a_secure_message_shows_how_far_its_reader_has_come(became: dict[str, Any], word: str, icon: str) -> None:
    """Each step has its own word and icon: arrived, with notice or without, opened, answered, recalled."""
    waits: dict[str, Any] = {"state": D.WAITING_FOR_RECEIPT}
    shown = standing(SentTo(uuid4(), Address("local", "karin"), **{**waits, **became}), secure=True)
    assert (shown.word, shown.icon) == (word, icon)
    other = standing(SentTo(uuid4(), Address("fax", "+4636"), **{**waits, **became}), secure=False)
    assert other == meaning(became.get("state", D.WAITING_FOR_RECEIPT)), (
        "what is no secure message is told by its state"
    )


@pytest.mark.feature("S1", "S2")
def test_a_secure_messages_notice_is_a_step() -> None:
    """Its timeline says that it was sent, and whether its reader was told; another's says what the state means."""
    told = [step(word, secure=True).word for word in ("WAITING_FOR_RECEIPT", "NOTIFIED", "UNNOTIFIED")]
    assert told == ["Skickat till mottagaren", "Notis skickad", "Skickat utan notis"]
    assert step("WAITING_FOR_RECEIPT", secure=False).word == "Väntar på kvittens"


def test_a_fact_of_a_plugin_is_shown_in_the_plugins_words() -> None:
    """Where the plugin is off, nobody knows what it meant."""
    seen = {"SEEN": FactWords("Någon såg duvan", "Duva sedd", "Duvan är på väg.", "wait", "eye")}
    assert step("SEEN", secure=True, plugin_facts=seen) == Meaning("Duva sedd", "wait", "eye", "Duvan är på väg.")
    assert step("SEEN", secure=True).word == "Okänt"


def test_states_are_told_apart_by_their_icons() -> None:
    """Who does not see colours tells what waits from what has arrived, failed, was recalled or is gone."""
    apart = (D.READY_TO_SEND, D.WAITING_FOR_RETRY, D.ACKNOWLEDGED, D.ACKNOWLEDGED_WITH_WARNING, D.REJECTED, D.RECALLED)
    apart += (D.NOT_FOUND, D.DELETED)
    icons = [MEANINGS[state].icon for state in apart]
    assert len(set(icons)) == len(icons)
    by_kind = {kind: {one.icon for one in MEANINGS.values() if one.kind == kind} for kind in ("ok", "bad", "plain")}
    assert not by_kind["bad"] & (by_kind["ok"] | by_kind["plain"])
