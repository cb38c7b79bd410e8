"""What the plugin says to people has its English, also where its facts are filled in."""

from importlib.resources import files
from pathlib import Path

import pytest

from budkavle import Invalid, Sentence, Temporary
from budkavle.i18n import say, translations
from budkavle_sms import notifier, provider, receipts
from budkavle_sms.gateways import http_client
from budkavle_sms.messages import phone_numbers, senders
from budkavle_sms.messages.phone_numbers import masked

HERE = Path(str(files("budkavle_sms")))
NUMBER = masked("+46701234512")
SAID = (provider.SENT, provider.SENT_AGAIN, provider.TOO_SOON, provider.TOO_MANY, provider.WRONG, provider.MISSING)
SAID += (provider.NO_TRIES, provider.OVER, provider.NO_PHONE, provider.NEW_CODE, provider.SmsCode.label)
SAID += (receipts.NOT_DELIVERED, notifier.UNSURE, notifier.FAILED)


@pytest.mark.parametrize("sentence", SAID)
def test_a_step_is_said_in_english(sentence: str) -> None:
    """As the page meets it: with the number in it."""
    english = translations("en", {"sms": HERE / "locale"})
    said = say(Sentence(sentence, number=NUMBER), english)
    assert said != sentence.format(number=NUMBER)
    assert (NUMBER in said) is ("{number}" in sentence)


@pytest.mark.parametrize("number", ["", "x", "08-123 456 78", "+1"])
def test_what_is_wrong_with_a_number_is_said_in_english(number: str) -> None:
    """Both halves of the sentence."""
    english = translations("en", {"sms": HERE / "locale"})
    with pytest.raises(Invalid) as told:
        phone_numbers.e164(number)
    said = say(told.value, english)
    assert "Write it as" in said
    assert "Skriv" not in said
    assert "number" in said


@pytest.mark.parametrize("name", ["Håbo kommun", "Å"])
def test_what_is_wrong_with_a_sender_is_said_in_english(name: str) -> None:
    """With the proposal."""
    english = translations("en", {"sms": HERE / "locale"})
    with pytest.raises(Invalid) as told:
        senders.sender(name)
    said = say(told.value, english)
    assert said.startswith("The sender name cannot be used. Phone networks only take")
    assert ("Try HaboKommun." in said) is (name == "Håbo kommun")


def test_a_failure_that_was_stored_is_said_in_english() -> None:
    """Sentence within sentence, as the health page and the list of messages show it."""
    english = translations("en", {"sms": HERE / "locale"})
    reason = Sentence.from_stored(Temporary(http_client.CREDIT, service="46elks", status=403).sentence.to_text())
    stored = Sentence.from_stored(Sentence(provider.NOT_SENT, number=NUMBER, reason=reason).to_text())
    assert stored.startswith(f"SMS:et kunde inte skickas till {NUMBER}: Kontot hos 46elks får inte skicka (svar 403).")
    assert say(stored, english) == (
        f"The text message could not be sent to {NUMBER}: The account at 46elks may not send (answer 403)."
        " Top it up, or check the contract."
    )
