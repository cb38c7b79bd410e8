"""The context of an operation: the directory, and the unit of work."""

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
        host: The plugin's host.
        work: The unit of work; its actor is the directory.
        if_match: The versions that the directory wants to change; empty: any.
    """

    host: Host
    work: Work
    if_match: str = ""

    @property
    def organisation_id(self) -> UUID:
        """The directory's organisation."""
        return self.work.organisation_id

    def url(self, kind: str, identifier: object) -> str:
        """Return the address of a resource, such as `.../Users/ID`."""
        base: str = self.host.platform.settings.base_url.rstrip("/")
        return f"{base}{BASE}/{kind}s/{identifier}"

    def meta(self, kind: str, row: Any) -> dict[str, Any]:
        """Return the metadata of a resource."""
        created: datetime = row.created_at
        return {
            "resourceType": kind,
            "created": created.isoformat(),
            "lastModified": row.modified_at.isoformat(),
            "version": etag(row.version),
            "location": self.url(kind, row.id),
        }

    def require_version(self, version: int) -> None:
        """Require that the stored version is one of those in `if_match`.

        Raises:
            PreconditionFailedException: It has changed since.
        """
        versions = [word.strip() for word in self.if_match.split(",")] if self.if_match else []
        if versions and "*" not in versions and etag(version) not in versions:
            raise PreconditionFailedException(detail="The resource has changed; read it again.")


def etag(version: int) -> str:
    """Return a version as an HTTP ETag."""
    return f'W/"{version}"'


def identifier_of(text: str) -> UUID:
    """Return the id in a path.

    Raises:
        NotFoundException: It is not one of ours.
    """
    identifier = as_uuid(text)
    if identifier is None:
        raise not_found(text)
    return identifier


def not_found(identifier: object) -> NotFoundException:
    """Return the error for a missing resource."""
    return NotFoundException(detail=f"Resource {identifier} not found.")
