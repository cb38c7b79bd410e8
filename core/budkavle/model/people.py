"""Organisations, users and who somebody has shown to be."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from budkavle.model.errors import OutsideNetworks, WeakSignIn
from budkavle.model.loa import Loa
from budkavle.model.sentences import Sentence
from budkavle.model.states import OrganisationState


class Role(StrEnum):
    """What a user may do beside reading mailboxes."""

    USER = "user"
    ADMIN = "admin"
    """Of the organisation."""
    PLATFORM = "platform"
    """Of the whole installation."""


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
LONGEST_NAME = 200


def name_fault(name: str, missing: str) -> str:
    """Return what is wrong with the name of a person or a mailbox.

    Args:
        name: The name.
        missing: The sentence for an empty name.

    Returns:
        A sentence for the user; empty if the name is good.
    """
    if not name:
        return missing
    return (
        Sentence("Namnet får ha högst {longest_name} tecken.", longest_name=LONGEST_NAME)
        if len(name) > LONGEST_NAME
        else ""
    )


@dataclass(frozen=True, slots=True)
class Organisation:
    """A participant: a tenant with its own keys.

    Attributes:
        slug: Its word in addresses.
        settings: What its administrators have chosen; see `update_organisation`.
        state: Whether it works, is paused, or is being removed.
    """

    id: UUID
    name: str
    slug: str
    settings: Mapping[str, object] = field(default_factory=dict)
    state: OrganisationState = OrganisationState.ACTIVE


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account in one organisation.

    Attributes:
        source: The plugin whose directory keeps the account, such as `scim`; empty where people keep it here.
        destroyed: Whether what the account kept of its person has been destroyed. Such an account has no address, and
            is never opened again.
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

    def acting(self, loa: Loa = Loa.NONE) -> "UserActor":
        """Return the user as an actor.

        Args:
            loa: The level at which the user is identified.
        """
        return UserActor(self.organisation_id, self.id, self.name, self.role, loa, self.language)


class ActorKind(StrEnum):
    """What kind of actor did something; the event log keeps it."""

    USER = "user"
    GUEST = "guest"
    PLUGIN = "plugin"
    SYSTEM = "system"
    """The core itself, or the command line."""


class ActorScope(StrEnum):
    """What an actor may do beyond its own mailboxes and its own account.

    A user has scopes by role. A `SystemActor` has those that it was made with, and no others.
    """

    READ = "read"
    """Read every mailbox of the organisation, whatever level of assurance the messages ask for."""
    READ_DELETED = "read-deleted"
    """Beside READ: read also what lies in deleted mailboxes, until it is destroyed."""
    RESTRICTED = "restricted"
    """Beside READ: read also restricted cases, whoever is named for them. For records, retention and transports."""
    WRITE = "write"
    """Send from every mailbox that it may read, and change the cases in it."""
    ADMINISTER = "administer"
    """Do what an administrator of the organisation may."""
    ACCOUNTS = "accounts"
    """Set passwords, and bind identities to accounts without a wait or a second administrator."""
    INSTALLATION = "installation"
    """Do what an administrator of the installation may."""


EVERY_SCOPE = frozenset(ActorScope) - {ActorScope.READ_DELETED}
"""All that can be done in mailboxes, accounts and organisations that are in use."""
CORE_NAME = "Budkavle"
"""What the event log calls the core where it acts in nobody's name."""
INSTALLATION = UUID(int=0)
"""In place of an organisation's id, for an actor that acts in none."""

MARK_LENGTH = 16
"""Characters of the mark of a session or an address in the event log, from which nobody gets to either."""


@dataclass(frozen=True, slots=True)
class Actor(ABC):
    """Who does something: a `UserActor`, a `SystemActor` or a `GuestActor`.

    An actor has the rights of its kind and its scopes. Nobody gets a right because a value is missing.

    Attributes:
        organisation_id: The organisation in which the actor acts.
        user_id: The user's account; None for all but a `UserActor`.
        name: What the event log calls the actor.
    """

    organisation_id: UUID
    user_id: UUID | None
    name: str
    # Not fields: only a user has been identified. Everybody else has the lowest level and reads Swedish.
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
        """What the event log says of the actor beside id, name and kind."""
        return {}

    def may_read_at(self, loa: int) -> bool:
        """Whether the actor may read what asks for a level of assurance."""
        return self.loa >= loa

    @property
    def meets_all_cases(self) -> bool:
        """Whether restricted cases are there for the actor without its being named for them.

        They are for parts of the system that read no mailbox, such as what carries messages and destroys them, and for
        those that read with RESTRICTED; and for guests, since what these may read is judged by message. A user never.
        """
        return not self.may(ActorScope.READ) or self.may(ActorScope.RESTRICTED)

    def as_guest(self, organisation_id: UUID, name: str) -> "GuestActor":
        """Return the actor as another organisation knows it: by method and level, without account or name.

        Args:
            organisation_id: The other organisation.
            name: What its event log calls the actor.

        Example:
            note_fact(work, delivery_id, Fact.OPENED, by=reader.as_guest(work.organisation_id, "pigeon"))
        """
        return GuestActor(organisation_id, name, self.loa, self.method)


@dataclass(frozen=True, slots=True)
class UserActor(Actor):
    """A signed-in user.

    Attributes:
        role: What the user may do beside reading mailboxes.
        loa: How surely the user has shown who they are.
        language: The user's language, `sv` or `en`.
        method: The identity provider by which the user signed in; noted where they open a secure message.
        session: The mark of the session that they act in, the same in all its entries of the event log; no secret.
        address: A keyed hash of the network address that they act from; empty outside of the web, as `session` is.
        is_outside: Whether they act from outside of the networks that administration opens from: the role then gives
            them nothing.
        is_weak: Whether they have signed in less surely than their organisation asks of administrators: the role then
            gives them nothing either.
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
        """The marks of session and address, and by which way and how surely the user has signed in.

        In the alphabet, by which an entry is written, they come after `id`: the server reads who it was at that place.
        """
        loa = str(int(self.loa)) if self.loa else ""
        marks = {"session": self.session, "network_address": self.address, "way": self.method, "loa": loa}
        return {name: mark for name, mark in marks.items() if mark}

    @property
    def meets_all_cases(self) -> bool:
        """No: a user must be named."""
        return False

    def may(self, scope: ActorScope) -> bool:
        """Whether the user's role has a scope; no role reads other people's mailboxes."""
        if self.is_outside or self.is_weak:
            return False
        if scope is ActorScope.ADMINISTER:
            return self.role in {Role.ADMIN, Role.PLATFORM}
        return scope is ActorScope.INSTALLATION and self.role is Role.PLATFORM


def refuse_barred(actor: Actor, *roles: Role) -> None:
    """Tell an administrator who is refused for where they are, or how they have signed in, that this is why.

    Call it where others are refused.

    Args:
        actor: Who acts.
        roles: The roles that would have done; none are those that administer an organisation.

    Raises:
        OutsideNetworks: The actor has one of the roles, and acts from outside of the networks of administration.
        WeakSignIn: They have not signed in as surely as their organisation asks of administrators.
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
        scopes: What it may do. Without scopes it reads what everybody in the organisation may see.
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
        """The plugin's name, where it is one."""
        return {"plugin": self.plugin} if self.plugin else {}

    def may(self, scope: ActorScope) -> bool:
        """Whether it was made with a scope."""
        return scope in self.scopes

    def may_read_at(self, loa: int) -> bool:
        """Whether it may read what asks for a level of assurance: with READ, whatever the level is."""
        return loa <= Loa.NONE or ActorScope.READ in self.scopes


@dataclass(frozen=True, slots=True)
class GuestActor(Actor):
    """Somebody without an account in the organisation, who reads one message or answers it.

    A guest has no scopes. What a guest may read is judged where the message is opened.

    Attributes:
        loa: How surely the guest has shown who they are.
        method: How the guest identified: an identity provider's name, or what people call the way.
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
    """The session that somebody has at an identity provider, beside the one that they get here.

    Attributes:
        subject: The provider's name of the person, as its messages about signing out have it.
        name: The provider's name of the session; may be empty.
        kept: What the provider needs to end it; the core seals it, and forgets it with the session here.
        ends_at: When it ends at the latest, in seconds since 1970; None where the provider does not say. The session
            here lasts no longer.
    """

    subject: str
    name: str = ""
    kept: str = ""
    ends_at: float | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody has shown to be, and how surely; what an identity provider's flow ends in.

    Attributes:
        provider: The provider's name.
        subject: The provider's own identifier of the person.
        loa: What the provider returned, never what was asked for; the core caps it.
        attributes: Such as `personnummer`, `email`, `name`, by those names.
        session: The session that the person has there, where signing out is passed on (`SignsOut`).
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
        subject: The provider's own name of the person; only its keyed hash is kept.
        label: What the user calls it, such as "Annas telefon".
        secret: What the provider needs the next time; sealed.
        name: What the provider says that the person is called; sealed.
    """

    provider: str
    subject: str
    label: str
    secret: bytes | None = None
    name: str = ""
