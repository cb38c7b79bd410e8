"""A reply by a reader without an account: received in memory, checked, and stored in its case."""

from collections.abc import Generator
from typing import Any

from litestar import Response

from budkavle import ActorScope, Conflict, File, Forbidden, Host, Invalid, TooLarge
from budkavle.messaging import MessageFilter, messages_named
from budkavle.operations import ScannerUnavailable
from budkavle.web import Form, Guest, WebRequest, answer_as_guest, check_token, dismiss_guest
from budkavle_email_link.pages.guests import Door
from budkavle_email_link.pages.views import Pages
from budkavle_email_link.settings import EmailLinkSettings

LATE = "Det var för länge sedan du legitimerade dig. Gör det igen, så kan du svara."
TOO_LARGE = "Filerna är för stora tillsammans. Gränsen är {most} MB; ta bort några och välj de andra på nytt."


class Files:
    """Collects the files of one answer in memory, up to a limit for all of them together.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        settings: EmailLinkSettings = host.settings
        self._left = self._most = settings.answer_bytes

    def take(self, name: str, content_type: str) -> Generator[None, bytes, File | TooLarge]:
        """Receive one file; return it, or the error that it is too large. The rest of it is then read and discarded."""
        content = bytearray()
        while piece := (yield):
            self._left -= len(piece)
            if self._left >= 0:
                content += piece
            else:
                content.clear()
        if self._left < 0:
            return TooLarge(TOO_LARGE, most=self._most // 1_000_000)
        return File(name, content_type, bytes(content))


class Answering:
    """Handles answers.

    Args:
        host: The plugin's host.
        pages: Renders the result.
    """

    def __init__(self, host: Host, pages: Pages) -> None:
        self._host = host
        self._pages = pages

    def take(self, request: WebRequest, door: Door, guest: Guest | None, form: Form) -> Response[Any]:
        """Store an answer in the sender's case, or return the page with the error and the text."""
        body, key = form.get("body"), form.get("key")[:64]
        organisation_id, delivery_id = door.which
        if guest is None or not door.is_for(guest):
            if self._is_taken(door, key):
                return self._pages.done(request, door, answered=True)
            return self._pages.first(request, door, said=LATE, typed=body)
        check_token(form, guest.csrf, None)
        files = [file for file in form.files if isinstance(file, File) and (file.content or file.file_name)]
        if refused := next((file for file in form.files if isinstance(file, TooLarge)), None):
            return self._pages.message(request, door, guest, typed=body, errors={"attachments": refused.sentence})
        try:
            with self._host.work(self._host.system(organisation_id)) as work:
                answer_as_guest(work, delivery_id, body, files, **door.shown(guest), key=key)
        except (Invalid, TooLarge, ScannerUnavailable) as error:
            return self._pages.message(
                request, door, guest, typed=body, errors=error.fields or {"body": error.sentence}
            )
        except (Conflict, Forbidden) as error:
            return dismiss_guest(request, self._pages.first(request, door, said=error.message, typed=body))
        return dismiss_guest(request, self._pages.done(request, door, answered=True))

    def _is_taken(self, door: Door, key: str) -> bool:
        """Tell whether this form has already been received, as after a double click or a reload.

        Its sender has been signed out since, and would otherwise write the answer again.
        """
        organisation_id, delivery_id = door.which
        mailboxes = [door.known.mailbox_id] if door.known.mailbox_id else []
        sent_here = MessageFilter(mailboxes, [door.known.recipient.transport])
        with self._host.work(self._host.system(organisation_id, ActorScope.READ)) as work:
            return bool(key and messages_named(work, sent_here, f"{delivery_id}:{key}"))
