"""Refused calls from programs (API, SCIM, WebDAV) in the event log, at most once a minute for each."""

from uuid import UUID

from budkavle.model.people import CORE_NAME, INSTALLATION, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.storage.events.traces import record_once
from budkavle.storage.platform import Platform


def record_refused_program(
    platform: Platform, plugin: str, why: str, *, organisation_id: UUID | None = None, program: UUID | None = None
) -> None:
    """Record that a program was refused.

    Args:
        platform: The installation.
        plugin: The name of the plugin that refuses it.
        why: A sentence of the plugin's own, with nothing of what the program sent.
        organisation_id: The program's organisation; None if unknown, and then the entry is in the installation's log.
        program: The organisation's id of the program, such as the id of its registration.
    """
    home = organisation_id or INSTALLATION
    with platform.work(SystemActor(home, CORE_NAME)) as work:
        record_once(work, "program.refused", program or home, plugin, plugin=plugin, why=Sentence(why).to_text())
