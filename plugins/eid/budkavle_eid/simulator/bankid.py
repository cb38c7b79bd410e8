"""BankID's RP API 6.0 without a network, and the person's app; `tls_server` serves it over TLS.

Sources: behaviour of maintained clients (see docs/eid.md); timers 30 s and 3 min; results are kept 3 min (complete), 5
min (failed), 3 min 10 s (never polled), and returned once.
"""

import base64
import secrets
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from budkavle_eid.bankid.api import MOBILE, qr_text
from budkavle_eid.simulator import bankid_signing
from budkavle_eid.simulator.app import NotTaken, Shown
from budkavle_eid.simulator.bankid_authority import Authority, stranger
from budkavle_eid.simulator.bankid_requests import Refusal, check
from budkavle_eid.simulator.persons import BY_NUMBER, Person

UNSTARTED, WHOLE = 30.0, 180.0
KEPT = {"complete": 180.0, "failed": 300.0}
NEVER_ASKED = 190.0
FRESH = 5
"""Seconds by which the time of a scanned QR code may differ."""


@dataclass(slots=True, eq=False)
class Order:
    """An order, with the secrets that its service got."""

    owner: str
    request: dict[str, Any]
    created: float
    phone: bool = False
    ref: str = field(default_factory=lambda: str(uuid.uuid4()))
    auto_start_token: str = field(default_factory=lambda: str(uuid.uuid4()))
    qr_start_token: str = field(default_factory=lambda: str(uuid.uuid4()))
    qr_start_secret: str = field(default_factory=lambda: str(uuid.uuid4()))
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    person: Person | None = None
    ip: str = ""
    same_device: bool = False
    risk: str = "low"
    status: str = "pending"
    hint: str = "outstandingTransaction"
    ended: float = 0.0
    asked: bool = False
    told: bool = False


class BankIdSimulator:
    """The service and everybody's app.

    Args:
        clock: Returns seconds; a test's own clock moves the timers.
        mismatch: The hint code of an order whose requirement the person's BankID does not meet, which no source names.
        bank: The issuer of the persons' certificates; None means an untrusted one.
        services: The services' names, by their certificates' fingerprints.
    """

    label = "BankID"

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        mismatch: str = "certificateErr",
        bank: Authority | None = None,
        services: Mapping[str, str] | None = None,
    ) -> None:
        self._bank, self._services = bank, services or {}
        self._clock, self._mismatch = clock, mismatch
        self._orders: dict[str, Order] = {}
        self._lock = threading.RLock()
        self._faults: deque[tuple[str, str]] = deque()
        self.calls: list[str] = []
        """The paths that were called, for tests."""
        self.lie: bankid_signing.Lie = "truth"
        """The lie in what is signed and in the OCSP response."""

    def fail_next(self, path: str, code: str) -> None:
        """Refuse the next call of `path` with this errorCode."""
        self._faults.append((path, code))

    def call(self, owner: str, path: str, body: object) -> dict[str, Any]:
        """Handle a call of a service, identified by the fingerprint of its certificate.

        Raises:
            Refusal: With BankID's errorCode.
        """
        with self._lock:
            self.calls.append(path)
            if self._faults and self._faults[0][0] == path:
                raise Refusal(self._faults.popleft()[1])
            request = check(path, body)
            self._age()
            if path in {"auth", "sign"}:
                return self._new(owner, request, request.get("requirement", {}).get("personalNumber"), phone=False)
            if path in {"phone/auth", "phone/sign"}:
                return self._new(owner, request, request["personalNumber"], phone=True)
            order = self._owned(owner, request["orderRef"])
            return self._collect(order) if path == "collect" else self._cancel(order)

    def _new(self, owner: str, request: dict[str, Any], number: str | None, *, phone: bool) -> dict[str, Any]:
        if number is not None and self._end_pending(lambda other: _bound(other) == number):
            raise Refusal("alreadyInProgress", "Order already in progress for pno")
        order = Order(owner, request, self._clock(), phone=phone)
        self._orders[order.ref] = order
        if phone:
            order.person, order.hint = BY_NUMBER.get(number or ""), "userCallConfirm"
            return {"orderRef": order.ref}
        return {
            "orderRef": order.ref,
            "autoStartToken": order.auto_start_token,
            "qrStartToken": order.qr_start_token,
            "qrStartSecret": order.qr_start_secret,
        }

    def _owned(self, owner: str, ref: str) -> Order:
        order = self._orders.get(ref)
        if order is None or order.owner != owner or order.told:
            raise Refusal("invalidParameters", "No such order")
        return order

    def _collect(self, order: Order) -> dict[str, Any]:
        order.asked = True
        answer: dict[str, Any] = {"orderRef": order.ref, "status": order.status}
        if order.status == "complete":
            order.told = True
            return answer | {"completionData": _completion(order, *self._signed(order))}
        order.told = order.status == "failed"
        return answer | {"hintCode": order.hint}

    def _signed(self, order: Order) -> tuple[str, str]:
        assert order.person is not None  # noqa: S101 (only an order that somebody opened can be complete)
        request = order.request
        text = bankid_signing.Text(
            request.get("userVisibleData", ""),
            request.get("userNonVisibleData", ""),
            self._services.get(order.owner, bankid_signing.STRANGER),
        )
        at = datetime.fromtimestamp(order.ended, UTC)
        return bankid_signing.end(self._bank or stranger(), order.person, text, at, self.lie)

    def _cancel(self, order: Order) -> dict[str, Any]:
        if order.status != "pending":
            raise Refusal("invalidParameters", "No such order")
        del self._orders[order.ref]
        return {}

    def _end_pending(self, which: Callable[[Order], bool]) -> bool:
        orders = [order for order in self._orders.values() if order.status == "pending" and which(order)]
        for order in orders:
            self._fail(order, "cancelled")
        return bool(orders)

    def _fail(self, order: Order, hint: str, at: float | None = None) -> None:
        order.status, order.hint, order.ended = "failed", hint, self._clock() if at is None else at

    def _age(self) -> None:
        """Apply the timers."""
        now = self._clock()
        for order in list(self._orders.values()):
            age = now - order.created
            if order.status == "pending" and order.person is None and age >= UNSTARTED:
                self._fail(order, "startFailed", order.created + UNSTARTED)
            elif order.status == "pending" and age >= WHOLE:
                self._fail(order, "expiredTransaction", order.created + WHOLE)
            lifetime = KEPT.get(order.status)
            forgotten = lifetime is not None and now - order.ended >= lifetime
            if forgotten or (not order.asked and age >= NEVER_ASKED):
                del self._orders[order.ref]

    def waiting(self) -> list[Shown]:
        """Return the orders that nobody has scanned or opened."""
        return [_shown(order) for order in self._pending() if order.person is None]

    def opened(self, person: Person) -> list[Shown]:
        """Return the orders that the person's app shows."""
        return [_shown(order) for order in self._pending() if order.person == person]

    def pick(self, shown: str, person: Person, ip: str) -> str:
        """Take a waiting order, as if its code were scanned at this moment."""
        order = self._by(
            lambda candidate: candidate.id == shown and candidate.person is None, "Koden finns inte längre."
        )
        return self._take(order, person, ip)

    def scan(self, text: str, person: Person, ip: str) -> str:
        """Scan a code; only one of the last seconds is valid, and only one made with the service's secret."""
        parts = text.strip().split(".")
        if len(parts) != 4 or parts[0] != "bankid" or not parts[2].isdecimal():
            raise NotTaken("Det här är ingen QR-kod för BankID.")
        order = self._by(
            lambda candidate: candidate.qr_start_token == parts[1] and candidate.person is None,
            "Koden finns inte längre.",
        )
        seconds = int(parts[2])
        if abs(seconds - self._elapsed(order)) > FRESH:
            raise NotTaken("Koden är för gammal. Skanna den som visas nu.")
        if text.strip() != self._code(order, seconds):
            raise NotTaken("Koden är inte äkta.")
        return self._take(order, person, ip)

    def open_link(self, query: dict[str, str], person: Person, ip: str) -> str:
        """Open the app by the link with an autostart token."""
        token = query.get("autostarttoken", "")
        order = self._by(
            lambda candidate: candidate.auto_start_token == token and candidate.person is None,
            "Länken gäller inte längre.",
        )
        order.same_device = True
        return self._take(order, person, ip)

    def approve(self, shown: str, risk: str = "low") -> str:
        """Enter the code and approve."""
        order = self._by(
            lambda candidate: candidate.id == shown and candidate.person is not None, "Det finns inget att godkänna."
        )
        order.status, order.risk, order.ended = "complete", risk, self._clock()
        return str(order.request.get("returnUrl", "")) if order.same_device else ""

    def decline(self, shown: str) -> str:
        """Cancel in the app, or answer no to being on the telephone."""
        order = self._by(
            lambda candidate: candidate.id == shown and candidate.person is not None, "Det finns inget att avbryta."
        )
        self._fail(order, "userDeclinedCall" if order.hint == "userCallConfirm" else "userCancel")
        return str(order.request.get("returnUrl", "")) if order.same_device else ""

    def show_hint(self, shown: str, hint: str, *, failed: bool = False) -> None:
        """Set the state of an order, for a test."""
        order = self._by(lambda candidate: candidate.id == shown, "Det finns ingen sådan.")
        order.hint = hint
        if failed:
            self._fail(order, hint)

    def confirm_call(self, shown: str) -> None:
        """Answer yes to being on the telephone."""
        self._by(
            lambda candidate: candidate.id == shown and candidate.phone, "Det finns inget samtal."
        ).hint = "userSign"

    def _take(self, order: Order, person: Person, ip: str) -> str:
        with self._lock:
            self._end_pending(lambda other: other.person == person)
            order.person, order.ip = person, ip
            order.hint = "userMrtd" if order.request.get("requirement", {}).get("mrtd") else "userSign"
            if not _meets(order, person):
                self._fail(order, self._mismatch)
                raise NotTaken("Ditt BankID går inte att använda här.")
            return order.id

    def _pending(self) -> list[Order]:
        with self._lock:
            self._age()
            return [order for order in self._orders.values() if order.status == "pending"]

    def _by(self, which: Callable[[Order], bool], missing: str) -> Order:
        match = next((order for order in self._pending() if which(order)), None)
        if match is None:
            raise NotTaken(missing)
        return match

    def _elapsed(self, order: Order) -> int:
        return int(self._clock() - order.created)

    def _code(self, order: Order, seconds: int) -> str:
        return qr_text(order.qr_start_token, order.qr_start_secret, seconds)


def _bound(order: Order) -> str | None:
    if order.person is not None:
        return order.person.number
    number: str | None = order.request.get("personalNumber") or order.request.get("requirement", {}).get(
        "personalNumber"
    )
    return number


def _meets(order: Order, person: Person) -> bool:
    requirement = order.request.get("requirement", {})
    number, policies = requirement.get("personalNumber", person.number), requirement.get("certificatePolicies", [])
    return number == person.number and (not policies or (person.bankid == "mobile" and bool({*policies} & {*MOBILE})))


def _shown(order: Order) -> Shown:
    text = base64.b64decode(order.request.get("userVisibleData", "")).decode()
    return Shown(order.id, text, order.hint == "userCallConfirm")


def _completion(order: Order, signature: str, ocsp: str) -> dict[str, Any]:
    person = order.person
    assert person is not None  # noqa: S101 (only an order that somebody opened can be complete)
    completion: dict[str, Any] = {
        "user": {
            "personalNumber": person.number,
            "name": person.name,
            "givenName": person.given_name,
            "surname": person.family_name,
        },
        "device": {"ipAddress": order.ip, "uhi": "OZvYM9VvyiAmG7NA5jU5zqGcVpo="},
        "bankIdIssueDate": datetime.fromtimestamp(order.created, UTC).strftime("%Y-%m-%dZ"),
        "signature": signature,
        "ocspResponse": ocsp,
    }
    return completion | ({"risk": order.risk} if order.request.get("returnRisk") else {})
