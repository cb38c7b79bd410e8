"""The templates in the form of a message, and the chosen one with its fields filled in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date

from budkavle import Actor, Address, Host, NotFound, Work, as_uuid, translations
from budkavle.accounts import find_organisation, read_settings, require_member
from budkavle.messaging import read_case
from budkavle_templates.fields import Field, fill, spellings
from budkavle_templates.settings import TemplateSettings
from budkavle_templates.store import Template, find_template, list_of_mailbox, list_own, matching

LOCAL = ZoneInfo("Europe/Stockholm")
SHOWN = 20
"""The most templates in the form. Others are found by searching."""
_TEASER = 80


def offer(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data of the message form: the templates that the writer may use there."""
    words = str(subject["words"]).strip()
    with host.work(actor) as work:
        listed = [*list_of_mailbox(host, work, subject["mailbox_id"]), *list_own(host, work)]
        mailbox = require_member(work, subject["mailbox_id"]).mailbox
    matches = matching(listed, words)
    return {
        "templates": [_row(template) for template in matches[:SHOWN]],
        "left_out": max(len(matches) - SHOWN, 0),
        "has_any": bool(listed),
        "words": words,
        "url": f"/plugin/templates?mailbox={mailbox.id}" if mailbox.kind.is_shared else "/plugin/templates",
    }


def _row(template: Template) -> dict[str, Any]:
    start = " ".join(template.content.text.split())
    return {
        "id": template.id,
        "name": template.content.name,
        "own": template.mailbox_id is None,
        "start": start if len(start) <= _TEASER else f"{start[:_TEASER]}…",
    }


def filled_text(
    host: Host, work: Work, choice: str, mailbox_id: UUID, case_id: UUID | None, recipients: Sequence[Address]
) -> tuple[str, str] | None:
    """Return subject and text of a chosen template with its fields filled in. None if there is none such here."""
    template_id = as_uuid(choice)
    if template_id is None:
        return None
    try:
        template = find_template(host, work, template_id)
    except NotFound:
        return None
    if template.mailbox_id not in {None, mailbox_id}:
        return None
    values = _values(work, mailbox_id, case_id, recipients)
    by_name = spellings(languages(host))
    subject = " ".join(fill(template.content.subject, values, by_name).split())
    return subject, fill(template.content.text, values, by_name)


def languages(host: Host) -> list[Callable[[str], str]]:
    """Return for each language a function that translates a word into it."""
    folder = Path(__file__).parent / "locale"
    names = ["sv", *sorted({file.name.partition(".")[0] for file in folder.glob("*.po")})]
    folders = dict(host.platform.plugins.folders("locale"))
    return [translations(name, folders).gettext for name in names]


def _values(work: Work, mailbox_id: UUID, case_id: UUID | None, recipients: Sequence[Address]) -> dict[Field, str]:
    mailbox = require_member(work, mailbox_id).mailbox
    shared = mailbox.kind.is_shared
    return {
        Field.NAME: work.actor.name,
        Field.CASE: read_case(work, case_id, opens=False).case.number if case_id else "",
        Field.MAILBOX: mailbox.name,
        Field.ORGANISATION: find_organisation(work).name,
        Field.OPENING_HOURS: read_settings(work, TemplateSettings, mailbox_id=mailbox_id).opening_hours
        if shared
        else "",
        Field.DATE: format_date(datetime.now(LOCAL).date(), "d MMMM y", locale=mailbox.language),
        Field.RECIPIENT: ", ".join(address.name for address in recipients if address.name),
    }
