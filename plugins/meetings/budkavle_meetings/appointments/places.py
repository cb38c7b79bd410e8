"""The card on a mailbox's page with the address of its booking page, if that is switched on."""

from collections.abc import Mapping
from typing import Any

from budkavle import Actor, Host
from budkavle.accounts import find_organisation, read_settings
from budkavle_meetings.appointments.settings import AppointmentSettings
from budkavle_meetings.appointments.store import page_number


def card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> dict[str, Any]:
    """Return the address of the booking page; empty if it is switched off."""
    mailbox_id = subject["mailbox"].id
    with host.work(actor) as work:
        if not read_settings(work, AppointmentSettings, mailbox_id=mailbox_id).on:
            return {"url": ""}
        slug, number = find_organisation(work).slug, page_number(host, work, mailbox_id)
    return {"url": f"{host.platform.settings.base_url}/plugin/meetings/book/{slug}/{number}"}
