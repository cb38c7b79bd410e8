"""What the page of a mailbox says of its page for booking: the address, where it is on."""

from collections.abc import Mapping
from typing import Any

from budkavle import Actor, Host
from budkavle.accounts import find_organisation, read_settings
from budkavle_meetings.appointments.settings import AppointmentSettings
from budkavle_meetings.appointments.store import page_number


def card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> dict[str, Any]:
    """Give the address that people book at; empty where the page is off."""
    mailbox_id = subject["mailbox"].id
    with host.work(actor) as work:
        if not read_settings(work, AppointmentSettings, mailbox_id=mailbox_id).on:
            return {"url": ""}
        slug, number = find_organisation(work).slug, page_number(host, work, mailbox_id)
    return {"url": f"{host.platform.settings.base_url}/plugin/meetings/book/{slug}/{number}"}
