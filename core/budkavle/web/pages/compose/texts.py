"""Ready texts from plugins for the compose page: finding the chosen one, and inserting it."""

from contextlib import suppress
from typing import Final

import structlog

from budkavle.logs import describe
from budkavle.messaging.saved_drafts import signature
from budkavle.storage.pipeline import savepoint
from budkavle.web.pages.compose import recipients
from budkavle.web.pages.compose.state import ComposePage

COMPOSE_TEXT: Final = "budkavle_compose_text"
GONE = "Texten finns inte längre. Välj en annan."
log = structlog.get_logger("budkavle.web")


def insert(compose_page: ComposePage, choice: str) -> None:
    """Insert a chosen text into the message, and its subject if there is none yet.

    Args:
        compose_page: The page.
        choice: The value of the button, known to the plugin that made it.
    """
    form, subject_and_text = compose_page.form, _ask(compose_page, choice)
    if subject_and_text is None:
        compose_page.errors["body"] = GONE
        return
    subject, text = subject_and_text
    form.subject = form.subject if form.subject.strip() else subject
    with compose_page.context.visitor.work() as work:
        ending = signature(work).strip()
    form.body = put(form.body, text, form.caret, ending, before_all=form.forwards is not None)


def put(body: str, text: str, caret: str, ending: str, *, before_all: bool) -> str:
    """Return a message with a text inserted.

    Args:
        body: The message as it is.
        text: The text to insert.
        caret: The number of characters before the caret, if the browser gives it.
        ending: The writer's signature; without a caret, the text is inserted before it.
        before_all: Whether the text comes first without a caret, as above a forwarded message.
    """
    with suppress(ValueError):
        place = min(max(int(caret), 0), len(body))
        return body[:place] + text + body[place:]
    if before_all:
        return f"{text}\n\n{body}"
    ends = bool(ending) and body.endswith(ending)
    message = (body.removesuffix(ending) if ends else body).strip("\n")
    return "\n\n".join(part for part in (message, text, ending if ends else "") if part)


def _ask(compose_page: ComposePage, choice: str) -> tuple[str, str] | None:
    """Return subject and text from the first plugin that knows the choice; a failing plugin is logged and skipped."""
    context = compose_page.context
    plugins = context.visitor.platform.plugins
    people = tuple(person.address for person in recipients.chosen(compose_page))
    values = {
        "choice": choice,
        "mailbox_id": context.mailbox.id,
        "case_id": context.answered.case.id if context.answered else None,
        "recipients": people,
    }
    with context.visitor.work() as work:
        for name in plugins.implementing(COMPOSE_TEXT):
            try:
                with savepoint(work.connection):
                    for subject, text in plugins.ask_one(name, COMPOSE_TEXT, work=work, **values):
                        return str(subject), str(text)
            except Exception as error:  # noqa: BLE001 - a plugin fails alone
                log.warning("plugin.failed", plugin=name, hook=COMPOSE_TEXT, **describe(error))
    return None
