"""What records registers with the core, part by part."""

from collections.abc import Collection, Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from budkavle import Host, Job, SettingsSection, Work, hookimpl
from budkavle.operations import Destroyed, Hold, PlannedDestruction
from budkavle.web import Panel

if TYPE_CHECKING:
    import click
    from litestar import Router

    from budkavle.approvals import ApprovalKind
    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn
    from budkavle_records.settings import RecordsSettings


@hookimpl
def budkavle_hookspecs() -> ModuleType:
    """Return the hook for receipts from other systems."""
    from budkavle_records import hookspecs

    return hookspecs


@hookimpl
def budkavle_settings() -> "type[RecordsSettings]":
    """Return the type of the installation's settings."""
    from budkavle_records.settings import RecordsSettings

    return RecordsSettings


@hookimpl
def budkavle_label() -> str:
    """Return its name in words."""
    return "Registrering och gallring"


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Return the event log's sentences about records."""
    from budkavle_records.archive import words as archive
    from budkavle_records.disposal import words as disposal
    from budkavle_records.holds import words as holds
    from budkavle_records.registration import parts as registration
    from budkavle_records.schedule import words as schedule

    return {
        **schedule.EVENT_WORDS,
        **holds.EVENT_WORDS,
        **disposal.EVENT_WORDS,
        **registration.EVENT_WORDS,
        **archive.EVENT_WORDS,
    }


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Return which personal data it handles."""
    from budkavle_records.archive import words as archive
    from budkavle_records.disposal import words as disposal
    from budkavle_records.holds import words as holds
    from budkavle_records.registration import parts as registration
    from budkavle_records.schedule import words as schedule

    return [
        *schedule.personal_data(),
        *holds.personal_data(),
        *disposal.personal_data(),
        *registration.personal_data(),
        *archive.personal_data(),
    ]


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Return how its encrypted columns are decrypted in an export."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("records_case_kinds", "moment", "records.moment:{case_id}"),
        SealedColumn("records_holds", "sealed", "records.hold:{id}", "json"),
        SealedColumn("records_runs", "reason", "records.run:{id}"),
        *(
            SealedColumn("records_registrations", name, f"records-{name}:{{message_id}}")
            for name in ("number", "about")
        ),
        *(
            SealedColumn("records_registration_log", name, f"records-{name}:{{message_id}}")
            for name in ("number", "about", "reason")
        ),
        SealedColumn("records_transfers", "reason", "records-transfer:{id}"),
        SealedColumn("records_packages", "answer", "records-receipt:{id}"),
    ]


@hookimpl
def budkavle_settings_sections() -> Iterable[SettingsSection[Any]]:
    """Return the settings of organisations and mailboxes."""
    from budkavle_records.archive import settings as archive
    from budkavle_records.registration import settings as registration

    return [registration.SECTION, *archive.SECTIONS]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Return the pages."""
    from budkavle_records.archive import parts as archive
    from budkavle_records.disposal import parts as disposal
    from budkavle_records.registration import parts as registration

    return [*disposal.routers(host), *registration.routers(host), *archive.routers(host)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Return the menu line under Min organisation, after Statistik, and the panels of each part."""
    from budkavle_records import frame
    from budkavle_records.disposal import parts as disposal
    from budkavle_records.registration import parts as registration

    return [
        Panel("organisation.menu", "", frame.menu_line, order=65),
        *disposal.panels(host),
        *registration.panels(host),
    ]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Return the jobs that run periodically."""
    from budkavle_records.archive import parts as archive
    from budkavle_records.disposal import parts as disposal
    from budkavle_records.registration import parts as registration

    return [*disposal.jobs(host), *registration.jobs(host), *archive.jobs(host)]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Return `budkavle records ...`."""
    from budkavle_records.commands import group

    return [group(host)]


@hookimpl
def budkavle_approval_kinds(host: Host) -> "Iterable[ApprovalKind]":
    """Return what requires a second person's approval."""
    from budkavle_records.archive import parts as archive
    from budkavle_records.disposal import runs as disposal

    return [*disposal.approval_kinds(host), *archive.approval_kinds(host)]


@hookimpl
def budkavle_message_received(host: Host, organisation_id: UUID, message_id: UUID) -> None:
    """Apply the rules that give a kind of document to the message's case."""
    from budkavle_records.schedule import rules as schedule

    schedule.judge_message(host, organisation_id, message_id)


@hookimpl
def budkavle_hold_back(host: Host, planned: PlannedDestruction) -> Iterable[Hold]:
    """Hold back cases under a legal hold, that the schedule keeps longer, or that are on their way to the archive."""
    from budkavle_records.archive import guard as archive
    from budkavle_records.disposal import judging as disposal

    return [*disposal.hold_back(host, planned), *archive.holds(host, planned)]


@hookimpl
def budkavle_clean_up(host: Host, destroyed: Destroyed) -> None:
    """Delete what is stored about the content of destroyed messages."""
    from budkavle_records.archive import guard as archive
    from budkavle_records.holds import legal_holds as holds
    from budkavle_records.registration import decisions as registration
    from budkavle_records.schedule import assignment as schedule

    holds.clean_up(host, destroyed)
    schedule.clean_up(host, destroyed)
    registration.forget_texts(host, destroyed.organisation_id, destroyed.message_ids)
    archive.forget_packages(host, destroyed)


@hookimpl
def budkavle_cases_by_number(host: Host, work: Work, number: str) -> list[UUID]:
    """Find cases by their number in the register."""
    from budkavle_records.registration import decisions as registration

    return registration.cases_of_number(host, work, number)


@hookimpl(optionalhook=True)
def message_api_registration(
    host: Host, organisation_id: UUID, message_id: UUID, client: str, decision: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Let a case system read the registration of a message, and write its number back."""
    from budkavle_records.registration import written_back

    return written_back.registration(host, organisation_id, message_id, client, decision)


@hookimpl(optionalhook=True)
def message_api_archive_receipt(
    host: Host, organisation_id: UUID, package_id: UUID, client: str, receipt: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Let an archive read the state of a package, and send its receipt."""
    from budkavle_records.archive import written_back

    return written_back.archive_receipt(host, organisation_id, package_id, client, receipt)


@hookimpl(optionalhook=True)
def disclosure_registrations(host: Host, organisation_id: UUID, message_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return register numbers for lists of messages."""
    from budkavle_records.registration import decisions as registration

    with host.work(host.system(organisation_id)) as work:
        registrations = registration.registrations_of(host, work, message_ids)
    return {message_id: each.number for message_id, each in registrations.items() if each.number}


@hookimpl(optionalhook=True)
def files_retention_kinds(host: Host, organisation_id: UUID) -> Mapping[UUID, Mapping[str, Any]]:
    """Return the schedule's kinds that a catalogue of files may have."""
    from budkavle_records.schedule.kinds import kinds_of_files

    with host.work(host.system(organisation_id)) as work:
        return kinds_of_files(host, work)
