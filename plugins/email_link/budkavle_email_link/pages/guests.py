"""The guest of a link: what the link opens, and whether this browser's guest may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict
from uuid import UUID

from budkavle import Host, IdentityProvider, Loa, NotFound, Unavailable
from budkavle.identification import Limit, within_limit
from budkavle.organisation import departures
from budkavle.web import Guest, GuestOf, GuestPreview, guest_methods, guest_preview
from budkavle_email_link.links import Link, Links

UNKNOWN = Limit(60, timedelta(minutes=15))
"""Unknown links that one network address may request before it must wait; valid links always open."""
PAUSED = "{organisation} är pausad just nu. Meddelandet finns kvar. Försök igen senare, eller kontakta avsändaren."
METHOD = "E-postlänk"
"""The name of the method for a reader who has not identified."""


class Shown(TypedDict):
    """How a guest has identified."""

    method: str
    loa: Loa
    provider: str


@dataclass(frozen=True, slots=True)
class Door:
    """A link, and what may be shown about its message.

    Attributes:
        known: What is known of the message without identification.
    """

    link: Link
    known: GuestPreview

    @property
    def open(self) -> bool:
        """Whether the message can still be read: it exists, and the link has not expired."""
        return self.known.readable and not self.link.over

    @property
    def of(self) -> GuestOf:
        """The purpose of the guest session."""
        return GuestOf(self.link.organisation_id, f"link:{self.link.delivery_id}")

    @property
    def path(self) -> str:
        """The link's own path; all its routes are below it."""
        return f"/l/{self.link.token}"

    def file_path(self, attachment_id: UUID) -> str:
        """Return the path of a file of the message."""
        return f"{self.path}/file/{attachment_id}"

    @property
    def by_link_alone(self) -> bool:
        """Whether the link alone is enough (level 1, feature A2)."""
        return self.known.loa <= Loa.ONE and not self.known.terms.method

    @property
    def which(self) -> tuple[UUID, UUID]:
        """The ids of the organisation and the delivery."""
        return self.link.organisation_id, self.link.delivery_id

    def shown(self, guest: Guest) -> "Shown":
        """Return how a guest has identified, as arguments for the core's functions."""
        return Shown(method=guest.method, loa=guest.loa, provider=guest.provider)

    def is_for(self, guest: Guest | None) -> bool:
        """Tell whether this browser's guest has identified to read this message."""
        return guest is not None and (guest.organisation_id, guest.ref) == (self.of.organisation_id, self.of.ref)


class Elsewhere(Unavailable):
    """The link's organisation has moved to another installation, where the link opens the message."""

    def __init__(self, address: str) -> None:
        """Store the address of that installation."""
        super().__init__("Organisationen har flyttat till {address}.", address=address)
        self.address = address


def find(host: Host, token: str) -> Door | None:
    """Return the link with a token and its message; None if there is none.

    Raises:
        Elsewhere: The sender's organisation has moved to another installation.
        Unavailable: The sender's organisation is paused.
    """
    link = Links(host).find(token)
    if link is None:
        return None
    try:
        with host.work(host.system(link.organisation_id)) as work:
            preview = guest_preview(work, link.delivery_id)
    except NotFound:
        return None
    if preview.is_paused:
        for departure in departures(host.platform):
            if departure.organisation_id == link.organisation_id:
                raise Elsewhere(departure.address)
        raise Unavailable(PAUSED, organisation=preview.organisation)
    return Door(link, preview)


def guessing(host: Host, address: str) -> bool:
    """Count a request for an unknown link, and tell whether there have been too many."""
    return not within_limit(host.platform, UNKNOWN, "link", address)


def by_phone(way: IdentityProvider) -> bool:
    """Tell whether a method verifies the reader's phone number: level 2, and no personnummer."""
    return way.traits.max_loa is Loa.TWO and not way.traits.asserts_personnummer


def ways(host: Host, door: Door) -> Sequence[IdentityProvider]:
    """Return the identification methods that the sender's terms and the organisation allow."""
    preview = door.known
    with host.work(host.system(preview.organisation_id)) as work:
        return guest_methods(work, preview.loa, preview.terms)
