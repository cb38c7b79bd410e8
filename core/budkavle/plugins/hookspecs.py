"""The hooks that a plugin may implement, and the contract of each.

**When they are called.** A process calls the hooks in this order. All but the last two groups are called once, when
the process starts, and only register: they create objects, and use neither database nor network, since
`budkavle plugin check` calls them too.

1. `budkavle_hookspecs`, then `budkavle_settings` and `budkavle_label`: without a host, before anything else.
2. The hooks that return objects, each with the plugin's own `Host`, in the order below.
3. `budkavle_commands`: when the command line looks for a command that is not the core's own.
4. `budkavle_choose_transport`: each time a draft's recipients are resolved.
5. `budkavle_notice_due`: before each attempt to send a notice.
6. `budkavle_message_received`, `..._state_changed`, `..._account_changed`, `..._notice_changed`: after the commit that
   made the change.
   A plugin's own hooks are called when it calls them.
7. `budkavle_hold_back`: before messages are destroyed. `budkavle_clean_up`: in a worker, once they have been.
8. `budkavle_log_stamps`: when a time stamp of a third party for the event log is requested.
9. `budkavle_cases_by_number`: when a user searches for a case, and when an incoming message names a number.
10. `budkavle_case_texts`: in a worker, when a case is indexed for search; and when a hit is shown.
11. `budkavle_compose_text`: when the writer of a message chooses a ready text.

**In which process.** Web, worker and each command start in the same way, so the first two groups are called in all of
them. A hook about a change is called only in the process that made the change.

**What happens when one fails.** A hook of the first two groups that raises, or returns an object that does not
satisfy its Protocol, stops the process, with a line that names plugin, hook and fault. Later, a plugin fails alone: the
failure is logged, and the other plugins are still called.

**How pluggy calls them.** Each call is pluggy's own, with the implementations of one plugin at a time. The order is
that of `enabled`; `tryfirst` and `trylast` move a plugin first or last, and a hook with `firstresult` stops at the
first answer. An implementation is a plain `def` that takes any subset of the arguments; wrappers and `async def` are
refused. docs/hooks.md repeats these signatures, and a test compares the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pluggy

from budkavle.model.approvals import ApprovalKind
from budkavle.model.destruction import Destroyed, Hold, PlannedDestruction
from budkavle.model.messages import Address
from budkavle.model.notices import NoticeStatus
from budkavle.model.settings_sections import SettingsSection
from budkavle.plugins.host_protocol import Host
from budkavle.plugins.protocols.adviser import Adviser
from budkavle.plugins.protocols.base import UnitOfWork
from budkavle.plugins.protocols.directory import Directory
from budkavle.plugins.protocols.health import HealthCheck
from budkavle.plugins.protocols.identity_provider import IdentityProvider, ProviderSource
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.key_provider import KeyProvider
from budkavle.plugins.protocols.log_stamp import LogStamp
from budkavle.plugins.protocols.malware_scanner import MalwareScanner
from budkavle.plugins.protocols.notifier import NoticeWay, Notifier
from budkavle.plugins.protocols.outbox import Outbox
from budkavle.plugins.protocols.panel import Panel
from budkavle.plugins.protocols.personal_data import PersonalData
from budkavle.plugins.protocols.receipt_handler import ReceiptHandler
from budkavle.plugins.protocols.sealed_column import SealedColumn
from budkavle.plugins.protocols.transport import FactWords, Transport

if TYPE_CHECKING:
    from types import ModuleType

    import click
    from litestar import Router

hookspec = pluggy.HookspecMarker("budkavle")
"""Marks a function as a hook that a plugin offers to other plugins; see `budkavle_hookspecs`."""
hookimpl = pluggy.HookimplMarker("budkavle")
"""Marks a function of a plugin's module as its implementation of the hook of the same name."""


@hookspec
def budkavle_hookspecs() -> "ModuleType":  # type: ignore[empty-body]
    """Offer the plugin's own hooks to other plugins.

    Called first of all hooks. The plugin calls its hooks by `host.platform.plugins.call_hook`, which calls one plugin
    at a time: one that raises, or takes longer than 5 seconds, is logged and skipped. A plugin that implements a hook
    of another marks it `@hookimpl(optionalhook=True)`, so that it works while the other is off.

    Returns:
        A module of functions marked `@hookspec`. Each name begins with the plugin's own and `_`. A hook that
        has an argument `host` gets the host of the plugin that implements it.

    Example:
        @hookimpl
        def budkavle_hookspecs() -> ModuleType:
            from budkavle_pigeon import hookspecs  # it has pigeon_weather(host: Host, loft: str) -> str | None

            return hookspecs
    """


@hookspec
def budkavle_settings() -> "type[Any] | None":
    """Declare the plugin's settings.

    Called once, before the hooks with a host. The section `[plugins.NAME]` becomes an object of the type, which is
    `host.settings` in all other hooks. An unknown key or a wrong value stops the start; `KEY_file` in the section gives
    a value as the path of a file.

    Returns:
        A `msgspec.Struct` type; None if the plugin has no settings.

    Example:
        @hookimpl
        def budkavle_settings() -> type[PigeonSettings]:
            return PigeonSettings
    """


@hookspec
def budkavle_label() -> str:  # type: ignore[empty-body]
    """Return the plugin's display name, for the event log, pages and messages about the plugin.

    Called once when a process starts.

    Returns:
        A few words in Swedish, a translation key. A plugin without the hook is shown by its name.

    Example:
        @hookimpl
        def budkavle_label() -> str:
            return "Brevduvor"
    """


@hookspec
def budkavle_transports(host: Host) -> Iterable[Transport]:  # type: ignore[empty-body]
    """Register the plugin's transports.

    Called once when a process starts.

    Args:
        host: The plugin's own host, with its settings.

    Returns:
        Transports, each `name` unique in the installation. A worker calls `Transport.send`; if it fails, the
        delivery is retried or ends in SEND_FAILURE, and other transports continue.

    Example:
        @hookimpl
        def budkavle_transports(host: Host) -> list[Transport]:
            return [PigeonTransport(Loft(host))]
    """


@hookspec
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:  # type: ignore[empty-body]
    """Register identification methods, for people with an account and for readers without.

    Called once when a process starts.

    Args:
        host: The plugin's own host.

    Returns:
        Identity providers, each `name` unique in the installation. The web calls them in the steps of a sign-in, 20
        seconds each at most; if one fails, the person reads that it does not work now, and may choose another.

    Example:
        @hookimpl
        def budkavle_identity_providers(host: Host) -> list[IdentityProvider]:
            return [RingProvider(host.settings)]
    """


@hookspec
def budkavle_provider_sources(host: Host) -> Iterable[ProviderSource]:  # type: ignore[empty-body]
    """Register sources of identity providers that administrators connect on a page, while the installation runs.

    Called once when a process starts. The web reads each source again, at most every two seconds.

    Args:
        host: The plugin's own host.

    Returns:
        Sources, each `name` unique in the installation. A provider that has the name of another is left out; if a
        source fails, its last result stays in use.

    Example:
        @hookimpl
        def budkavle_provider_sources(host: Host) -> list[ProviderSource]:
            return [LoftDoors(host)]
    """


@hookspec
def budkavle_receipt_handlers(host: Host) -> Iterable[ReceiptHandler]:  # type: ignore[empty-body]
    """Register parsers of the receipts that peers send about deliveries.

    Called once when a process starts.

    Args:
        host: The plugin's own host.

    Returns:
        Receipt handlers, each `name` unique in the installation. `host.receipt` calls one, in the process where the
        transport got the receipt.

    Example:
        @hookimpl
        def budkavle_receipt_handlers() -> list[ReceiptHandler]:
            return [Rings()]
    """


@hookspec
def budkavle_directories(host: Host) -> Iterable[Directory]:  # type: ignore[empty-body]
    """Register address books.

    Called once when a process starts.

    Args:
        host: The plugin's own host.

    Returns:
        Directories, each `name` unique in the installation. They are called while a user writes and when a message
        comes in, 5 seconds each at most; if one fails, the writer reads that it does not answer.

    Example:
        @hookimpl
        def budkavle_directories(host: Host) -> list[Directory]:
            return [LoftBook(host.settings)]
    """


@hookspec
def budkavle_advisers(host: Host) -> Iterable[Adviser]:  # type: ignore[empty-body]
    """Register advisers, which read a draft while it is written and warn its writer.

    Called once when a process starts.

    Args:
        host: The plugin's own host.

    Returns:
        Advisers, each `name` unique in the installation. One that fails, or takes longer than 10 seconds, is logged and
        skipped: advice never stops a message.

    Example:
        @hookimpl
        def budkavle_advisers() -> list[Adviser]:
            return [WeightAdviser()]
    """


@hookspec
def budkavle_notifiers(host: Host) -> Iterable[Notifier]:  # type: ignore[empty-body]
    """Register channels for notices to people: mail, SMS or push.

    Called once when a process starts; notices are sent in workers.

    Args:
        host: The plugin's own host.

    Returns:
        Notifiers, each `name` unique in the installation. If several send the same kind, the first in the order of
        `enabled` is used. A notice whose sending fails is retried by the notifier's `backoff`; after the last attempt
        it is parked, and the health page says so.

    Example:
        @hookimpl
        def budkavle_notifiers(host: Host) -> list[Notifier]:
            return [RingNotifier()]
    """


@hookspec
def budkavle_notice_ways(host: Host) -> Iterable[NoticeWay]:  # type: ignore[empty-body]
    """Register ways to notify the members of a mailbox of what it receives; they choose among them under Aviseringar.

    Called once when a process starts; a job of the core calls the ways.

    Args:
        host: The plugin's own host.

    Returns:
        Ways, each `name` unique in the installation. An error of a way is logged. After `Invalid` the core gives up;
        after any other error it tries again in ten minutes, for a day at most.

    Example:
        @hookimpl
        def budkavle_notice_ways(host: Host) -> list[NoticeWay]:
            return [RingWay()]
    """


@hookspec
def budkavle_key_providers(host: Host) -> Iterable[KeyProvider]:  # type: ignore[empty-body]
    """Register providers of the master key, such as a PKCS#11 module or a key service.

    Called once when a process starts, before the database is opened. The settings choose one by `key_provider`; the
    others are not called.

    Args:
        host: The plugin's own host.

    Returns:
        Key providers, each `name` unique in the installation, and none called `file`. Only create the object: it
        opens what it needs, such as a session with a module, at the first call. If the chosen one fails, or takes
        longer than 10 seconds, data that needs its key is neither read nor written, and the health page says so. No
        other key is ever used instead.

    Example:
        @hookimpl
        def budkavle_key_providers(host: Host) -> list[KeyProvider]:
            return [Lockbox(host.settings.lockbox or host.data / "lockbox")]
    """


@hookspec
def budkavle_malware_scanners(host: Host) -> Iterable[MalwareScanner]:  # type: ignore[empty-body]
    """Register scanners that check files for malware before a person opens them.

    Called once when a process starts.

    Args:
        host: The plugin's own host.

    Returns:
        Scanners, each `name` unique in the installation. Each incoming file is scanned by all of them; if one fails,
        the file is refused until it answers.

    Example:
        @hookimpl
        def budkavle_malware_scanners() -> list[MalwareScanner]:
            return [SeedScanner()]
    """


@hookspec
def budkavle_jobs(host: Host) -> Iterable[Job]:  # type: ignore[empty-body]
    """Register periodic work.

    Called once when a process starts; the jobs run in workers, each in one worker at a time.

    Args:
        host: The plugin's own host.

    Returns:
        Jobs, each `name` unique in the plugin. A run that fails is logged, and the job runs again when it is due.

    Example:
        @hookimpl
        def budkavle_jobs(host: Host) -> list[Job]:
            return [Job("homing", Homing(host, Loft(host)).run, every=timedelta(minutes=5))]
    """


@hookspec
def budkavle_outboxes(host: Host) -> Iterable[Outbox]:  # type: ignore[empty-body]
    """Register queues that the core keeps: an entry added with `enqueue` is handled until it succeeds or is parked.

    Called once when a process starts; entries are handled in workers, those of one outbox in one worker at a time.

    Args:
        host: The plugin's own host.

    Returns:
        Outboxes, each `name` unique in the plugin. An entry whose handling fails is retried after the outbox's
        `backoff`; after the last attempt it is parked, and the health page says so. Other outboxes continue.

    Example:
        @hookimpl
        def budkavle_outboxes(host: Host) -> list[Outbox]:
            return [Outbox("greetings", lambda entry: host.log.info("pigeon.greeted"), backoff=Backoff(tries=10))]
    """


@hookspec
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:  # type: ignore[empty-body]
    """Register checks for the health page and `budkavle health`.

    Called once when a process starts.

    Args:
        host: The plugin's own host.

    Returns:
        Health checks, each `name` unique in the plugin. One that fails, or takes longer than 10 seconds, is shown as
        unhealthy.

    Example:
        @hookimpl
        def budkavle_health_checks(host: Host) -> list[HealthCheck]:
            return [HealthCheck("birds", lambda organisation_id: [Health("Duvor", True, "Alla är hemma.")])]
    """


@hookspec
def budkavle_settings_sections(host: Host) -> Iterable[SettingsSection[Any]]:  # type: ignore[empty-body]
    """Register settings of organisations and mailboxes, each section described by a type.

    Called once when a process starts. The core makes the form, validates and stores the values, and records each
    change in the event log. `read_settings(work, LoftSettings)` gives the current values.

    Args:
        host: The plugin's own host; its `settings` may give a section's usual values.

    Returns:
        Sections, each `name` unique in the plugin. A section whose `check` raises is not saved: the user gets an
        error page, and other sections are not affected.

    Example:
        @hookimpl
        def budkavle_settings_sections() -> list[SettingsSection[LoftSettings]]:
            return [SettingsSection(name="loft", type=LoftSettings, title="Duvslaget", scope="both")]
    """


@hookspec
def budkavle_approval_kinds(host: Host) -> Iterable[ApprovalKind]:  # type: ignore[empty-body]
    """Register kinds of actions that need the approval of a second person: a send, an export, a destruction.

    Called once when a process starts. `ask_approval` creates a request, which is shown on the page Väntar på
    godkännande; once it is approved, a worker calls `ApprovalKind.run`.

    Args:
        host: The plugin's own host.

    Returns:
        Kinds, each `name` unique in the plugin. If `run` raises `Temporary`, it is called again; after another
        `BudkavleError` the request has failed, and the requester sees why.

    Example:
        @hookimpl
        def budkavle_approval_kinds(host: Host) -> list[ApprovalKind]:
            return [ApprovalKind("cull", "Rensning i duvslaget", Loft(host).cull)]
    """


@hookspec
def budkavle_personal_data(host: Host) -> Iterable[PersonalData]:  # type: ignore[empty-body]
    """Describe the personal data that the plugin processes: its rows of the organisation's register of processing.

    Called once when a process starts. Every plugin has this hook, so that the question is never forgotten:
    `budkavle plugin check` refuses a plugin without it. Min organisation shows the rows of the plugins that are on.

    Args:
        host: The plugin's own host; its `settings` may decide who receives the data.

    Returns:
        Rows, each `name` unique in the plugin; an empty list if the plugin processes no personal data of its own.

    Example:
        @hookimpl
        def budkavle_personal_data() -> list[PersonalData]:
            flights = PersonalData(
                name="flights",
                title="Flygningar",
                purpose="Veta vilken duva som bar ett brev.",
                people=(People.CORRESPONDENTS,),
                data="Mottagarens adress och tiden för flygningen.",
                kept="Så länge som meddelandet.",
            )
            return [flights]
    """


@hookspec
def budkavle_sealed_columns(host: Host) -> Iterable[SealedColumn]:  # type: ignore[empty-body]
    """Say how to open the sealed columns of the plugin's tables, for an organisation's export and for resealing.

    Called once when a process starts. An export opens these columns for the receiver that two administrators have
    agreed on; private keys, tokens and passwords have `exported=False` and never leave the installation. After a key
    renewal `budkavle keys reseal` seals all of them under the new key. Leave out rows that are deleted within days.

    Args:
        host: The plugin's own host.

    Returns:
        Columns, each once. If one does not open as described, the export or the resealing fails.

    Example:
        @hookimpl
        def budkavle_sealed_columns() -> list[SealedColumn]:
            return [SealedColumn("pigeon_flights", "note", "flight:{id}")]
    """


@hookspec
def budkavle_panels(host: Host) -> Iterable[Panel]:  # type: ignore[empty-body]
    """Register panels for the named places of the core's pages.

    Called once when a process starts; a panel's `context` is called each time its page is shown, 3 seconds at most.

    Args:
        host: The plugin's own host.

    Returns:
        Panels. If one fails, the page is shown without it.

    Example:
        @hookimpl
        def budkavle_panels() -> list[Panel]:
            return [Panel("message.panel", "flights.html", lambda actor, page: {"case": page["case"].id})]
    """


@hookspec
def budkavle_routes(host: Host) -> "Iterable[Router]":  # type: ignore[empty-body]
    """Register the plugin's own pages and endpoints.

    Called once when a process starts.

    Args:
        host: The plugin's own host.

    Returns:
        Litestar routers, with paths below `/plugin/NAME/`. Another path stops the start. A handler that raises gives an
        error page; other pages are not affected.

    Example:
        @hookimpl
        def budkavle_routes(host: Host) -> list[Router]:
            from budkavle_pigeon.pages import router

            return [router(Loft(host))]
    """


@hookspec
def budkavle_event_words() -> Mapping[str, str | FactWords]:  # type: ignore[empty-body]
    """Return a sentence for each kind of entry that the plugin records in the event log.

    Called once when a process starts.

    Returns:
        Sentences in Swedish, which are translation keys, by kind. `{thing}` and `{user}` are names, other words are
        facts of the entry. A kind without a sentence is shown by its name. `FactWords` for `delivery.WORD` let the
        plugin record WORD of deliveries with `note_fact`.

    Example:
        @hookimpl
        def budkavle_event_words() -> dict[str, str | FactWords]:
            fact = FactWords("Någon såg duvan", "Duva sedd", "Duvan är på väg.")
            return {"pigeon.flown": "Duvan {bird} har flugit.", "delivery.seen": fact}
    """


@hookspec
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":  # type: ignore[empty-body]
    """Return commands for the command line.

    Called when the command line looks for a command that is not the core's own, so import late.

    Args:
        host: The plugin's own host; None if the plugin is off or the settings are wrong. A command that needs no
            installation still works.

    Returns:
        Click commands. A plugin whose hook raises is logged and left out; if the command line names its command, its
        error is shown.

    Example:
        @hookimpl
        def budkavle_commands(host: Host | None) -> list[click.Command]:
            from budkavle_pigeon.commands import pigeon

            return [pigeon(host)]
    """


@hookspec(firstresult=True)
def budkavle_choose_transport(recipient: Address, offers: Sequence[Transport]) -> Transport | None:
    """Choose the transport for one recipient.

    Called each time a draft's recipients are resolved: when the page is shown, when it is checked, and when it is sent.
    There is no timeout, so it must be pure: no network, no database. The first answer counts; the core's own, the
    transport that the address names, comes last.

    Args:
        recipient: The address, as found in the directories.
        offers: All transports of the installation.

    Returns:
        One of `offers`; None leaves the choice to the next plugin. An error, or a transport that was not offered, is
        logged and skipped.

    Example:
        @hookimpl
        def budkavle_choose_transport(recipient: Address, offers: Sequence[Transport]) -> Transport | None:
            birds = [offer for offer in offers if offer.name == "pigeon"]
            return birds[0] if birds and recipient.transport == "loft" else None
    """


@hookspec(firstresult=True)
def budkavle_notice_due(host: Host, status: NoticeStatus) -> bool | None:
    """Say whether a notice is still to be sent.

    Called in a worker before each attempt, since the notice may be out of date by then: its message recalled or read,
    its meeting cancelled. The first answer counts.

    Args:
        host: The plugin's own host.
        status: The notice; `topic` and `about` say what it is about.

    Returns:
        False withdraws it; None if it is not this plugin's notice. After an error, or 5 seconds without an answer,
        which are logged, the notice is sent.

    Example:
        @hookimpl
        def budkavle_notice_due(host: Host, status: NoticeStatus) -> bool | None:
            return Loft(host).birds > 0 if status.topic == "pigeon.landed" else None
    """


@hookspec
def budkavle_message_received(host: Host, organisation_id: UUID, message_id: UUID) -> None:
    """React to a message that has been stored and can be read.

    Called after the commit, in the process that stored it, in a thread of the plugin's own, with a timeout of 5
    seconds. If the process dies between commit and call, the hook is not called: a plugin that must not miss a message
    also checks in a job. An error is logged and skipped.

    Args:
        host: The plugin's own host.
        organisation_id: Whose message it is.
        message_id: The message; read it by the face.

    Example:
        @hookimpl
        def budkavle_message_received(host: Host, organisation_id: UUID, message_id: UUID) -> None:
            host.log.info("pigeon.arrived", message=str(message_id))
    """


@hookspec
def budkavle_state_changed(host: Host, organisation_id: UUID, delivery_id: UUID, state: str) -> None:
    """React to a delivery's new state.

    Called as `budkavle_message_received` is. If one commit changes the state several times, only the last
    is passed.

    Args:
        host: The plugin's own host.
        organisation_id: Whose delivery it is.
        delivery_id: The delivery.
        state: A value of `DeliveryState`.

    Example:
        @hookimpl
        def budkavle_state_changed(host: Host, organisation_id: UUID, delivery_id: UUID, state: str) -> None:
            if state == "ACKNOWLEDGED":
                Loft(host).book(organisation_id, delivery_id)
    """


@hookspec
def budkavle_account_changed(host: Host, organisation_id: UUID, user_id: UUID, kind: str) -> None:
    """React to a change of an account: its sign-in methods, or its rights.

    Called as `budkavle_message_received` is.

    Args:
        host: The plugin's own host.
        organisation_id: Whose account it is.
        user_id: The account.
        kind: What happened, such as `method-added`; docs/hooks.md lists the kinds, and more may be added.

    Example:
        @hookimpl
        def budkavle_account_changed(host: Host, user_id: UUID, kind: str) -> None:
            host.log.info("pigeon.account", user=str(user_id), kind=kind)
    """


@hookspec
def budkavle_notice_changed(host: Host, status: NoticeStatus) -> None:
    """React to a notice that has been sent, has been delivered, or has failed.

    Called as `budkavle_message_received` is, in every plugin. A plugin that must not miss one also reads
    `find_notices`.

    Args:
        host: The plugin's own host.
        status: The notice in its new state; `topic` says which part asked for it, `failure` why it failed.

    Example:
        @hookimpl
        def budkavle_notice_changed(host: Host, status: NoticeStatus) -> None:
            if status.topic == "pigeon.landed":
                host.log.info("pigeon.told", state=status.state.value)
    """


@hookspec
def budkavle_hold_back(host: Host, planned: PlannedDestruction) -> Iterable[Hold]:  # type: ignore[empty-body]
    """Hold back messages that must not be destroyed yet, for instance because a court has requested them.

    Called each time before messages are destroyed, 5 seconds at most. What is held is kept, the members of the mailbox
    read why in the case's log, and the plugin is asked again a day later. Nothing is destroyed in doubt: a plugin that
    raises, times out or does not return a list of `Hold` holds back everything that it was asked about.

    Args:
        host: The plugin's own host.
        planned: The cases and messages, and why they are to be destroyed.

    Returns:
        What must be kept, and why; an empty list for nothing.

    Example:
        @hookimpl
        def budkavle_hold_back(host: Host, planned: PlannedDestruction) -> list[Hold]:
            if not host.settings.moulting:
                return []
            return [Hold(case.id, "Duvorna ruggar, så inga brev får kastas.") for case in planned.cases]
    """


@hookspec
def budkavle_clean_up(host: Host, destroyed: Destroyed) -> None:
    """Delete the plugin's own rows about messages that have been destroyed, or about what closed accounts kept.

    Called in a worker, after the commit that destroyed them, 60 seconds at most. A call that raises or times out is
    repeated until it succeeds, so the function must be idempotent. After some days the call is parked, like an entry of
    an outbox: the health page says so, and `budkavle outbox retry` tries again. A plugin that is off at the time of the
    destruction, but has tables here, is called when it is on again.

    Args:
        host: The plugin's own host.
        destroyed: The cases, messages and deliveries, or the accounts.

    Example:
        @hookimpl
        def budkavle_clean_up(host: Host, destroyed: Destroyed) -> None:
            Loft(host).forget_all(destroyed.organisation_id, destroyed.delivery_ids)
    """


@hookspec
def budkavle_end_access(host: Host, organisation_id: UUID) -> None:
    """Revoke everything that the plugin has issued to give access: keys, application passwords, links.

    Called for each organisation when the installation has been restored from a backup, or is put into quarantine:
    otherwise, access that was revoked after the backup would be valid again. The core ends its own sessions and
    invitations. Called outside of any transaction, 5 seconds at most. A call that raises or times out is repeated until
    it succeeds, and the quarantine does not end before that, so the function must be idempotent.

    Args:
        host: The plugin's own host.
        organisation_id: Whose.

    Example:
        @hookimpl
        def budkavle_end_access(host: Host, organisation_id: UUID) -> None:
            Loft(host).change_rings(organisation_id)
    """


@hookspec
def budkavle_log_stamps(  # type: ignore[empty-body]
    host: Host, organisation_id: UUID, numbers: Sequence[int], at_once: bool
) -> Iterable[LogStamp]:  # pyright: ignore[reportReturnType]
    """Return the time stamps that cover entries of an event log.

    Called when a delivery proof is made, when `budkavle audit verify` runs, and when a plugin asks by `stamped_spans`.
    5 seconds at most. A plugin that raises or times out is logged and skipped: nothing waits for a stamp.

    Args:
        host: The plugin's own host.
        organisation_id: Whose log it is.
        numbers: The entries; an empty sequence asks for the newest stamp only.
        at_once: Whether to request a stamp now for entries that have none yet.

    Returns:
        The stamps, one for each span that has one of the entries.

    Example:
        @hookimpl
        def budkavle_log_stamps(host: Host, organisation_id: UUID, numbers: Sequence[int]) -> list[LogStamp]:
            stamps = Loft(host).stamps(organisation_id)
            return [stamp for stamp in stamps if any(stamp.covers(number) for number in numbers)]
    """


@hookspec
def budkavle_cases_by_number(host: Host, work: UnitOfWork, number: str) -> Iterable[UUID]:  # type: ignore[empty-body]
    """Find cases by a number that the core does not know, such as their number in the organisation's register.

    Called within the unit of work of a search, or of an incoming message that names a number that the core has not
    found. It runs in that thread and without a timeout, so it must only query the plugin's own tables
    (`host.tables(work)`) and call no other system. A plugin that raises is logged and skipped.

    Args:
        host: The plugin's own host.
        work: The unit of work, whose organisation alone counts; its actor may be any actor.
        number: The number as it was typed or written.

    Returns:
        The cases of the organisation that have this number; the core decides who may see them, and reads the first 500.

    Example:
        @hookimpl
        def budkavle_cases_by_number(host: Host, work: Work, number: str) -> list[UUID]:
            return Loft(host).cases_of_ring(work, number)
    """


@hookspec
def budkavle_case_texts(  # type: ignore[empty-body]
    host: Host, work: UnitOfWork, case_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[str]]:  # pyright: ignore[reportReturnType]
    """Return the texts that the plugin keeps in cases, such as notes, so that searches find cases by their words.

    Called in a worker when cases are indexed, and when a page shows where the words of a hit are. It runs within that
    unit of work and without a timeout, so it must only query the plugin's own tables and call no other system. The core
    stores keyed hashes of the words and nothing else of the texts. A plugin calls `mark_case_changed(work, case_id)`
    when its texts change. A plugin that raises is logged and skipped.

    Args:
        host: The plugin's own host.
        work: The unit of work; the core has checked that the reader has access.
        case_ids: The cases.

    Returns:
        The texts of those of the cases in which the plugin keeps any.

    Example:
        @hookimpl
        def budkavle_case_texts(host: Host, work: Work, case_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
            return {case_id: Loft(host).scrawls_in(work, case_id) for case_id in case_ids}
    """


@hookspec
def budkavle_compose_text(
    host: Host,
    work: UnitOfWork,
    choice: str,
    mailbox_id: UUID,
    case_id: UUID | None,
    recipients: Sequence[Address],
) -> tuple[str, str] | None:
    """Return a ready text that the writer of a message has chosen, by a button of a panel of `compose.texts`.

    Called within a unit of work of the writer and without a timeout, so it must only query the plugin's own tables and
    call no other system. The first answer is used. The core inserts the text at the writer's cursor, or before the
    writer's signature, and the subject only if none has been written. A plugin that raises is logged and skipped.

    Args:
        host: The plugin's own host.
        work: The unit of work; its actor is the writer. The plugin must check what they may use.
        choice: The value of the button, which was named `insert`. Other plugins' choices are passed too.
        mailbox_id: The mailbox that the message is sent from.
        case_id: The case of the reply; None for a new message.
        recipients: The recipients chosen so far, with their names in the address books.

    Returns:
        A subject, which may be empty, and a text; None if the choice is not the plugin's.

    Example:
        @hookimpl
        def budkavle_compose_text(host: Host, choice: str) -> tuple[str, str] | None:
            return ("Duvpost", f"Duvslaget har {Loft(host).birds} duvor.") if choice == "pigeon.birds" else None
    """
