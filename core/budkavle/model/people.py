"""Organisations, users, actors and identities."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from budkavle.model.errors import OutsideNetworks, WeakSignIn
from budkavle.model.loa import Loa
from budkavle.model.states import AT_WORK, OrganisationState


class Role(StrEnum):
    """What a user administers: nothing, the organisation (ADMIN), or the whole installation (PLATFORM)."""

    USER = "user"
    ADMIN = "admin"
    PLATFORM = "platform"


OUTSIDE = (
    "Administrationen öppnas bara från organisationens nätverk. Anslut till det, på arbetsplatsen eller med VPN, och "
    "försök igen."
)
WEAK = (
    "Administratörer loggar in med passkey eller på tillitsnivå 3 här. Logga ut och logga in på det sättet. Har du "
    "inget sådant, så lägger du till en passkey under Mitt konto, om det går där. Annars kan en administratör som har "
    "loggat in så skriva in ditt personnummer, så att du loggar in med e-legitimation. Kan ingen av er logga in så, "
    "hjälper den som sköter Budkavle er."
)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A participant: a tenant with its own keys.

    Attributes:
        slug: Its short name in URLs.
        settings: Its administrators' choices; see `update_organisation`.
        state: Whether it is active, is paused, or is being removed.
    """

    id: UUID
    name: str
    slug: str
    settings: Mapping[str, object] = field(default_factory=dict)
    state: OrganisationState = OrganisationState.ACTIVE

    @property
    def is_at_work(self) -> bool:
        """Whether its users, guests and systems have access: it is not paused, being removed, or moved."""
        return self.state in AT_WORK


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account in one organisation.

    Attributes:
        source: The plugin whose directory keeps the account, such as `scim`; empty if administrators manage it here.
        destroyed: Whether the account's personal data has been destroyed. Such an account has no address, and can never
            be reopened.
        signed_out_at: When the user was last signed out everywhere; what was granted before gives no access any more.
            None if never.
    """

    id: UUID
    organisation_id: UUID
    email: str
    name: str
    language: str = "sv"
    role: Role = Role.USER
    active: bool = True
    source: str = ""
    destroyed: bool = False
    signed_out_at: datetime | None = None

    def acting(self, loa: Loa = Loa.NONE) -> "UserActor":
        """Return the user as an actor.

        Args:
            loa: The level at which the user is identified.
        """
        return UserActor(self.organisation_id, self.id, self.name, self.role, loa, self.language)


class ActorKind(StrEnum):
    """The kind of an actor, as recorded in the event log."""

    USER = "user"
    GUEST = "guest"
    PLUGIN = "plugin"
    SYSTEM = "system"
    """The core itself, or the command line."""


class ActorScope(StrEnum):
    """What an actor may do beyond its own mailboxes and its own account.

    A user has scopes by role. A `SystemActor` has those that it was made with, and no others.

    Attributes:
        READ: Read every mailbox of the organisation, whatever level of assurance the messages require.
        READ_DELETED: With READ: also read deleted mailboxes, until their content is destroyed.
        RESTRICTED: With READ: also read restricted cases without being named for them, for records and transports.
        WRITE: Send from every mailbox that it may read, and change the cases in it.
        ADMINISTER: Do what an administrator of the organisation may.
        ACCOUNTS: Set passwords, and bind identities to accounts without a wait or a second administrator.
        INSTALLATION: Do what an administrator of the installation may.
    """

    READ = "read"
    READ_DELETED = "read-deleted"
    RESTRICTED = "restricted"
    WRITE = "write"
    ADMINISTER = "administer"
    ACCOUNTS = "accounts"
    INSTALLATION = "installation"


EVERY_SCOPE = frozenset(ActorScope) - {ActorScope.READ_DELETED}
"""All scopes for mailboxes, accounts and organisations that are in use."""
CORE_NAME = "Budkavle"
"""The core's name in the event log, when it acts for no user."""
INSTALLATION = UUID(int=0)
"""Used instead of an organisation's id, for an actor that acts in none."""

MARK_LENGTH = 16
"""Characters of the mark of a session or an address in the event log; neither can be derived from it."""


@dataclass(frozen=True, slots=True)
class Actor(ABC):
    """Who does something: a `UserActor`, a `SystemActor` or a `GuestActor`.

    An actor has the rights of its kind and its scopes. A missing value never grants a right.

    Attributes:
        organisation_id: The organisation in which the actor acts.
        user_id: The user's account; None for all but a `UserActor`.
        name: The actor's name in the event log.
    """

    organisation_id: UUID
    user_id: UUID | None
    name: str
    # Not fields: only a user has been identified. All other actors have the lowest level and read Swedish.
    loa = Loa.NONE
    language = "sv"
    method = ""

    @property
    @abstractmethod
    def kind(self) -> ActorKind:
        """What kind of actor it is."""

    @abstractmethod
    def may(self, scope: ActorScope) -> bool:
        """Whether the actor has a scope."""

    @property
    def is_admin(self) -> bool:
        """Whether the actor administers the organisation."""
        return self.may(ActorScope.ADMINISTER)

    @property
    def marks(self) -> Mapping[str, str]:
        """What the event log records of the actor besides id, name and kind."""
        return {}

    def may_read_at(self, loa: int) -> bool:
        """Whether the actor may read what requires a level of assurance."""
        return self.loa >= loa

    @property
    def meets_all_cases(self) -> bool:
        """Whether the actor has access to restricted cases without being named for them.

        True for parts of the system that read no mailbox, such as delivery and destruction, for those that read with
        RESTRICTED, and for guests, whose access is checked for each message. Never for a user.
        """
        return not self.may(ActorScope.READ) or self.may(ActorScope.RESTRICTED)

    def as_guest(self, organisation_id: UUID, name: str) -> "GuestActor":
        """Return the actor for another organisation: with method and level, without account or name.

        Args:
            organisation_id: The other organisation.
            name: The actor's name in that organisation's event log.

        Example:
            note_fact(work, delivery_id, Fact.OPENED, by=reader.as_guest(work.organisation_id, "pigeon"))
        """
        return GuestActor(organisation_id, name, self.loa, self.method)


@dataclass(frozen=True, slots=True)
class UserActor(Actor):
    """A signed-in user.

    Attributes:
        role: What the user may do besides reading mailboxes.
        loa: The level at which the user has identified.
        language: The user's language, `sv` or `en`.
        method: The identity provider that the user signed in with; recorded when they open a secure message.
        session: The mark of the session, the same in all its entries of the event log; not a secret.
        address: A keyed hash of the user's IP address; empty outside of the web, as `session` is.
        is_outside: Whether they are outside of the networks of administration: the role then gives them no rights.
        is_weak: Whether they have signed in with a weaker method than their organisation requires of administrators:
            the role then gives them no rights either.
    """

    user_id: UUID
    role: Role = Role.USER
    loa: Loa = Loa.NONE
    language: str = "sv"
    method: str = ""
    session: str = field(default="", compare=False)
    address: str = field(default="", compare=False)
    is_outside: bool = field(default=False, compare=False)
    is_weak: bool = field(default=False, compare=False)

    @property
    def kind(self) -> ActorKind:
        """A user."""
        return ActorKind.USER

    @property
    def marks(self) -> Mapping[str, str]:
        """The marks of session and address, and the method and level of the sign-in.

        Entries are written in alphabetical order, and these names sort after `id`: the server reads the user's id at
        that position.
        """
        loa = str(int(self.loa)) if self.loa else ""
        marks = {"session": self.session, "network_address": self.address, "way": self.method, "loa": loa}
        return {name: mark for name, mark in marks.items() if mark}

    @property
    def meets_all_cases(self) -> bool:
        """No: a user must be named."""
        return False

    def may(self, scope: ActorScope) -> bool:
        """Whether the user's role has a scope; no role may read other people's mailboxes."""
        if self.is_outside or self.is_weak:
            return False
        if scope is ActorScope.ADMINISTER:
            return self.role in {Role.ADMIN, Role.PLATFORM}
        return scope is ActorScope.INSTALLATION and self.role is Role.PLATFORM


def refuse_barred(actor: Actor, *roles: Role) -> None:
    """Tell an administrator that their network, or their sign-in method, is the reason for a refusal.

    Call it before refusing an actor who lacks a role.

    Args:
        actor: Who acts.
        roles: The roles that would have been enough; by default those that administer an organisation.

    Raises:
        OutsideNetworks: The actor has one of the roles, and is outside of the networks of administration.
        WeakSignIn: They have signed in with a weaker method than their organisation requires of administrators.
    """
    if not isinstance(actor, UserActor) or actor.role not in (roles or (Role.ADMIN, Role.PLATFORM)):
        return
    if actor.is_outside:
        raise OutsideNetworks(OUTSIDE)
    if actor.is_weak:
        raise WeakSignIn(WEAK)


@dataclass(frozen=True, slots=True)
class SystemActor(Actor):
    """A part of the system that acts in its own name. A plugin gets its own from `host.system`.

    Attributes:
        scopes: What it may do. Without scopes it reads what all users of the organisation may see.
        plugin: The plugin's name; empty for the core and the command line.
    """

    user_id: None = field(default=None, init=False)
    scopes: frozenset[ActorScope] = frozenset()
    plugin: str = ""

    @property
    def kind(self) -> ActorKind:
        """A plugin, or the system itself."""
        return ActorKind.PLUGIN if self.plugin else ActorKind.SYSTEM

    @property
    def marks(self) -> Mapping[str, str]:
        """The plugin's name, if it is a plugin."""
        return {"plugin": self.plugin} if self.plugin else {}

    def may(self, scope: ActorScope) -> bool:
        """Whether it was created with a scope."""
        return scope in self.scopes

    def may_read_at(self, loa: int) -> bool:
        """Whether it may read what requires a level of assurance: with READ, at any level."""
        return loa <= Loa.NONE or ActorScope.READ in self.scopes


@dataclass(frozen=True, slots=True)
class GuestActor(Actor):
    """A person without an account in the organisation, who reads one message or answers it.

    A guest has no scopes. Access is checked when the message is opened.

    Attributes:
        loa: The level at which the guest has identified.
        method: How the guest identified: an identity provider's name, or the method's display name.
    """

    user_id: None = field(default=None, init=False)
    name: str = "Gäst"
    loa: Loa = Loa.NONE
    method: str = ""

    @property
    def kind(self) -> ActorKind:
        """A guest."""
        return ActorKind.GUEST

    def may(self, scope: ActorScope) -> bool:  # noqa: ARG002 - no scope is a guest's
        """No: a guest has no scopes."""
        return False


@dataclass(frozen=True, slots=True)
class ProviderSession:
    """The session that a person has at an identity provider, besides their session here.

    Attributes:
        subject: The provider's id of the person, as in its messages about signing out.
        name: The provider's id of the session; may be empty.
        kept: What the provider needs to end it; the core stores it sealed, and deletes it with the session here.
        ends_at: When it ends at the latest, in seconds since 1970; None if the provider does not say. The session here
            lasts no longer.
    """

    subject: str
    name: str = ""
    kept: str = ""
    ends_at: float | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The result of an identity provider's flow: who the person is, and at which level.

    Attributes:
        provider: The provider's name.
        subject: The provider's own identifier of the person.
        loa: The level that the provider returned, never the requested one; the core caps it.
        attributes: Values such as `personnummer`, `email`, `name`, by those names.
        session: The person's session at the provider, if signing out is passed on (`SignsOut`).
    """

    provider: str
    subject: str
    loa: Loa
    attributes: Mapping[str, str] = field(default_factory=dict)
    session: ProviderSession | None = None


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """An identity that is to open an account.

    Attributes:
        provider: The provider's name, or `"personnummer"` for the person's number.
        subject: The provider's own id of the person; only its keyed hash is stored.
        label: The user's name for it, such as "Annas telefon".
        secret: What the provider needs the next time; stored sealed.
        name: The person's name, from the provider; stored sealed.
    """

    provider: str
    subject: str
    label: str
    secret: bytes | None = None
    name: str = ""
