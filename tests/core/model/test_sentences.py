"""A sentence keeps its key and its facts until somebody reads it."""

import copy
import pickle
from datetime import UTC, datetime

import pytest

from budkavle.i18n import say, translations
from budkavle.model.errors import Permanent, Unavailable
from budkavle.model.receipts import Reason
from budkavle.model.sentences import Sentence

SILENT = "{label} svarade inte inom {seconds} sekunder."
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ENGLISH = translations("en")


def stored(sentence: Sentence) -> Sentence:
    """Return a sentence as a column of text gives it back."""
    return Sentence.from_stored(sentence.to_text())


def test_it_is_its_own_swedish_text() -> None:
    """It may stand wherever a text does."""
    sentence = Sentence(SILENT, label="Fax", seconds=30)
    assert sentence == "Fax svarade inte inom 30 sekunder."
    assert f"{sentence}" == "Fax svarade inte inom 30 sekunder."
    assert not Sentence()


def test_what_was_stored_is_read_in_the_readers_language() -> None:
    """The key is translated, and the facts stand in the translation."""
    sentence = stored(Sentence(SILENT, label="Fax", seconds=30))
    assert say(sentence, translations("sv")) == "Fax svarade inte inom 30 sekunder."
    assert say(sentence, ENGLISH) == "Fax did not answer within 30 seconds."


def test_an_error_keeps_its_facts_however_often_it_is_told_on() -> None:
    """Text, copy, pickle, another error, another kind of exception."""
    error = Unavailable(SILENT, label="Fax", seconds=30)
    for told in (
        str(error),
        error.sentence,
        str(Permanent(str(error))),
        Sentence.of(ValueError(error.sentence)),
        copy.deepcopy(error.sentence),
        pickle.loads(pickle.dumps(error.sentence)),  # noqa: S301 - our own bytes
        stored(error.sentence),
    ):
        assert say(told, ENGLISH) == "Fax did not answer within 30 seconds."


def test_sentences_within_sentences_are_translated() -> None:
    """A fact that is a sentence or an error, also after it was stored, and sentences that follow one another."""
    inner = Unavailable("Försändelsen finns inte.")
    rejected = Sentence("Mottagaren tog inte emot meddelandet: {reason}. Rätta och skicka på nytt.", reason=inner)
    both = stored(Sentence.joined([rejected, "", "Försändelsen finns inte."]))
    assert say(both, ENGLISH) == (
        "The recipient did not accept the message: There is no such delivery.. Correct it and send it again."
        " There is no such delivery."
    )


@pytest.mark.parametrize(
    "words", ["Too big {for} us.", "{", "", '{"message": 1', '{"message": "x"}', '{"message": "a", "facts": {"b": 1}}']
)
def test_anybodys_own_words_stay_as_they_are(words: str) -> None:
    """Braces of a peer's words are no places for facts, and its JSON is no stored sentence."""
    assert stored(Sentence(words)) == words
    assert say(stored(Sentence(words)), ENGLISH) == words
    assert stored(Sentence("{words}", words=words)) == words


@pytest.mark.parametrize(
    "text",
    [
        "Faxet gick inte {1}.",
        '{"message": ',
        '{"message": "klippt',
        "Fel: {orsak}.",
        '{"message": "a", "facts": []}',
        '{"message": "a", "facts": null}',
        '{"message": "a", "facts": {"b": {"message": "c", "facts": 7}}}',
    ],
)
def test_what_was_stored_as_text_before_is_shown_as_it_is(text: str) -> None:
    """Rows from before hold the whole sentence in Swedish."""
    assert Sentence.from_stored(text) == text
    assert say(Sentence.from_stored(text), ENGLISH) == text


def test_a_moment_is_written_in_the_readers_language() -> None:
    """It is stored as a moment."""
    sentence = stored(Sentence("Senast {at}", at=AT))
    assert sentence.facts == {"at": AT}
    assert say(sentence, translations("sv")) == "Senast 2026-03-01 13.00"
    assert say(sentence, ENGLISH).endswith("13:00")


def test_no_column_meets_what_it_cannot_hold() -> None:
    """NUL and bytes that were no text are left out, in the sentence and in its facts."""
    sentence = Sentence("a\0b {words}", words="c\0\udcffd")
    assert "\0" not in sentence.to_text()
    assert "\\u0000" not in sentence.to_text()
    assert stored(sentence) == "ab c?d"
    assert Sentence("a\0b\udcff").to_text() == "ab?"


def test_the_reason_of_a_receipt_keeps_its_facts() -> None:
    """In a JSON document it is an object; without facts the bare text, as rows from before have it."""
    reason = Reason("E1", Sentence(SILENT, label="Fax", seconds=30))
    assert reason.to_json()["text"] == {"message": SILENT, "facts": {"label": "Fax", "seconds": 30}}
    assert say(Reason.from_stored(reason.to_json()).text, ENGLISH) == "Fax did not answer within 30 seconds."
    assert Reason("", "Upptaget.").to_json() == {"code": "", "text": "Upptaget.", "place": "NA"}
    assert Reason.from_stored({"code": "", "text": "Upptaget.", "place": "NA"}) == Reason("", "Upptaget.")


@pytest.mark.parametrize(
    "hostile",
    [
        "{name}",
        "{0}",
        "{name.__class__.__mro__}",
        "{name!r:>9999999}",
        "%s%n%(name)s",
        "{{",
        "}",
        '{"message": "{name}", "facts": {"name": 1}}',
    ],
)
def test_what_others_write_is_never_a_format(hostile: str) -> None:
    """As a fact, and as a whole sentence, it stands there as it was written, also when it has been stored."""
    told = Sentence("Filen {name} togs bort.", name=hostile)
    for sentence in (told, Sentence.from_stored(told.to_text()), Sentence.from_stored(told.to_json())):
        assert sentence == f"Filen {hostile} togs bort."
        assert say(sentence, translations("sv")) == f"Filen {hostile} togs bort."
    assert Sentence(hostile) == hostile
    assert say(Sentence(hostile), ENGLISH) == hostile
