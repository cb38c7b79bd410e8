"""Ready texts that plugins offer to whoever writes: which one was chosen, and where it is put."""

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
    """Put a chosen text into the message; its subject only where none has been written.

    Args:
        compose_page: The page.
        choice: The value of the button, which the plugin that made it knows.
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
    """Return a message with a text put into it.

    Args:
        body: The message as it is.
        text: What is put in.
        caret: How many characters stand before the place, where the browser knows it.
        ending: What the writer ends every message with; the text comes before it, where nobody chose a place.
        before_all: Whether the text comes first where nobody chose a place, as above what is forwarded.
    """
    with suppress(ValueError):
        place = min(max(int(caret), 0), len(body))
        return body[:place] + text + body[place:]
    if before_all:
        return f"{text}\n\n{body}"
    ends = bool(ending) and body.endswith(ending)
    written = (body.removesuffix(ending) if ends else body).strip("\n")
    return "\n\n".join(part for part in (written, text, ending if ends else "") if part)


def _ask(compose_page: ComposePage, choice: str) -> tuple[str, str] | None:
    """Return subject and text from the first plugin that knows the choice; one that fails is logged and passed over."""
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
