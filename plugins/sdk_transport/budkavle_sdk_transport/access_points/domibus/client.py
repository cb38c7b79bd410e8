"""The access point as the transport sees it (gränsyta C), spoken to by SOAP."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from budkavle import Host, Sentence
from budkavle_sdk_transport.access_points.domibus.connection import Connection
from budkavle_sdk_transport.access_points.domibus.interfaces import INTERFACES
from budkavle_sdk_transport.access_points.domibus.operations import Operations
from budkavle_sdk_transport.access_points.domibus.parcel_store import ParcelStore, VaultOfHost
from budkavle_sdk_transport.access_points.domibus.payloads import Payloads
from budkavle_sdk_transport.access_points.interface import (
    Parcel,
    ParcelLost,
    ParcelNotFound,
    ParcelRefused,
    Role,
    Submitted,
    Unanswered,
)
from budkavle_sdk_transport.settings import SoapSettings

NOT_FOUND = "NOT_FOUND"


class DomibusAccessPoint:
    """See `AccessPoint`.

    Args:
        settings: How it is reached.
        store: Where parcels are kept from when they are fetched until they are stored.

    Raises:
        Misconfigured: The settings do not say how it is reached.
    """

    def __init__(self, settings: SoapSettings, store: ParcelStore) -> None:
        self._interface = INTERFACES[settings.interface]
        self._connection = Connection(settings)
        self._control = Operations(self._connection, settings)
        self._payloads = Payloads(self._connection, settings)
        self._kept = store
        self._listed: dict[str, str] = {}

    @classmethod
    def of(cls, settings: SoapSettings, host: Host) -> "DomibusAccessPoint":
        """Return the access point of an installation."""
        return cls(settings, ParcelStore(host.data / "retrieved", VaultOfHost(host)))

    def submit(self, parcel: Parcel) -> Submitted:
        """See `AccessPoint`. Submitting twice is not submitting once: where it is not clear what happened, ask."""
        try:
            self._payloads.submit(parcel)
        except Unanswered:
            state = self.status(parcel.transport_id)
            if state == NOT_FOUND:
                raise
            return Submitted(parcel.transport_id, state)
        return Submitted(parcel.transport_id, "SEND_ENQUEUED")

    def pending(self, participant: str) -> list[str]:
        """See `AccessPoint`; at most five hundred, as Domibus lists them, and what has left it and is not stored."""
        if not self._interface.filters:
            return self._pending_once(participant)
        listed = _ids(self._control.call("listPendingMessages", finalRecipient=participant))
        self._listed.update(dict.fromkeys(listed, participant))
        stored = [*self._kept.pending(participant, begun=True), *self._kept.pending(participant)]
        return list(dict.fromkeys([*stored, *listed]))

    def parcel(self, transport_id: str) -> Parcel:
        """See `AccessPoint`. What has been fetched is kept here before anybody looks at it.

        Raises:
            ParcelLost: It was being fetched before, and is not there any more.
        """
        if not self._interface.keeps or self._kept.has(transport_id):
            return self._kept.parcel(transport_id)
        return self._fetch(transport_id)

    def retrieve(self, transport_id: str) -> bytes:
        """See `AccessPoint`."""
        return self.parcel(transport_id).payload

    def mark_downloaded(self, transport_id: str) -> None:
        """See `AccessPoint`. The network's usual P-mode deletes a parcel with this."""
        if self._interface.keeps and self._control.offers("markMessageAsDownloaded"):
            with suppress(ParcelNotFound):  # it has been let go of already
                self._control.call("markMessageAsDownloaded", messageID=transport_id)
        self._kept.forget(transport_id)
        self._listed.pop(transport_id, None)

    def status(self, transport_id: str, role: Role = "SENDING") -> str:
        """See `AccessPoint`. The role matters where one access point has both sent and received a message."""
        name, more = "getStatus", {}
        if self._control.offers("getStatusWithAccessPointRole"):
            name, more = "getStatusWithAccessPointRole", {"accessPointRole": role}
        try:
            return str(self._control.call(name, messageID=transport_id, **more) or NOT_FOUND)
        except ParcelNotFound:
            return NOT_FOUND

    def errors(self, transport_id: str, role: Role = "SENDING") -> list[str]:
        """Return what went wrong on a parcel's way, as the access points said it, oldest first: code and words."""
        name, more = "getMessageErrors", {}
        if self._control.offers("getMessageErrorsWithAccessPointRole"):
            name, more = "getMessageErrorsWithAccessPointRole", {"accessPointRole": role}
        try:
            answer = self._control.call(name, messageID=transport_id, **more)
        except ParcelNotFound:
            return []
        return [_error(item) for item in _items(answer, "item") if item is not None]

    def push_failed(self, participant: str) -> list[str]:
        """Return the parcels for a participant that the access point has given up pushing to us.

        Raises:
            ParcelRefused: The interface does not have it.
        """
        self._need("listPushFailedMessages")
        return _ids(self._control.call("listPushFailedMessages", finalRecipient=participant))

    def push_again(self, transport_ids: Iterable[str]) -> None:
        """Let the access point push these again, a hundred at most; raises as `push_failed`."""
        self._need("rePushFailedMessages")
        self._control.call("rePushFailedMessages", messageID=list(transport_ids))

    @property
    def leaves(self) -> bool:
        """Whether the access point says that it leaves what is fetched where it is, until it is marked."""
        return self._interface.keeps and self._control.has_attribute(
            f"{{{self._interface.namespace}}}retrieveMessageRequest", "markAsDownloaded"
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._connection.close()

    def _need(self, operation: str) -> None:
        if not self._control.offers(operation):
            raise ParcelRefused(Sentence("Accesspunktens gränssnitt har inte {operation}.", operation=operation))

    def _fetch(self, transport_id: str) -> Parcel:
        with self._kept.fetching(transport_id, self._listed.get(transport_id, "")) as again:
            if self._kept.has(transport_id):  # another worker has just kept it
                self._kept.give_up(transport_id)
                return self._kept.parcel(transport_id)
            try:
                parcel = self._payloads.retrieve(transport_id, leave=self.leaves)
            except ParcelNotFound as error:
                self._kept.give_up(transport_id)
                if again:
                    raise ParcelLost(Sentence.of(error)) from error
                raise
            self._kept.keep(parcel)
            return parcel

    def _pending_once(self, participant: str) -> list[str]:
        """The older interface hands a message out once and tells its recipient only then: all are kept here first."""
        for transport_id in _ids(self._control.call("listPendingMessages", "")):
            if not self._kept.has(transport_id):
                self._kept.keep(self._payloads.retrieve(transport_id, leave=False))
        return self._kept.pending(participant)


def _ids(answer: Any) -> list[str]:
    return [str(item) for item in _items(answer, "messageID") if item]


def _items(answer: Any, name: str) -> list[Any]:
    """Return a list that zeep has unwrapped or not, by how the WSDL's type is made."""
    if answer is None:
        return []
    items = answer if isinstance(answer, list) else getattr(answer, name, None)
    return list(items or [])


def _error(item: Any) -> str:
    code = getattr(item, "domibusErrorCode", None) or getattr(item, "errorCode", None) or ""
    return f"{code} {getattr(item, 'errorDetail', None) or ''}".strip()
