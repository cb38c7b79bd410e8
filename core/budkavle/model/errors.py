"""Kinds of error, knowing no HTTP and no SOAP; each edge clothes them for its own peers.

A message is the Swedish sentence that a person reads, with `{name}` where a fact goes in; the same sentence
is the key of its translation. Facts are never personal data: errors end up in logs.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from budkavle.model.sentences import Sentence


class BudkavleError(Exception):
    """An error for a person: what happened, to which thing, and what to do.

    Args:
        message: The sentence in Swedish, a translation key, with `{fact}` placeholders.
        fields: Sentences by form field, for errors that belong to a field.
        facts: Values of the placeholders; a datetime is written in the reader's language.
    """

    slug: ClassVar[str] = "error"
    title: ClassVar[str] = "Något gick fel"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})
        self.facts = facts

    @property
    def sentence(self) -> Sentence:
        """What it says, with its facts; stored, and put into the reader's language when it is read."""
        return Sentence(self.message, **self.facts)

    def __str__(self) -> Sentence:
        """Return the Swedish sentence with its facts filled in, as a `Sentence` that can still be translated."""
        return self.sentence


class NotSignedIn(BudkavleError):
    """Nobody is signed in, or the session has ended."""

    slug, title, status = "not-signed-in", "Logga in", 401


class Locked(NotSignedIn):
    """The session is locked: its person was away, and shows a passkey before anything is read or done."""

    slug, title = "locked", "Appen är låst"


class Copied(NotSignedIn):
    """The session was used by two browsers, of which one has a copy of the other's cookies: it was ended for both."""

    slug, title = "session-copied", "Du har loggats ut"


class Forbidden(BudkavleError):
    """The person is known but may not do this."""

    slug, title, status = "forbidden", "Du har inte behörighet", 403


class OutsideNetworks(Forbidden):
    """The person administers, but not from where they are: administration opens from other networks."""

    slug, title = "outside-networks", "Administrationen är stängd härifrån"


class WeakSignIn(Forbidden):
    """The person administers, but has not signed in as surely as the organisation asks of that."""

    slug, title = "weak-sign-in", "Logga in säkrare för att administrera"


class NeedsApproval(Forbidden):
    """A second person has to say yes first; nothing has been done."""

    slug, title = "needs-approval", "Behöver godkännas"


class StepUp(Forbidden):
    """The person may do this, but must first show more surely who they are; `wanted` is the level, 1 to 3."""

    slug, title = "step-up", "Legitimera dig först"

    def __init__(self, message: str, *, wanted: int, fields: Mapping[str, str] | None = None, **facts: object) -> None:
        super().__init__(message, fields=fields, **facts)
        self.wanted = wanted


class NotFound(BudkavleError):
    """There is no such thing here; also the answer about things of another organisation."""

    slug, title, status = "not-found", "Sidan finns inte", 404


class Conflict(BudkavleError):
    """Somebody else was first, or the thing is in another state than expected."""

    slug, title, status = "conflict", "Någon annan hann före", 409


class TooLarge(BudkavleError):
    """More bytes than the limit allows."""

    slug, title, status = "too-large", "För stort", 413


class Invalid(BudkavleError):
    """The input breaks a rule; `fields` says which field and why."""

    slug, title, status = "invalid", "Något behöver rättas", 422


class TooMany(Invalid):
    """More than somebody may do within a time; the sentence says of what, and to wait."""

    slug, title, status = "too-many", "För mycket på kort tid", 429


class Unavailable(BudkavleError):
    """Something that is needed does not answer now."""

    slug, title, status = "unavailable", "Inte tillgängligt just nu", 503


class Unsure(Unavailable):
    """The database did not answer to a commit, so that what was done may be stored or not."""


class Damaged(BudkavleError):
    """Stored bytes are not what was stored: altered, cut, moved, or sealed under another key."""

    slug, title, status = "damaged", "Uppgifterna går inte att läsa", 500


class Misconfigured(BudkavleError):
    """The settings or a plugin are wrong; the sentence says what to mend."""

    slug, title, status = "misconfigured", "Fel i inställningarna", 500


class Temporary(BudkavleError):
    """A transport's word for: try again later."""

    slug, title, status = "temporary", "Försöker igen", 503


class NotYet(Temporary):
    """It is not this one's turn: nothing was tried, so it does not count as a try; `pause` is how long to wait."""

    def __init__(self, message: str, *, pause: timedelta, **facts: object) -> None:
        super().__init__(message, fields=None, **facts)
        self.pause = pause


class Unresponsive(Temporary):
    """A plugin has not answered in time; where `asked` is False it was not even asked, since it never answers now."""

    slug, title = "unresponsive", "Något svarar inte just nu"

    def __init__(
        self, message: str, *, asked: bool = True, fields: Mapping[str, str] | None = None, **facts: object
    ) -> None:
        super().__init__(message, fields=fields, **facts)
        self.asked = asked


class Permanent(BudkavleError):
    """A transport's word for: this will never go; the sentence says why and what to do."""

    slug, title, status = "permanent", "Gick inte att skicka", 422
