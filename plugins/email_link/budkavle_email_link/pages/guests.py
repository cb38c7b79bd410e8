"""Who opens a link: what it leads to, and whether this browser's guest may read it."""

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
"""Addresses of nothing that one network address may ask for before it is told to wait; true links always open."""
PAUSED = "{organisation} är pausad just nu. Meddelandet finns kvar. Försök igen senare, eller kontakta avsändaren."
METHOD = "E-postlänk"
"""What reading by the link alone is called."""


class Shown(TypedDict):
    """How a guest has identified."""

    method: str
    loa: Loa
    provider: str


@dataclass(frozen=True, slots=True)
class Door:
    """A link and what may be told of the message behind it.

    Attributes:
        open: Whether the message can still be read.
    """

    link: Link
    known: GuestPreview

    @property
    def open(self) -> bool:
        """Whether there is something to read, and time left to do it."""
        return self.known.readable and not self.link.over

    @property
    def of(self) -> GuestOf:
        """What a guest's session is for."""
        return GuestOf(self.link.organisation_id, f"link:{self.link.delivery_id}")

    @property
    def path(self) -> str:
        """The link's own path, where everything about it happens."""
        return f"/l/{self.link.token}"

    def file_path(self, attachment_id: UUID) -> str:
        """Return the path of a file of the message."""
        return f"{self.path}/file/{attachment_id}"

    @property
    def by_link_alone(self) -> bool:
        """Whether the link is all that is asked for (level 1, feature A2)."""
        return self.known.loa <= Loa.ONE and not self.known.terms.method

    @property
    def which(self) -> tuple[UUID, UUID]:
        """The organisation and the delivery."""
        return self.link.organisation_id, self.link.delivery_id

    def shown(self, guest: Guest) -> "Shown":
        """Return how surely a guest has identified, as the core's functions take it."""
        return Shown(method=guest.method, loa=guest.loa, provider=guest.provider)

    def is_for(self, guest: Guest | None) -> bool:
        """Tell whether this browser's guest has identified to read this message."""
        return guest is not None and (guest.organisation_id, guest.ref) == (self.of.organisation_id, self.of.ref)


class Elsewhere(Unavailable):
    """The link's organisation works in another installation, where the link leads to the message."""

    def __init__(self, address: str) -> None:
        """Name the address of that installation."""
        super().__init__("Organisationen har flyttat till {address}.", address=address)
        self.address = address


def find(host: Host, token: str) -> Door | None:
    """Return what a token opens; None where it opens nothing.

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
    """Count an address of nothing, and tell whether it was one too many."""
    return not within_limit(host.platform, UNKNOWN, "link", address)


def by_phone(way: IdentityProvider) -> bool:
    """Tell whether a way goes to the reader's phone number: level 2, and no word about the personnummer."""
    return way.traits.max_loa is Loa.TWO and not way.traits.asserts_personnummer


def ways(host: Host, door: Door) -> Sequence[IdentityProvider]:
    """Return how the reader may show who they are, as the sender's terms and the organisation allow."""
    preview = door.known
    with host.work(host.system(preview.organisation_id)) as work:
        return guest_methods(work, preview.loa, preview.terms)
