"""The state of the compose page while one request is answered."""

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
        errors: A sentence by field.
        notice: What stopped the sending and belongs to no field.
        files: The attachments that are kept.
        file_notes: What to tell the writer of them, by their ids.
        open: The recipient whose details are shown.
        unstar: The favourite that is to be confirmed before it is taken away.
        advice: What the advisers say of it.
        told: What is said once, of the files that came with the press that would send it.
        kept: When it was kept as a draft, in words.
        routes: What the address books have answered about the recipients, for as long as these are the same.
        resumed: When the draft was saved that is gone on with, in words, where nobody asked for it.
        later: The time to send at, as it was typed.
        to_open: Whether the recipients of an answer are shown unfolded.
        ways: How somebody without an account may identify, once it has been asked for.
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
