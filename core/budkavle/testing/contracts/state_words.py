"""What the core requires of a transport's own words for states: a part of `TransportContract`.

It runs if the transport implements `SaysStates`.
"""

from budkavle.model.states import DeliveryState
from budkavle.plugins.protocols.transport import SaysStates, StateWords, Transport


class StateWordsContract:
    """See the module."""

    def test_its_words_for_states_can_be_shown(self, transport: Transport) -> None:
        """They belong to existing states, and are whole sentences without placeholders."""
        words = transport.state_words if isinstance(transport, SaysStates) else {}
        for state, state_words in words.items():
            assert isinstance(state, DeliveryState)
            assert isinstance(state_words, StateWords)
            assert all(text.endswith(".") for text in (state_words.sentence, state_words.remedy) if text)
            assert not any("{" in text for text in (state_words.word, state_words.sentence, state_words.remedy))
