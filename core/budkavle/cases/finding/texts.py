"""The texts of a case for the index: its messages, their files, and what plugins store in it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, literal, or_, select, true

from budkavle.cases import message_store
from budkavle.cases.finding.words import Place
from budkavle.logs import describe
from budkavle.model.messages import Attachment, Message
from budkavle.model.states import IncomingState
from budkavle.storage.pipeline import savepoint
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, messages

CASE_TEXTS: Final = "budkavle_case_texts"
_HIDDEN: Final = (IncomingState.HELD.value, IncomingState.RECALLED.value, IncomingState.DELETED.value)
log = structlog.get_logger("budkavle.cases.finding")


@dataclass(frozen=True, slots=True)
class CaseTexts:
    """The texts of a case.

    Attributes:
        texts: Each with its place.
        files: The files of its messages, whose texts are read separately.
    """

    texts: list[tuple[str, Place]] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)


def gather(work: Work, case_ids: Collection[UUID], since: datetime | None = None) -> dict[UUID, CaseTexts]:
    """Return the texts of cases, with a few queries for all of them.

    Args:
        work: In the organisation; the caller has checked who may see them.
        case_ids: The cases.
        since: Only messages from this time on, and nothing from plugins.
    """
    gathered: defaultdict[UUID, CaseTexts] = defaultdict(CaseTexts)
    for message in visible_messages(work, case_ids, since):
        this = gathered[message.case_id]
        this.texts.append((message.subject, Place.SUBJECT))
        this.texts.extend((text, Place.TEXT) for text in (message.body, message.open_text))
        this.texts.extend((name, Place.NAME) for name in _names(message))
        this.texts.extend((file.file_name, Place.FILE) for file in message.attachments)
        this.files.extend(message.attachments)
    numbers = select(cases.c.id, cases.c.number).where(
        cases.c.organisation_id == work.organisation_id, _is_one_of(cases.c.id, gathered)
    )
    for row in work.connection.execute(numbers) if gathered else ():
        gathered[row.id].texts.append((row.number, Place.NAME))
    for case_id, texts in plugin_texts(work, list(gathered)).items() if since is None and gathered else ():
        gathered[case_id].texts.extend((text, Place.NOTE) for text in texts)
    return dict(gathered)


def visible_messages(work: Work, case_ids: Collection[UUID], since: datetime | None = None) -> list[Message]:
    """Return the readable messages of cases, the oldest first."""
    state = messages.c.state
    shown = or_(state.is_(None), state.not_in(_HIDDEN))
    new = messages.c.created_at >= since if since else true()
    return message_store.messages(work, _is_one_of(messages.c.case_id, case_ids), shown, new)


def plugin_texts(work: Work, case_ids: Collection[UUID]) -> Mapping[UUID, Sequence[str]]:
    """Return texts that plugins store in cases, such as notes. A plugin that fails is logged and skipped."""
    plugins, texts = work.platform.plugins, defaultdict[UUID, list[str]](list)
    for name in plugins.implementing(CASE_TEXTS):
        try:
            with savepoint(work.connection):
                answers: Iterable[Mapping[UUID, Iterable[str]]] = plugins.ask_one(
                    name, CASE_TEXTS, work=work, case_ids=tuple(case_ids)
                )
                for answer in answers:
                    for case_id in answer.keys() & set(case_ids):
                        texts[case_id] += answer[case_id]
        except Exception as error:  # noqa: BLE001 - a plugin fails alone
            log.warning("plugin.failed", plugin=name, hook=CASE_TEXTS, **describe(error))
    return texts


def _is_one_of(column: ColumnElement[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return a condition with the same SQL for any number of ids, so that the server reuses the prepared statement."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))


def _names(message: Message) -> list[str]:
    head = message_store.Head("", (message.sender,), message.recipients, message.on_behalf_of, message.claimed)
    return message_store.names_and_numbers(head, message_store.Body("", message.references, message.persons))
