"""WebDAV requests: each has a visit, which the resources and the lock storage use."""

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
"""The visit's key in the library's `environ`."""
STEP_UP: Final = "step-up"
"""The core's slug for the error that requires a higher level of assurance."""
_now: ContextVar["Visit"] = ContextVar("visit")


@dataclass(slots=True)
class Visit:
    """A request by WebDAV.

    Attributes:
        host: The plugin's host.
        actor: The signed-in user, at the level of the password.
        netloc: The installation's host name.
        rooms: The space of owners, as far as it has been read.
        locks: The locks of the organisation, if they have been read.
        properties: The clients' properties of the entries in the catalogues that have been read, by catalogue.
        is_new: Whether the request has created something; the library does not find out itself.
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
        """Open a unit of work of the visitor; errors become WebDAV errors.

        Raises:
            DAVError: The work was refused.
        """
        with refusing(), self.host.work(self.actor) as work:
            yield work


@contextmanager
def visiting(visit: Visit) -> Iterator[None]:
    """Set the visit of this thread's request, for the lock storage, which gets no request from the library."""
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
    """Turn an error of ours into a WebDAV error with a status and no words.

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
        # An entry that requires a higher level than the password gives is hidden.
        raise DAVError(404 if error.slug == STEP_UP else error.status) from error
