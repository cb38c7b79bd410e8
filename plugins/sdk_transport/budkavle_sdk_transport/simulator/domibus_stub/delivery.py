"""What a stub does by itself: delivers to other stubs, tries again, gives up, and tells its backend."""

import contextlib
import http.client
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpx
from lxml import etree

from budkavle_sdk_transport.access_points.domibus.ebms_header import new_envelope, submission
from budkavle_sdk_transport.access_points.domibus.interfaces import NS_PUSH, PUSHED
from budkavle_sdk_transport.access_points.domibus.multipart import (
    Body,
    write_envelope,
    write_inline,
    write_related,
)
from budkavle_sdk_transport.access_points.interface import Parcel
from budkavle_sdk_transport.simulator.domibus_stub.faults import StubFaults
from budkavle_sdk_transport.simulator.domibus_stub.operations import MOST_PUSHES
from budkavle_sdk_transport.simulator.domibus_stub.store import MessageStore, StoredMessage
from budkavle_sdk_transport.simulator.domibus_stub.wsdl import NEW

_TIMEOUT: Final = 10.0
_DONE, _REFUSED, _AWAY = "done", "refused", "away"


@dataclass(frozen=True, slots=True)
class Retry:
    """How often another stub is tried, and how long between; the network's P-mode has four tries in twelve minutes."""

    tries: int = 4
    seconds: float = 0.2


@dataclass(slots=True)
class StubDelivery:
    """Delivers for one stub, in a thread of its own.

    Attributes:
        message_store: The stub's state.
        party: Its PartyId.
        directory: Where each participant's access point takes deliveries; unknown ones cannot be reached.
        faults: How the stub misbehaves.
        retry: How often it tries.
        backend: Where it pushes to; empty: nowhere.
        login: User and password for that.
        whole: Whether messages are pushed whole (`submitRequest`), not just announced.
        troubles: What goes wrong on the way to a participant, each time.
    """

    message_store: MessageStore
    party: str
    directory: Mapping[str, str]
    faults: StubFaults
    retry: Retry = field(default_factory=Retry)
    backend: str = ""
    login: tuple[str, str] = ("", "")
    whole: bool = False
    troubles: Mapping[str, str] = field(default_factory=dict)
    _bell: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name=f"stub-{self.party}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, after what is under way."""
        self._stop.set()
        self._bell.set()
        if self._thread is not None:
            self._thread.join()

    def ring(self) -> None:
        """Say that there is something to do."""
        self._bell.set()

    def take(self, parcel: Parcel, party: str) -> None:
        """Take what another stub delivers; the same id once more is the same message (duplicateDetection)."""
        if self.message_store.add(parcel, "RECEIVING", "RECEIVED", party):
            self._tell(parcel.transport_id, "receiveSuccess")
        if self.faults.twice:
            self.message_store.add(
                replace(parcel, transport_id=f"{parcel.transport_id}-again"), "RECEIVING", "RECEIVED", party
            )

    def _run(self) -> None:
        with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
            while not self._stop.is_set():
                self._bell.clear()
                now = time.time()
                for held in self.message_store.to_send(now - self.faults.delay):
                    self._deliver(held)
                if self.backend:
                    self._push_all(client, now)
                self._bell.wait(0.05)

    def _deliver(self, held: StoredMessage) -> None:
        transport_id = held.parcel.transport_id
        where, trouble = (table.get(held.parcel.recipient) for table in (self.directory, self.troubles))
        if where is None and trouble is None:
            self.message_store.add_error(transport_id, "SENDING", "EBMS_0003", "No metadata for the final recipient.")
            self._end(transport_id, "SEND_FAILURE", "sendFailure")
            return
        outcome, words = (_AWAY, trouble) if trouble else self._hand_over(held, where or "")
        if outcome == _DONE:
            self._end(transport_id, "ACKNOWLEDGED", "sendSuccess")
            return
        code = "EBMS_0004" if outcome == _REFUSED else "EBMS_0005"
        self.message_store.add_error(transport_id, "SENDING", code, words)
        if outcome == _REFUSED or held.tries + 1 >= self.retry.tries:
            self._end(transport_id, "SEND_FAILURE", "sendFailure")
            return
        due = time.time() + self.retry.seconds
        self.message_store.set_status(transport_id, "SENDING", "WAITING_FOR_RETRY", due=due, tried=1)

    def _hand_over(self, held: StoredMessage, where: str) -> tuple[str, str]:
        include = "payload@stub"
        envelope = submission(NEW, held.parcel, self.party, held.parcel.conversation_id, include)
        try:
            status = _post(where, write_related(etree.tostring(envelope), held.file, include))
        except (OSError, http.client.HTTPException) as error:
            return _AWAY, f"The receiving access point did not answer: {type(error).__name__}."
        if status == HTTPStatus.NOT_FOUND:
            return _REFUSED, "NOT_SERVICED"
        return (_DONE, "") if status == HTTPStatus.OK else (_AWAY, f"HTTP {status}")

    def _end(self, transport_id: str, status: str, told: str) -> None:
        self.message_store.set_status(transport_id, "SENDING", status, tried=1)
        self._tell(transport_id, told)

    def _tell(self, transport_id: str, kind: str) -> None:
        if self.backend:
            self.message_store.add_push(transport_id, kind)
            self.ring()

    def _push_all(self, client: httpx.Client, now: float) -> None:
        for number, transport_id, kind, word, tries in self.message_store.pushes(now, MOST_PUSHES):
            done = self._push(client, transport_id, kind, word)
            self.message_store.pushed(number, due=None if done else now + self.retry.seconds * (tries + 1))

    def _push(self, client: httpx.Client, transport_id: str, kind: str, word: str) -> bool:
        is_whole = self.whole and kind == "receiveSuccess"
        held = self.message_store.find(transport_id, "RECEIVING", whole=True) if is_whole else None
        if held is not None:
            envelope = submission(PUSHED, held.parcel, held.party, held.parcel.conversation_id)
            body = write_inline(envelope, held.parcel.payload)
        else:
            envelope, told = new_envelope(NS_PUSH, kind)
            etree.SubElement(told, "messageID").text = transport_id
            if word:
                etree.SubElement(told, "messageStatus").text = word
            body = write_envelope(envelope)
        headers = {"Content-Type": body.content_type, "Content-Length": str(body.length)}
        try:
            answer = client.post(self.backend, headers=headers, content=body.pieces, auth=self.login)
        except httpx.HTTPError:
            return False
        if answer.is_success and held is not None:
            self.message_store.purge(transport_id, "RECEIVING")
        return answer.is_success


def _post(url: str, body: Body) -> int:
    """Send a body whose file the system copies from the disk to the network by itself; returns the answer's status."""
    place = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(place.netloc, timeout=_TIMEOUT)) as connection:
        connection.putrequest("POST", place.path)
        connection.putheader("Content-Type", body.content_type)
        connection.putheader("Content-Length", str(body.length))
        connection.endheaders()
        for part in body.parts:
            if isinstance(part, bytes):
                connection.send(part)
                continue
            with part.open("rb") as file:
                connection.sock.sendfile(file)
        return connection.getresponse().status
