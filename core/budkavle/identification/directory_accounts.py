"""Accounts managed by an external directory, which creates, changes, closes and reopens them.

A directory is a register of the organisation's own people, such as Entra ID. A plugin that connects to one uses
`DirectoryAccounts`. The directory says who works there and their names, and never reads anything.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import Uuid, any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle.accounts import mailboxes, users
from budkavle.accounts.permissions import lock_administrators, require_admin, require_rank
from budkavle.accounts.user_list import users_of
from budkavle.identification import identities
from budkavle.identification.succession import release_work
from budkavle.model.errors import Conflict, Forbidden, NotFound
from budkavle.model.input_rules.names import visible
from budkavle.model.loa import Loa
from budkavle.model.people import ActorScope, NewIdentity, Role, User
from budkavle.storage import audit
from budkavle.storage.platform import Work
from budkavle.storage.tables import NEVER, memberships
from budkavle.storage.tables import identities as bound
from budkavle.storage.tables import users as table


@dataclass(frozen=True, slots=True)
class DirectoryPerson:
    """A directory's data about a person.

    Attributes:
        email: The address of the account, unique in the installation; empty leaves it unchanged.
        name: The name that colleagues and recipients see.
        language: `sv` or `en`; empty leaves it unchanged, or means Swedish for a new account.
        active: Whether the account is open; None leaves it unchanged, or means open for a new account.
    """

    email: str
    name: str
    language: str = ""
    active: bool | None = None


class DirectoryAccounts:
    """The accounts and memberships managed by a directory, in the organisation of a unit of work.

    An account created by hand can be taken over: it is then marked with the directory's name. Accounts of the
    installation's administrators are out of reach, and the last administrator of the organisation stays one.

    Args:
        work: The unit of work; its actor is a system actor with ADMINISTER and ACCOUNTS.
        source: The name that marks the accounts: the plugin's.

    Raises:
        Forbidden: The actor lacks a scope.

    Example:
        with host.work(host.system(organisation_id, ActorScope.ADMINISTER, ActorScope.ACCOUNTS)) as work:
            DirectoryAccounts(work, "pigeon").create(DirectoryPerson("anna@habo.example", "Anna Ek"))
    """

    def __init__(self, work: Work, source: str) -> None:
        require_admin(work.actor)
        if not work.actor.may(ActorScope.ACCOUNTS):
            raise Forbidden("{name} får inte sköta konton.", name=work.actor.name)
        self._work, self._source = work, source

    def find(self, email: str) -> User | None:
        """Return the account of the organisation with this address, even if it is closed, or None."""
        in_organisation = table.c.organisation_id == self._work.organisation_id
        query = select(table).where(in_organisation, table.c.email == email.strip().lower())
        row = self._work.connection.execute(query).mappings().one_or_none()
        return users.as_user(row) if row else None

    def create(self, person: DirectoryPerson) -> User:
        """Create an account and its personal mailbox.

        Args:
            person: The directory's data about its owner.

        Raises:
            Invalid: A field is invalid, or another account in the installation has the address.
        """
        blank = User(uuid4(), self._work.organisation_id, "", "")
        return users.insert_user(self._work, self._as_said(blank, person))

    def update(self, user_id: UUID, person: DirectoryPerson) -> User:
        """Update an account with the directory's data.

        Closing it ends its sessions, releases its open cases, and ends its access to others' inboxes.

        Args:
            user_id: The account.
            person: The directory's data.

        Raises:
            NotFound: There is no such account here.
            Forbidden: The account administers the installation.
            Invalid: A field is invalid, or another account in the installation has the address.
            Conflict: It is the last administrator of the organisation, or its personal number opens another account.
        """
        old = self._locked(user_id)
        return self._store(old, self._as_said(old, person))

    def let_go(self, user_id: UUID) -> None:
        """Close an account that the directory no longer has, and remove its mark.

        Args:
            user_id: The account.

        Raises:
            NotFound: There is no such account here.
            Forbidden: The account administers the installation.
            Conflict: It is the last administrator of the organisation.
        """
        old = self._locked(user_id)
        self._store(old, replace(old, active=False, source=""))

    def set_role(self, user_id: UUID, role: Role) -> None:
        """Make a user an administrator of the organisation, or end that.

        Args:
            user_id: The account.
            role: The role.

        Raises:
            NotFound: There is no such account here.
            Forbidden: The account or the role is one of the installation's administrators.
            Conflict: It is the last administrator of the organisation.
        """
        old = self._locked(user_id)
        self._store(old, replace(old, role=role))

    def users(self, user_ids: Collection[UUID]) -> Mapping[UUID, User]:
        """Return those of some accounts that exist here, by id, including closed ones.

        Args:
            user_ids: The accounts.
        """
        return users_of(self._work, user_ids)

    def access(self, mailbox_id: UUID, user_ids: Collection[UUID]) -> Mapping[UUID, bool]:
        """Return which of some accounts have access to a function mailbox, each with whether it administers it.

        Args:
            mailbox_id: The mailbox.
            user_ids: The accounts.
        """
        query = select(memberships.c.user_id, memberships.c.administrator).where(
            memberships.c.organisation_id == self._work.organisation_id,
            memberships.c.mailbox_id == mailbox_id,
            memberships.c.user_id == any_(literal(list(user_ids), ARRAY(Uuid))),
        )
        return {row.user_id: row.administrator for row in self._work.connection.execute(query)}

    def set_access(self, mailbox_id: UUID, wanted: Mapping[UUID, bool | None]) -> None:
        """Give, change or remove access to a function mailbox.

        Args:
            mailbox_id: The mailbox.
            wanted: By account: True for an administrator, False for an ordinary member, None for no access.

        Raises:
            NotFound: There is no such mailbox here, or no such open account.
            Invalid: The mailbox is somebody's own.
        """
        present = self.access(mailbox_id, wanted.keys())
        removed = {user_id for user_id, level in wanted.items() if level is None and user_id in present}
        if removed:
            mailboxes.remove_members(self._work, mailbox_id, removed)
        for level in (False, True):
            added = {user_id for user_id, access in wanted.items() if access is level and user_id not in present}
            if added:
                mailboxes.add_members(self._work, mailbox_id, added, administrator=level)
            for user_id in sorted(wanted):
                if wanted[user_id] is level and present.get(user_id, level) is not level:
                    mailboxes.set_administrator(self._work, mailbox_id, user_id, administrator=level)

    def link(self, user_id: UUID, provider: str, subject: str, *, tell: bool = True) -> UUID | None:
        """Let an identity open an account that the directory manages.

        It gives level 2 until an administrator confirms it. It opens an unused account at once. It opens any other
        after the waiting time (setting `identity_wait_hours`), and the owner is notified.

        Args:
            user_id: The account.
            provider: The identity provider's name.
            subject: The provider's identifier of the person.
            tell: Whether the owner of an account in use is notified; if many are linked at once, the caller notifies
                their administrators instead.

        Returns:
            The id of the link; None if the account already had it, and then nothing changes.

        Raises:
            NotFound: There is no such account here, or the directory does not manage it.
            Forbidden: The account administers the installation.
            Conflict: Another account of the organisation, open or closed, has this identity.
        """
        self._require_kept(user_id)
        work, subject_hash = self._work, self._work.vault.subject_hash(provider, subject)
        identities.lock_subject(work.connection, subject_hash)
        if identities.has(work, provider, subject, user_id) is not None:
            return None
        in_organisation = bound.c.organisation_id == work.organisation_id
        query = select(bound.c.id).where(in_organisation, bound.c.subject_hash == subject_hash)
        if work.connection.execute(query.limit(1)).first() is not None:
            raise Conflict("Ett annat konto i organisationen öppnas redan så.")
        unused = self._is_unused(user_id)
        identity = NewIdentity(provider, subject, "Katalogen")
        identity_id = identities.link(work, identity, user_id=user_id, announce=tell and not unused)
        # Entered by an administrator through a directory: trusted no more than if entered by hand.
        opens_at = None if unused else func.now() + timedelta(hours=work.platform.settings.identity_wait_hours)
        values = {"loa": int(Loa.TWO), "confirmed_at": None, "opens_at": opens_at}
        work.connection.execute(update(bound).where(in_organisation, bound.c.id == identity_id).values(values))
        return identity_id

    def unlink(self, user_id: UUID, identity_id: UUID, *, tell: bool = True) -> None:
        """Remove a link that the directory made, and end the account's sessions; a link since made by people stays.

        Args:
            user_id: The account.
            identity_id: The link; a missing one is not an error.
            tell: Whether the owner of an account in use is notified, as by `link`.

        Raises:
            NotFound: There is no such account here, or the directory does not manage it.
            Forbidden: The account administers the installation.
        """
        self._require_kept(user_id)
        linked = identities.linked(self._work, user_id)
        if any(link.id == identity_id and link.source == identities.SYSTEM for link in linked):
            announce = tell and not self._is_unused(user_id)
            identities.unlink(self._work, identity_id, user_id=user_id, announce=announce)

    def administrators(self) -> list[User]:
        """Return the administrators of the organisation with open accounts."""
        administers = table.c.role != Role.USER.value
        query = select(table).where(table.c.organisation_id == self._work.organisation_id, table.c.active, administers)
        return [users.as_user(row) for row in self._work.connection.execute(query.order_by(table.c.id)).mappings()]

    def _is_unused(self, user_id: UUID) -> bool:
        return bool(users.user_row(self._work, user_id)["signed_in_at"] == NEVER)

    def _require_kept(self, user_id: UUID) -> None:
        if self._locked(user_id).source != self._source:
            raise NotFound("Användaren finns inte.")

    def _as_said(self, user: User, person: DirectoryPerson) -> User:
        return replace(
            user,
            email=person.email.strip().lower() or user.email,
            name=visible(person.name),
            language=person.language or user.language,
            active=user.active if person.active is None else person.active,
            source=self._source,
        )

    def _locked(self, user_id: UUID) -> User:
        lock_administrators(self._work)
        user = users.as_user(users.user_row(self._work, user_id, lock=True))
        require_rank(self._work.actor, user.role)
        return user

    def _store(self, old: User, new: User) -> User:
        if new == old:
            return old
        if new.active and not old.active and identities.shares_number(self._work.platform, old):
            sentence = "Kontots personnummer hör nu till ett annat konto i organisationen. Ta bort det från det ena."
            raise Conflict(sentence)
        stored = users.replace_user(self._work, old, new)
        if old.active and not new.active:
            release_work(self._work, new.id)
        if new.source != old.source and old.source == "":
            audit.record(self._work, "user.taken-over", new.id, source=new.source)
        return stored
