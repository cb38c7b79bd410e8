"""A whole case as one PDF: its messages, its history, and the messages' files embedded as they were sent."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files as resources
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle.accounts.mailboxes import mailbox as find_mailbox
from budkavle.cases.actions import record_print
from budkavle.messaging.case_view import CaseView, open_attachment
from budkavle.messaging.case_view import case as read_case
from budkavle.model.errors import NotFound
from budkavle.model.messages import Attachment
from budkavle.model.times import ZONE, minute
from budkavle.pdf_files import EmbeddedFile, embed_files, typeset_pdf
from budkavle.web.auth import Visitor
from budkavle.web.pages.files.downloads import SANDBOX
from budkavle.web.views import message_view, timeline
from budkavle.web.views.render import size
from budkavle.zip_files import safe_name, unique_paths

MOST_BYTES: Final = 50_000_000
"""The most bytes of all embedded files together: the document is made in memory."""


@get("/c/{case_id:uuid}/pdf", sync_to_thread=True)
def give_case(visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[bytes]:
    """Download the case; it is recorded as printed, and its files count as downloaded (feature E16)."""
    with visitor.work() as work:
        record_print(work, case_id)
        view = read_case(work, case_id)
        mailbox = find_mailbox(work, view.case.mailbox_id).mailbox
    now = datetime.now(UTC)
    embedded, names = _embedded(visitor, view)
    values = _values(visitor, view, mailbox.name, now, names)
    template = resources("budkavle.web.pages.files").joinpath("case.typ").read_bytes()
    made = embed_files(typeset_pdf(template, values, now, embeds=True), embedded, now)
    name = safe_name(values["number"])
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.pdf",
        "content-security-policy": SANDBOX,
    }
    return Response(made, media_type="application/pdf", headers=headers)


def _embedded(visitor: Visitor, view: CaseView) -> tuple[list[EmbeddedFile], dict[UUID, str]]:
    """Return the files that fit, with their content, and the name of each in the document."""
    chosen = list(_fitting(view))
    names = dict(
        zip((file.id for file in chosen), unique_paths(safe_name(file.file_name) for file in chosen), strict=True)
    )
    embedded: list[EmbeddedFile] = []
    for file in chosen:
        try:
            with visitor.work() as work:
                _, pieces = open_attachment(work, file.id)
        except NotFound:
            del names[file.id]
            continue
        embedded.append(EmbeddedFile(names[file.id], file.content_type, b"".join(pieces)))
    return embedded, names


def _fitting(view: CaseView) -> Iterator[Attachment]:
    remaining = MOST_BYTES
    for entry in view.thread:
        for file in entry.message.attachments:
            if file.size <= remaining:
                remaining -= file.size
                yield file


def _values(visitor: Visitor, view: CaseView, mailbox: str, now: datetime, names: dict[UUID, str]) -> dict[str, Any]:
    say, local = visitor.say, now.astimezone(ZONE)
    number = say("Ärende {number}", number=view.case.number)
    return {
        "title": view.thread[0].message.subject or say("(utan ämne)"),
        "organisation": visitor.session.organisation.name,
        "number": number,
        "language": visitor.language,
        "at": [local.year, local.month, local.day],
        "words": {"files": say("Bilagor"), "history": say("Händelser")},
        "facts": [
            [say("Ärende"), view.case.number],
            [say("Brevlåda"), f"{visitor.session.organisation.name}, {mailbox}"],
            [say("Utskrivet"), f"{minute(now, visitor.language)}, {visitor.session.user.name}"],
            *([[say("Sekretess"), say("Ja")]] if view.case.confidential else []),
        ],
        "messages": [
            {
                "heading": f"{shown['sender']}, {shown['at_full']}",
                "facts": shown["facts"],
                "text": [say("Varning: {warning}", warning=warning) for warning in shown["warnings"]]
                + [line for line in entry.message.body.splitlines() if line.strip()],
                "files": [_file_line(visitor, file, names) for file in entry.message.attachments],
            }
            for shown, entry in zip(message_view.messages(visitor, view), view.thread, strict=True)
        ],
        "history": [
            ", ".join(filter(None, (step.at_text, step.text, step.note))) for step in timeline.history(visitor, view)
        ],
    }


def _file_line(visitor: Visitor, file: Attachment, names: dict[UUID, str]) -> str:
    line = f"{names.get(file.id, file.file_name)} ({size(file.size, visitor.language)})"
    return line if file.id in names else visitor.say("{file}. Filen följer inte med, ladda ner den för sig.", file=line)


HANDLERS = [give_case]
