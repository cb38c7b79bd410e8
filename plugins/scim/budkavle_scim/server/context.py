"""What every operation has: whose directory asks, and the unit of work in which it is done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from scim2_models import NotFoundException, PreconditionFailedException

from budkavle import Host, Work, as_uuid
from budkavle_scim.server.addresses import BASE


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a directory.

    Attributes:
        host: The plugin's.
        work: The unit of work; its actor is the directory.
        if_match: The versions that the directory will have changed; empty: any.
    """

    host: Host
    work: Work
    if_match: str = ""

    @property
    def organisation_id(self) -> UUID:
        """Whose directory it is."""
        return self.work.organisation_id

    def url(self, kind: str, identifier: object) -> str:
        """Return the address of a resource, such as `.../Users/ID`."""
        base: str = self.host.platform.settings.base_url.rstrip("/")
        return f"{base}{BASE}/{kind}s/{identifier}"

    def meta(self, kind: str, row: Any) -> dict[str, Any]:
        """Return what is told of every resource."""
        created: datetime = row.created_at
        return {
            "resourceType": kind,
            "created": created.isoformat(),
            "lastModified": row.modified_at.isoformat(),
            "version": etag(row.version),
            "location": self.url(kind, row.id),
        }

    def require_version(self, version: int) -> None:
        """Let only through what is about the version that is stored.

        Raises:
            PreconditionFailedException: It has changed meanwhile.
        """
        versions = [word.strip() for word in self.if_match.split(",")] if self.if_match else []
        if versions and "*" not in versions and etag(version) not in versions:
            raise PreconditionFailedException(detail="The resource has changed; read it again.")


def etag(version: int) -> str:
    """Return a version as HTTP has it."""
    return f'W/"{version}"'


def identifier_of(text: str) -> UUID:
    """Return the id in an address.

    Raises:
        NotFoundException: It is none of ours.
    """
    identifier = as_uuid(text)
    if identifier is None:
        raise not_found(text)
    return identifier


def not_found(identifier: object) -> NotFoundException:
    """Return the error of a resource that is not there."""
    return NotFoundException(detail=f"Resource {identifier} not found.")
