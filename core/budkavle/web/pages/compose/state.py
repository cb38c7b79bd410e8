"""The state of the compose page during one request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from budkavle.messaging.recipients import Routes
from budkavle.model.errors import BudkavleError
from budkavle.model.messages import Attachment
from budkavle.model.sentences import Sentence
from budkavle.plugins.protocols.adviser import Advice
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.web.pages.compose.context import ComposeContext
from budkavle.web.pages.compose.form import ComposeForm


@dataclass(slots=True)
class ComposePage:
    """The compose page during one request: its form, its context, and what to say about them.

    Attributes:
        errors: The error messages by field.
        notice: The error that stopped the sending and belongs to no field.
        files: The attachments so far.
        file_notes: Notes for the writer about the files, by their ids.
        open: The recipient whose details are shown.
        unstar: The favourite that the user must confirm to remove.
        advice: The advisers' remarks.
        told: Notes shown once, about files uploaded with the request to send.
        kept: When it was saved as a draft, in words.
        routes: The address books' answers about the recipients, reused while these are the same.
        resumed: When the draft was saved, in words, if it was opened without being asked for.
        later: The time to send at, as it was typed.
        to_open: Whether the recipients of an answer are shown unfolded.
        ways: The identification methods for people without an account, once looked up.
    """

    context: ComposeContext
    form: ComposeForm
    errors: dict[str, str] = field(default_factory=dict)
    notice: BudkavleError | None = None
    files: Sequence[Attachment] = ()
    file_notes: Mapping[UUID, Sequence[Sentence]] = field(default_factory=dict)
    preview: bool = False
    open: str = ""
    unstar: str = ""
    advice: Sequence[Advice] = ()
    told: Sequence[Advice] = ()
    kept: str = ""
    resumed: str = ""
    later: str = ""
    to_open: bool = False
    routes: Routes | None = None
    ways: Sequence[IdentityProvider] | None = None
