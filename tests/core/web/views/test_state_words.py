"""What each state of a delivery is called where nothing is known of how it travels."""

from dataclasses import replace

import pytest

from budkavle.model.states import DeliveryState
from budkavle.plugins.protocols.transport import FactWords, StateWords
from budkavle.web.views.delivery_status import MEANINGS, Meaning, meaning, step

D = DeliveryState
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
