"""A list as it is given out: PDF and CSV, only of masked rows. The event log stores who gave it out, and its hash."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from importlib.resources import files

from budkavle import Actor, Host, Organisation, record, translations, write_csv
from budkavle.accounts import all_mailboxes, find_organisation
from budkavle.operations import typeset_pdf
from budkavle_disclosure.access import N_, reader
from budkavle_disclosure.lists import ZONE, PostList
from budkavle_disclosure.rows import COLUMNS, GivenRow, Say, all_given

TITLE = N_("Postlista")
PERIOD = N_("{since} till {until}")
FOOT = N_("{rows} meddelanden, {masked} med maskerade uppgifter. Framställd {at}.")


def say_in(host: Host, language: str) -> Say:
    """Return the function that translates the plugin's sentences into a language."""
    return translations(language, dict(host.platform.plugins.folders("locale"))).gettext


def list_pdf(host: Host, actor: Actor, post_list: PostList, language: str) -> bytes:
    """Return a list as a PDF, and record that it was given out."""
    say, now = say_in(host, language), datetime.now(ZONE)
    organisation, mailboxes = _names(host, actor, post_list)
    rows = list(all_given(host, actor, post_list, say))
    masked = sum(bool(row.masked) for row in rows)
    values = {
        "language": language,
        "title": say(TITLE),
        "organisation": organisation.name,
        "under": ", ".join([*mailboxes, _period(post_list, say)]),
        "foot": say(FOOT).format(rows=len(rows), masked=masked, at=now.date().isoformat()),
        "at": [now.year, now.month, now.day],
        "columns": [say(column) for column in COLUMNS],
        "rows": [row.cells for row in rows],
    }
    content = typeset_pdf(files("budkavle_disclosure").joinpath("list.typ").read_bytes(), values, now)
    _note(host, actor, post_list, rows, ("pdf", content))
    return content


def list_csv(host: Host, actor: Actor, post_list: PostList, language: str) -> bytes:
    """Return a list as a CSV file, and record that it was given out."""
    say = say_in(host, language)
    rows = list(all_given(host, actor, post_list, say))
    content = write_csv([[say(column) for column in COLUMNS], *(row.cells for row in rows)])
    _note(host, actor, post_list, rows, ("csv", content))
    return content


FORMATS: dict[str, tuple[Callable[[Host, Actor, PostList, str], bytes], str]] = {
    "pdf": (list_pdf, "application/pdf"),
    "csv": (list_csv, "text/csv"),
}
"""The function that writes each kind of file, and its media type."""


def _period(post_list: PostList, say: Say) -> str:
    return say(PERIOD).format(since=post_list.since.isoformat(), until=post_list.until.isoformat())


def _names(host: Host, actor: Actor, post_list: PostList) -> tuple[Organisation, Iterable[str]]:
    with host.work(reader(host, actor)) as work:
        names = {mailbox.id: mailbox.name for mailbox in all_mailboxes(work)}
        organisation = find_organisation(work)
    return organisation, [names[mailbox_id] for mailbox_id in post_list.mailbox_ids if mailbox_id in names]


def _note(host: Host, actor: Actor, post_list: PostList, rows: Sequence[GivenRow], file: tuple[str, bytes]) -> None:
    masked = sum(bool(row.masked) for row in rows)
    digest = hashlib.sha256(file[1]).hexdigest()
    with host.work(actor) as work:
        counts = {"rows": len(rows), "masked": masked}
        record(work, "disclosure.list-issued", post_list.id, format=file[0], sha256=digest, **counts)
