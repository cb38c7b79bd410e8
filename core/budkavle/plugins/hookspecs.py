"""The hooks. They only register, at start; the objects they return do the work (see `contracts`).

Each hook is called once for each plugin, with that plugin's own host. docs/hooks.md repeats these signatures,
and a test holds the two together.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pluggy

from budkavle.model.messages import Address
from budkavle.plugins.host_protocol import Host
from budkavle.plugins.job import Job
from budkavle.plugins.protocols import (
    Adviser,
    Directory,
    HealthCheck,
    IdentityProvider,
    Panel,
    ReceiptHandler,
    Transport,
)

if TYPE_CHECKING:
    import click
    from litestar import Router

hookspec = pluggy.HookspecMarker("budkavle")
hookimpl = pluggy.HookimplMarker("budkavle")


@hookspec
def budkavle_settings() -> "type[Any] | None":
    """Return a msgspec.Struct type; its section in the settings is `[plugins.NAME]`, unknown keys are errors."""


@hookspec
def budkavle_transports(host: Host) -> Iterable[Transport]:  # type: ignore[empty-body]
    """Return the transports that the plugin brings."""


@hookspec
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:  # type: ignore[empty-body]
    """Return the ways to show who one is."""


@hookspec
def budkavle_receipt_handlers(host: Host) -> Iterable[ReceiptHandler]:  # type: ignore[empty-body]
    """Return the readers of receipts."""


@hookspec
def budkavle_directories(host: Host) -> Iterable[Directory]:  # type: ignore[empty-body]
    """Return the address books."""


@hookspec
def budkavle_advisers(host: Host) -> Iterable[Adviser]:  # type: ignore[empty-body]
    """Return what reads a draft while it is written and warns its writer."""


@hookspec
def budkavle_event_words() -> Mapping[str, str]:  # type: ignore[empty-body]
    """Return a sentence for each kind of entry that the plugin records in the event log."""


@hookspec
def budkavle_routes(host: Host) -> "Iterable[Router]":  # type: ignore[empty-body]
    """Return Litestar routers; a plugin's own pages live under `/plugin/NAME/`."""


@hookspec
def budkavle_panels(host: Host) -> Iterable[Panel]:  # type: ignore[empty-body]
    """Return pieces for the named places of the core's pages."""


@hookspec
def budkavle_jobs(host: Host) -> Iterable[Job]:  # type: ignore[empty-body]
    """Return periodic work; one worker at a time does each."""


@hookspec
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:  # type: ignore[empty-body]
    """Return checks for the health page and the command line."""


@hookspec
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":  # type: ignore[empty-body]
    """Return commands for the command line; `host` is None where no database is at hand."""


@hookspec(firstresult=True)
def budkavle_choose_transport(recipient: Address, offers: Sequence[Transport]) -> Transport | None:
    """Choose the transport for one recipient; plain and pure. The core's own answer comes last."""


@hookspec
def budkavle_message_received(host: Host, organisation_id: UUID, message_id: UUID) -> None:
    """A message has been stored and can be read. After the commit; a failure is logged and passed over."""


@hookspec
def budkavle_state_changed(host: Host, organisation_id: UUID, delivery_id: UUID, state: str) -> None:
    """A delivery has a new state. After the commit; a failure is logged and passed over."""


@hookspec
def budkavle_case_changed(host: Host, organisation_id: UUID, case_id: UUID, kind: str) -> None:
    """Somebody took, released, closed ... a case. After the commit; a failure is logged and passed over."""


@hookspec
def budkavle_account_changed(host: Host, organisation_id: UUID, user_id: UUID, kind: str) -> None:
    """An account, or how it is signed in to, has changed. After the commit; a failure is logged and passed over."""
