"""The package of a request: one ZIP with the details required by article 15, the messages, and the released files."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import IO, Any, cast
from uuid import UUID

from babel.dates import format_datetime

from budkavle import Actor, ActorScope, Direction, Host, Message, Sentence
from budkavle.accounts import find_organisation, find_user, read_settings
from budkavle.messaging import open_attachment
from budkavle.operations import typeset_pdf
from budkavle.organisation import read_register
from budkavle_disclosure.access import N_, reader_of_all
from budkavle_disclosure.files import say_in
from budkavle_disclosure.finding import mailbox_names, openings, read_cases
from budkavle_disclosure.lists import ZONE
from budkavle_disclosure.requests import Request, keep_package
from budkavle_disclosure.rows import Say
from budkavle_disclosure.selection import MASKED, masked_message
from budkavle_disclosure.settings import DisclosureSettings

TITLE = N_("Registerutdrag enligt artikel 15")
SECTIONS = (
    ("purposes", N_("Ändamål och rättslig grund")),
    ("recipients", N_("Mottagare")),
    ("retention", N_("Lagringstid")),
    ("source", N_("Varifrån uppgifterna kommer")),
    ("decisions", N_("Automatiserade beslut")),
    ("transfers", N_("Överföring till tredjeland")),
    ("contact", N_("Dataskyddsombud")),
)
RIGHTS = N_(
    "Du har rätt att begära rättelse, radering och begränsning av uppgifterna, och att invända mot att de behandlas. "
    "Du kan klaga hos Integritetsskyddsmyndigheten (IMY), imy.se."
)
CATEGORIES = N_("Kategorier av personuppgifter")
KINDS = N_(
    "Namn, kontaktuppgifter, nummer och det som står i meddelanden och bilagor, samt uppgifter om vem som läst dem."
)
HEADS = {
    "rights": N_("Dina rättigheter"),
    "cases": N_("Ärenden och meddelanden"),
    "openings": N_("När ärendena har lästs"),
    "accounts": N_("Användarkonton"),
    "contacts": N_("Adressböcker"),
    "processing": N_("Hur uppgifterna behandlas"),
    "nothing": N_("Inget."),
    "held": N_("Uppgifter som är maskerade eller hålls inne står med den lag som är skälet."),
}
UNKNOWN = N_("en personlig inkorg")


def make_package(host: Host, actor: Actor, request: Request, language: str) -> None:
    """Make the package of a request and store it encrypted; the cases are recorded as read.

    Args:
        host: The plugin's host.
        actor: Somebody at the desk, as checked by `DESK.require`.
        request: The request.
        language: The language of the package: `sv` or `en`.
    """
    say = say_in(host, language)
    threads = _threads(host, actor, request, say)
    values = _values(host, actor, request, say, threads) | {"language": language}
    stream = _Stream()
    keep_package(host, actor, request, _zipped(host, actor, stream, values, threads), stream.digest.hexdigest)


class _Stream:
    """A buffer that a ZIP is written to and taken from, so that it is never stored on disk in clear text."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.digest = hashlib.sha256()

    def write(self, part: bytes) -> int:
        """Add a part of the file."""
        self._parts.append(bytes(part))
        self.digest.update(part)
        return len(part)

    def flush(self) -> None:
        """Do nothing: each part is available as soon as it is written."""

    def take(self) -> bytes:
        """Return what has been written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _zipped(
    host: Host, actor: Actor, stream: _Stream, values: Mapping[str, Any], threads: Sequence[tuple[Any, list[Message]]]
) -> Iterator[bytes]:
    with zipfile.ZipFile(cast("IO[bytes]", stream), "w", zipfile.ZIP_DEFLATED) as archive:
        template = files("budkavle_disclosure").joinpath("package.typ").read_bytes()
        archive.writestr("registerutdrag.pdf", typeset_pdf(template, values, datetime.now(UTC)))
        archive.writestr("registerutdrag.json", json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True))
        yield stream.take()
        for thread in threads:
            yield from _files(host, actor, archive, stream, thread)
    yield stream.take()


def _threads(host: Host, actor: Actor, request: Request, say: Say) -> list[tuple[Any, list[Message]]]:
    """Return each case with its messages as they are given out."""
    views = read_cases(host, actor, [UUID(case_id) for case_id in request.selection.cases])
    masked = say(MASKED)
    return [
        (view.case, [masked_message(threaded.message, request.selection, masked) for threaded in view.thread])
        for view in views
    ]


def _values(
    host: Host, actor: Actor, request: Request, say: Say, threads: Sequence[tuple[Any, list[Message]]]
) -> dict[str, Any]:
    selection, now = request.selection, datetime.now(ZONE)
    with host.work(reader_of_all(host, actor)) as work:
        names, settings = mailbox_names(work), read_settings(work, DisclosureSettings)
        organisation = find_organisation(work).name
        accounts = [find_user(work, UUID(user_id)) for user_id in selection.accounts]
        read_at = openings(work, [case.id for case, _ in threads])
    numbers = {case.id: case.number for case, _ in threads}
    by_text = {str(mailbox_id): name for mailbox_id, name in names.items()}
    sections = [[say(head), say(getattr(settings, name))] for name, head in SECTIONS]
    sections.insert(1, [say(CATEGORIES), say(KINDS)])
    return {
        "title": say(TITLE),
        "organisation": organisation,
        "person": request.name,
        "at": [now.year, now.month, now.day],
        "sections": [*sections, [say(HEADS["rights"]), say(RIGHTS)]],
        "heads": {name: say(head) for name, head in HEADS.items()},
        "processing": _processing(host, actor, say),
        "cases": [_case(case, messages, names, say) for case, messages in threads],
        "openings": [
            [_moment(opening.at), numbers[opening.case_id], by_text.get(opening.mailbox_id, say(UNKNOWN))]
            for opening in read_at
        ],
        "accounts": [[user.name, user.email] for user in accounts],
        "contacts": [[entry.name, entry.organisation, entry.value, entry.source] for entry in selection.contacts],
    }


def _processing(host: Host, actor: Actor, say: Say) -> list[list[str]]:
    """Return the rows of the organisation's register: title, purpose, data, time, recipients and third countries."""
    with host.work(host.system(actor.organisation_id, ActorScope.ADMINISTER)) as work:
        activities = read_register(work).activities
    rows = [activity.data for activity in activities]
    return [
        [_told(text, say) for text in (row.title, row.purpose, row.data, row.kept, row.recipients, row.third_countries)]
        for row in rows
    ]


def _told(text: str, say: Say) -> str:
    """Return a sentence in the language of the package, with its values filled in."""
    sentence = Sentence(text)
    return say(sentence.message).format(**sentence.facts) if sentence.facts else say(text) if text else ""


def _case(case: Any, messages: Sequence[Message], names: Mapping[UUID, str], say: Say) -> dict[str, Any]:
    return {
        "number": case.number,
        "mailbox": names.get(case.mailbox_id, say(UNKNOWN)),
        "messages": [
            {
                "direction": say(N_("Mottaget") if message.direction is Direction.IN else N_("Skickat")),
                "at": _moment(message.created_at),
                "sender": message.sender.name or message.sender.value,
                "receivers": ", ".join(to.name or to.value for to in message.recipients),
                "subject": message.subject,
                "text": message.body,
                "files": [file.file_name for file in message.attachments],
            }
            for message in messages
        ],
    }


def _files(
    host: Host, actor: Actor, archive: zipfile.ZipFile, stream: _Stream, thread: tuple[Any, list[Message]]
) -> Iterator[bytes]:
    case, messages = thread
    attachments = [attachment for message in messages for attachment in message.attachments]
    for number, attachment in enumerate(attachments, 1):
        with host.work(reader_of_all(host, actor)) as work:
            _, chunks = open_attachment(work, attachment.id)
        name = re.sub(r"[^\w .()-]", "_", attachment.file_name)[-120:]
        with archive.open(f"bilagor/{case.number}/{number}-{name}", "w") as entry:
            for chunk in chunks:
                entry.write(chunk)
                yield stream.take()


def _moment(at: datetime) -> str:
    return str(format_datetime(at.astimezone(ZONE), "yyyy-MM-dd HH:mm"))
