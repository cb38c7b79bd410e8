"""Sentences for people: a translation key with its facts, put into the reader's language when it is read."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self, TypeAlias, cast

from budkavle.model.times import fill

StoredSentence: TypeAlias = str | Mapping[str, Any]
"""A sentence as JSON has it: a text, or an object of `message` and `facts`."""
_MESSAGE, _FACTS, _AT = "message", "facts", "at"
_MARK = f'{{"{_MESSAGE}": '
"""How the JSON text of a sentence with facts begins."""


class Sentence(str):
    """A sentence for a person: a translation key, and the facts that stand in it.

    As a `str` it is the Swedish sentence with its facts filled in, so it may stand wherever a text does. Store it by
    `to_text` or `to_json`, and pages show it in the reader's language; a copy as plain text (an f-string, `+`, `strip`)
    stays Swedish. The facts are stored as they are: no more of a person than the sentence itself may say.

    Args:
        message: The sentence in Swedish, the key of its translation, with `{name}` where a fact goes in. Without facts
            it may be anybody's words, and hold braces.
        facts: By name. A number, a moment or a `Sentence` (or an error) is written in the reader's language; what else
            there is becomes text.

    Example:
        raise Permanent("Faxnumret {number} används inte.", number=number)  # an error is one
        return [Fault("attachments", Sentence("{name} är för stor.", name=file.file_name))]
    """

    __slots__ = ("facts", "message")

    message: str
    facts: dict[str, object]

    def __new__(cls, message: str = "", /, **facts: object) -> Self:
        """Make one; of one that is there it is the same, with more facts."""
        if isinstance(message, Sentence):
            if not facts:
                return cast("Self", message)
            facts = {**message.facts, **facts}
            message = message.message
        values = {name: _as_fact(fact) for name, fact in facts.items()}
        sentence = super().__new__(cls, fill(message, values))
        sentence.message, sentence.facts = message, values
        return sentence

    @classmethod
    def of(cls, error: BaseException) -> "Sentence":
        """Return the sentence that an error says, with its facts where it was raised with a `Sentence`."""
        first = error.args[0] if error.args else None
        # `str` of a `BudkavleError` has its facts; of another exception it is a plain copy.
        return first if isinstance(first, Sentence) and not hasattr(error, "facts") else cls(str(error))

    @classmethod
    def joined(cls, sentences: Iterable[str], by: str = " ") -> "Sentence":
        """Put sentences after one another; empty ones are left out.

        Args:
            sentences: Each is read in the reader's language.
            by: What stands between two.
        """
        parts = [cls(sentence) for sentence in sentences if sentence]
        if len(parts) < 2:
            return parts[0] if parts else cls()
        names = [f"part_{number}" for number in range(len(parts))]
        return cls(by.join(f"{{{name}}}" for name in names), **dict(zip(names, parts, strict=True)))

    @classmethod
    def from_stored(cls, stored: StoredSentence) -> "Sentence":
        """Return what `to_text` or `to_json` has stored; any other text is a sentence without facts."""
        if isinstance(stored, str) and stored.startswith(_MARK):
            try:
                return cls.from_stored(json.loads(stored))
            except (ValueError, RecursionError, TypeError, AttributeError):  # cut, or somebody's own words
                return cls(str(stored))
        if isinstance(stored, str):
            return cls(stored)
        return cls(stored[_MESSAGE], **{name: _from_json(fact) for name, fact in stored.get(_FACTS, {}).items()})

    def to_text(self) -> str:
        """Return it for a column of text, without what no column holds (NUL, and bytes that were no text)."""
        if not self.facts and not self.message.startswith(_MARK):
            return clean(self.message)
        return json.dumps(_to_json(self), ensure_ascii=False)

    def to_json(self) -> StoredSentence:
        """Return it for a JSON document: the text alone, where it has no facts."""
        return _to_json(self) if self.facts else clean(self.message)

    def __reduce__(self) -> tuple[object, ...]:
        """Copy it with its facts."""
        return Sentence.from_stored, (_to_json(self),)


def clean(words: str) -> str:
    """Return a peer's words without what no column holds: NUL, and bytes that were no text."""
    return words.replace("\0", "").encode("utf-8", "replace").decode()


def _as_fact(value: object) -> object:
    if isinstance(value, BaseException):
        return Sentence.of(value)
    return value if value is None or isinstance(value, str | int | float | datetime) else str(value)


def _to_json(value: object) -> Any:
    if isinstance(value, Sentence):
        facts = {name: _to_json(fact) for name, fact in value.facts.items()}
        return {_MESSAGE: clean(value.message), _FACTS: facts} if facts else {_MESSAGE: clean(value.message)}
    if isinstance(value, datetime):
        return {_AT: value.isoformat()}
    return clean(value) if isinstance(value, str) else value


def _from_json(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return datetime.fromisoformat(value[_AT]) if _AT in value else Sentence.from_stored(value)
