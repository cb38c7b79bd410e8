"""Organisations, users and who somebody has shown to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from budkavle.model.loa import Loa


class Role(StrEnum):
    """What a user may do beside reading mailboxes (features Q2 to Q4)."""

    USER = "user"
    ADMIN = "admin"
    """Of the organisation."""
    PLATFORM = "platform"
    """Of the whole installation."""


LONGEST_NAME = 200


def name_fault(name: str, missing: str) -> str:
    """Return what is wrong with the name of a person or a mailbox, or nothing; `missing` says that it is empty."""
    if not name:
        return missing
    return f"Namnet får ha högst {LONGEST_NAME} tecken." if len(name) > LONGEST_NAME else ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A participant: a tenant with its own keys."""

    id: UUID
    name: str
    slug: str
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account in one organisation."""

    id: UUID
    organisation_id: UUID
    email: str
    name: str
    language: str = "sv"
    role: Role = Role.USER
    active: bool = True

    def acting(self, loa: Loa = Loa.NONE) -> "Actor":
        """Return the user as somebody who does something, identified at this level."""
        return Actor(self.organisation_id, self.id, self.name, self.role, loa, self.language)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a signed-in user, or (without `user_id`) a part of the system acting in its own name."""

    organisation_id: UUID
    user_id: UUID | None = None
    name: str = "Budkavle"
    role: Role = Role.USER
    loa: Loa = Loa.NONE
    language: str = "sv"
    method: str = ""
    """By which identity provider; noted where somebody opens a secure message."""

    @property
    def is_admin(self) -> bool:
        """Whether the actor administers the organisation."""
        return self.role in {Role.ADMIN, Role.PLATFORM}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody has shown to be, and how surely; what an identity provider's flow ends in.

    Attributes:
        provider: The provider's name.
        subject: The provider's own identifier of the person.
        loa: What the provider returned, never what was asked for; the core caps it.
        attributes: Such as `personnummer`, `email`, `name`, by those names.
    """

    provider: str
    subject: str
    loa: Loa
    attributes: Mapping[str, str] = field(default_factory=dict)
