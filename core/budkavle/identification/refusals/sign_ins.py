"""Refused identifications in the event log: by an e-ID, a code or a password, at most once a minute for each.

An entry is in the log of the organisation if it is known from the flow or the account, else in the installation's. It
names the provider and our own reason, but never contains a provider's text, a number or a name.
"""

from collections.abc import Mapping
from uuid import UUID

from budkavle.identification.flow_store import Flow
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.people import CORE_NAME, INSTALLATION, SystemActor, User
from budkavle.model.sentences import Sentence
from budkavle.storage.audit import Fact
from budkavle.storage.events.traces import record_once
from budkavle.storage.platform import Platform

NOT_SHOWN = "identifieringen avbröts eller misslyckades"
"""The reason if the provider did not identify the person; the provider's own text may contain anything."""


def record_refused_flow(
    platform: Platform, flow: Flow, why: str = NOT_SHOWN, *, user: User | None = None, subject: str = ""
) -> None:
    """Record that a flow ended without a sign-in.

    Args:
        platform: The installation.
        flow: The flow.
        why: Our own reason.
        user: The owner of the account that it would have opened, if known and not given by the flow.
        subject: The provider's identifier of the person; only a keyed hash is kept, for a minute.
    """
    content = flow.content
    who = platform.vault.subject_hash(flow.provider, subject).hex() if subject else flow.provider
    organisation_id, kind, object_id = INSTALLATION, "sign-in.failed", INSTALLATION
    if content.guest is not None:
        organisation_id, kind = UUID(content.organisation), "guest.identification-failed"
        object_id = as_uuid(content.guest.partition(":")[2]) or organisation_id
    elif user is not None:
        organisation_id, kind, object_id = user.organisation_id, "user.identification-failed", user.id
    elif content.account is not None:
        organisation_id, kind, object_id = (
            UUID(content.organisation),
            "user.identification-failed",
            UUID(content.account),
        )
    _record(
        platform, organisation_id, kind, object_id, who, {"provider": flow.provider, "why": Sentence(why).to_text()}
    )


def record_wrong_secret(platform: Platform, user: User | None) -> None:
    """Record a wrong password or code; for an unknown address it takes the same time."""
    _record_guess(platform, user, "user.sign-in-failed", "sign-in.unknown")


def record_blocked(platform: Platform, user: User | None) -> None:
    """Record a guess that was not checked, since there had been too many."""
    _record_guess(platform, user, "user.sign-in-blocked", "sign-in.blocked")


def _record_guess(platform: Platform, user: User | None, known: str, unknown: str) -> None:
    if user is None:
        _record(platform, INSTALLATION, unknown, INSTALLATION, "", {})
    else:
        _record(platform, user.organisation_id, known, user.id, "", {})


def _record(platform: Platform, home: UUID, kind: str, thing: UUID, who: str, details: Mapping[str, Fact]) -> None:
    with platform.work(SystemActor(home, CORE_NAME)) as work:
        record_once(work, kind, thing, who, about=None, **details)
