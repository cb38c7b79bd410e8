"""Who asks by WebDAV: every request has a visit, which the tree of folders and the store of locks work for."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from wsgidav.dav_error import DAVError

from budkavle import BudkavleError, Conflict, Host, Invalid, UserActor, Work
from budkavle_files.tree.quota import Room
from budkavle_files.tree.things import Owner

KEY: Final = "budkavle.visit"
"""Where the library's `environ` has the visit."""
STEP_UP: Final = "step-up"
"""How the core calls the error that asks for a higher level of assurance."""
_now: ContextVar["Visit"] = ContextVar("visit")


@dataclass(slots=True)
class Visit:
    """A request by WebDAV.

    Attributes:
        host: The plugin's host.
        actor: Who has signed in, at the level of the password.
        netloc: What the installation is called in addresses.
        rooms: The rooms of owners that have been asked for.
        locks: The locks of the organisation, where they have been read.
        properties: By catalogue that has been read, what clients have noted of the entries in it.
        is_new: Whether the request has made something where nothing was; the library does not tell for itself.
    """

    host: Host
    actor: UserActor
    netloc: str
    rooms: dict[Owner, Room] = field(default_factory=dict)
    locks: list[Any] | None = None
    properties: dict[UUID, dict[UUID, dict[str, str]]] = field(default_factory=dict)
    is_new: bool = False

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Open a unit of work of whoever asks; what it refuses is refused in the words of WebDAV.

        Raises:
            DAVError: The work was refused.
        """
        with refusing(), self.host.work(self.actor) as work:
            yield work


@contextmanager
def visiting(visit: Visit) -> Iterator[None]:
    """Make a visit the one of this thread's request, for the store of locks, which the library gives no request."""
    token = _now.set(visit)
    try:
        yield
    finally:
        _now.reset(token)


def visit_now() -> Visit:
    """Return the visit of this thread's request."""
    return _now.get()


@contextmanager
def refusing() -> Iterator[None]:
    """Turn an error of ours into one of WebDAV's; it has a status and no words.

    Raises:
        DAVError: There was one.
    """
    try:
        yield
    except Invalid as error:
        raise DAVError(409 if "name" in error.fields else 400) from error
    except Conflict as error:
        raise DAVError(409) from error
    except BudkavleError as error:
        # What asks for a higher level than the password carries is not there.
        raise DAVError(404 if error.slug == STEP_UP else error.status) from error
