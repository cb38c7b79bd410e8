"""Kinds of error, independent of HTTP and SOAP; each interface translates them into its own protocol.

A message is the Swedish sentence that a person reads, with `{name}` as the placeholder of a fact; the same sentence
is the key of its translation. Facts are never personal data: errors end up in logs.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from budkavle.model.sentences import Sentence


class BudkavleError(Exception):
    """An error for a person: what happened, to what, and what to do.

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
        """The message with its facts; stored, and translated when it is read."""
        return Sentence(self.message, **self.facts)

    def __str__(self) -> Sentence:
        """Return the Swedish sentence with its facts filled in, as a `Sentence` that can still be translated."""
        return self.sentence


class NotSignedIn(BudkavleError):
    """The request has no session, or the session has ended."""

    slug, title, status = "not-signed-in", "Logga in", 401


class Locked(NotSignedIn):
    """The session is locked: its person was away, and must use a passkey before they can continue."""

    slug, title = "locked", "Appen är låst"


class Copied(NotSignedIn):
    """Two browsers used the session, one with a copy of the other's cookies: the session was ended for both."""

    slug, title = "session-copied", "Du har loggats ut"


class Forbidden(BudkavleError):
    """The person is known but may not do this."""

    slug, title, status = "forbidden", "Du har inte behörighet", 403


class OutsideNetworks(Forbidden):
    """The person is an administrator, but administration is not allowed from their network."""

    slug, title = "outside-networks", "Administrationen är stängd härifrån"


class WeakSignIn(Forbidden):
    """The person is an administrator, but has signed in with a weaker method than the organisation requires."""

    slug, title = "weak-sign-in", "Logga in säkrare för att administrera"


class NeedsApproval(Forbidden):
    """A second person has to approve first; nothing has been done."""

    slug, title = "needs-approval", "Behöver godkännas"


class StepUp(Forbidden):
    """The person may do this, but must first identify more strongly; `wanted` is the level, 1 to 3."""

    slug, title = "step-up", "Legitimera dig först"

    def __init__(self, message: str, *, wanted: int, fields: Mapping[str, str] | None = None, **facts: object) -> None:
        super().__init__(message, fields=fields, **facts)
        self.wanted = wanted


class NotFound(BudkavleError):
    """There is no such object here; also the answer for objects of another organisation."""

    slug, title, status = "not-found", "Sidan finns inte", 404


class Conflict(BudkavleError):
    """Another user was first, or the object is in another state than expected."""

    slug, title, status = "conflict", "Någon annan hann före", 409


class TooLarge(BudkavleError):
    """More bytes than the limit allows."""

    slug, title, status = "too-large", "För stort", 413


class Invalid(BudkavleError):
    """The input breaks a rule; `fields` says which field and why."""

    slug, title, status = "invalid", "Något behöver rättas", 422


class TooMany(Invalid):
    """A rate limit is exceeded; the sentence says which one, and to wait."""

    slug, title, status = "too-many", "För mycket på kort tid", 429


class Unavailable(BudkavleError):
    """A required service does not answer now."""

    slug, title, status = "unavailable", "Inte tillgängligt just nu", 503


class Unsure(Unavailable):
    """The database did not answer a commit, so the changes may or may not be stored."""


class Damaged(BudkavleError):
    """Stored bytes are corrupt: altered, truncated, moved, or sealed under another key."""

    slug, title, status = "damaged", "Uppgifterna går inte att läsa", 500


class Misconfigured(BudkavleError):
    """The settings or a plugin are wrong; the sentence says what to fix."""

    slug, title, status = "misconfigured", "Fel i inställningarna", 500


class Temporary(BudkavleError):
    """A transport's answer: try again later."""

    slug, title, status = "temporary", "Försöker igen", 503


class NotYet(Temporary):
    """Too early: nothing was sent, so it does not count as an attempt; `pause` is how long to wait."""

    def __init__(self, message: str, *, pause: timedelta, **facts: object) -> None:
        super().__init__(message, fields=None, **facts)
        self.pause = pause


class Unresponsive(Temporary):
    """A plugin has timed out; if `asked` is False, it was not called, since it is not answering at present."""

    slug, title = "unresponsive", "Något svarar inte just nu"

    def __init__(
        self, message: str, *, asked: bool = True, fields: Mapping[str, str] | None = None, **facts: object
    ) -> None:
        super().__init__(message, fields=fields, **facts)
        self.asked = asked


class Permanent(BudkavleError):
    """A transport's answer: this can never be sent; the sentence says why and what to do."""

    slug, title, status = "permanent", "Gick inte att skicka", 422
