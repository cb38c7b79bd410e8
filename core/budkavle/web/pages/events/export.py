"""Export of the event log: CSV for people, JSON Lines for programs; streamed while the log is read."""

import codecs
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from uuid import UUID

from litestar import post
from litestar.di import NamedDependency
from litestar.response import Stream

from budkavle.accounts.permissions import require_admin, require_platform
from budkavle.csv_files import write_csv
from budkavle.model.errors import Invalid
from budkavle.model.people import INSTALLATION
from budkavle.model.times import ZONE
from budkavle.storage import audit
from budkavle.storage.events.search import BATCH, StoredEntry, names_in, walk_entries
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.pages.events.filters import FIELDS, Question, understand
from budkavle.web.pages.events.pages import OF_INSTALLATION, Words, of_installation, reader
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.event_texts import INSTALLATION_WORDS

FORMATS = {"csv": "text/csv", "jsonl": "application/jsonl"}
NAMES = {"csv": "CSV", "jsonl": "JSON Lines"}
HEADS = (
    *(N_("Nummer"), N_("Tid"), N_("Vad"), N_("Vem"), N_("Typ"), N_("Orsak"), N_("Id för vem"), N_("Id för vad")),
    *(N_("Session"), N_("Nätverksadress (märke)")),
)
_UNKNOWN = N_("Välj CSV eller JSON Lines.")


@post("/events/export", sync_to_thread=True, status_code=200)
def export_events(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Stream:
    """Export the organisation's log, with the page's filter (feature O12)."""
    require_admin(visitor.actor)
    kind = _format(form)
    with visitor.work() as work:
        question = _asked(work, form, FIELDS, visitor)
        audit.record(work, "events.exported", None, format=NAMES[kind], **question.facts)
    return _stream(visitor, visitor.actor.organisation_id, question, kind, lambda rows: _words(visitor, rows))


@post("/administration/events/export", sync_to_thread=True, status_code=200)
def export_installation_events(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Stream:
    """Export the installation's own log, with the page's filter (feature N6)."""
    require_platform(visitor.actor)
    kind = _format(form)
    with visitor.platform.work(reader(visitor)) as work:
        question = _asked(work, form, OF_INSTALLATION, visitor)
    with visitor.work() as work:
        audit.record_for_installation(work, "events.exported", None, format=NAMES[kind], **question.facts)
    return _stream(
        visitor, INSTALLATION, question, kind, lambda rows: Words(visitor, of_installation(rows), INSTALLATION_WORDS)
    )


def _format(form: Form) -> str:
    kind = form.get("format")
    if kind not in FORMATS:
        raise Invalid(_UNKNOWN)
    return kind


def _asked(work: Work, form: Form, fields: Sequence[str], visitor: Visitor) -> Question:
    values = {name: form.get(name)[:200] for name in fields if form.get(name)}
    question = understand(work, values, visitor.platform.plugins.event_words)
    if question.errors:
        raise Invalid(next(iter(question.errors.values())), fields=question.errors)
    return question


_Speaker = Callable[[Sequence[audit.Entry]], Words]


def _stream(visitor: Visitor, log: UUID, question: Question, kind: str, speak: _Speaker) -> Stream:
    entries = walk_entries(visitor.platform, log, question.event_filter)
    pieces = _csv(visitor, entries, speak) if kind == "csv" else _json_lines(entries)
    headers = {
        "content-disposition": f'attachment; filename="handelselogg-{date.today():%Y-%m-%d}.{kind}"',  # noqa: DTZ011
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Stream(pieces, media_type=FORMATS[kind], headers=headers)


def _words(visitor: Visitor, entries: Sequence[audit.Entry]) -> Words:
    with visitor.platform.work(visitor.actor) as work:
        return Words(visitor, names_in(work, entries))


def _json_lines(entries: Iterator[StoredEntry]) -> Iterator[str]:
    """Write each entry as it is stored, with its number and its hash, so that the chain can be recomputed."""
    while batch := list(islice(entries, BATCH)):
        yield "".join(
            f'{{"number":{stored.number},"hash":"{stored.hash.hex()}","entry":{stored.entry}}}\n' for stored in batch
        )


def _csv(visitor: Visitor, entries: Iterator[StoredEntry], speak: _Speaker) -> Iterator[bytes]:
    """Write each entry in words, for spreadsheets."""
    yield write_csv([[visitor.say(head) for head in HEADS]])
    while batch := list(islice(entries, BATCH)):
        parsed = [audit.parse_entry(stored.number, stored.entry) for stored in batch]
        words = speak(parsed)
        rows = (
            [
                str(entry.number),
                f"{entry.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}",
                words.text(entry),
                words.actor(entry),
                entry.kind,
                visitor.say(audit.reason(entry)),
                entry.actor_id or "",
                entry.thing or "",
                entry.session,
                entry.address,
            ]
            for entry in parsed
        )
        yield write_csv(rows).removeprefix(codecs.BOM_UTF8)  # the BOM is only at the start of the file


HANDLERS = [export_events, export_installation_events]
