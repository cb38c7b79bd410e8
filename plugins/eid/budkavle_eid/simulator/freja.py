"""Freja eID's authentication service without a network, and the person's app.

Sources: Freja's documentation (two minutes; one authentication for each person, a second one cancels both; results can
be polled again for a while).
"""

import hashlib
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from joserfc import jws
from joserfc.jwk import RSAKey

from budkavle_eid.freja.api import LEVELS, Call, Started, qr_text
from budkavle_eid.settings import Kind
from budkavle_eid.simulator.app import NotTaken, Shown
from budkavle_eid.simulator.authority import Certificates
from budkavle_eid.simulator.freja_requests import Refusal, check
from budkavle_eid.simulator.persons import Person

LIVES, KEPT = 120.0, 600.0
FRESH = 5
"""Seconds by which the time of a scanned dynamic QR code may differ."""
ANYWHERE = "https://app.example/freja"
NAME = "Budkavle"
"""The name of the service in the app; Freja shows the relying party's name and no text of the request."""


@dataclass(slots=True, eq=False)
class Transaction:
    """One authentication."""

    owner: str
    kind: Kind
    request: dict[str, Any]
    created: float
    ref: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    qr_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    person: Person | None = None
    ip: str = ""
    back: str = ""
    status: str = "STARTED"
    ended: float = 0.0

    @property
    def dynamic(self) -> bool:
        """Whether its QR code changes each second."""
        return bool(self.request.get("useDynamicQrCode"))


@dataclass(slots=True)
class Signer:
    """Signs the responses, with `signing` of the certificates or, for lies, another key."""

    certificate: Path

    def sign(self, payload: bytes) -> str:
        """Return a compact JWS whose header names the certificate, as Freja's does."""
        key = RSAKey.import_key(self.certificate.with_suffix(".key").read_bytes())
        digest = x509.load_pem_x509_certificate(self.certificate.read_bytes()).fingerprint(SHA1())  # noqa: S303
        return jws.serialize_compact({"alg": "RS256", "x5t": digest.hex()}, payload, key)


class FrejaSimulator:
    """The service and everybody's app.

    Args:
        files: With the certificate for signing responses.
        clock: Returns seconds; a test's own clock moves the timers.
    """

    label = "Freja"

    def __init__(self, files: Certificates, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.signer = Signer(files.signing)
        self._all: dict[str, Transaction] = {}
        self._lock = threading.RLock()
        self._faults: deque[int] = deque()
        self.parties: set[str] = {""}
        """The relying parties that may be named."""
        self.requests: list[dict[str, Any]] = []
        """The requests that started authentications, for tests."""
        self.alter: Callable[[dict[str, Any]], None] = _as_it_is
        """Changes the signed content, for lies."""
        self.alter_answer: Callable[[dict[str, Any]], None] = _as_it_is
        """Changes the rest of the response, for lies."""

    def fail_next(self, code: int) -> None:
        """Refuse the next call with this code."""
        self._faults.append(code)

    def call(self, owner: str, kind: Kind, call: Call, request: dict[str, Any], party: str = "") -> dict[str, Any]:
        """Handle a call of a service, identified by the fingerprint of its certificate.

        Raises:
            Refusal: With Freja's code.
        """
        with self._lock:
            if self._faults:
                raise Refusal(self._faults.popleft())
            if party not in self.parties:
                raise Refusal(1008)
            self._age()
            if call == "init":
                return self._new(owner, kind, request)
            transaction = self._all.get(str(request.get("authRef", "")))
            if transaction is None or transaction.owner != owner or transaction.kind != kind:
                raise Refusal(1100)
            if call == "cancel":
                self._finish(transaction, "RP_CANCELED")
                return {}
            return self._result(transaction)

    def _new(self, owner: str, kind: Kind, request: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(request)
        check(request, kind)
        made = Transaction(owner, kind, request, self._clock())
        self._all[made.ref] = made
        return {"authRef": made.ref} | ({"qrCodeSecret": made.qr_secret} if made.dynamic else {})

    def _result(self, transaction: Transaction) -> dict[str, Any]:
        answer: dict[str, Any] = {"authRef": transaction.ref, "status": transaction.status}
        if transaction.status == "APPROVED":
            payload = {
                "authRef": transaction.ref,
                "status": transaction.status,
                "userInfoType": transaction.request["userInfoType"],
                "userInfo": transaction.request["userInfo"],
                "minRegistrationLevel": transaction.request.get("minRegistrationLevel", "BASIC"),
                "timestamp": int(transaction.ended * 1000),
                "requestedAttributes": _attributes(transaction),
            }
            self.alter(payload)
            answer["requestedAttributes"] = payload.get("requestedAttributes")
            answer["details"] = self.signer.sign(json.dumps(payload).encode())
        self.alter_answer(answer)
        return answer

    def _age(self) -> None:
        now = self._clock()
        for transaction in list(self._all.values()):
            if not transaction.ended and now - transaction.created >= LIVES:
                transaction.status, transaction.ended = "EXPIRED", transaction.created + LIVES
            if transaction.ended and now - transaction.ended >= KEPT:
                del self._all[transaction.ref]

    def _finish(self, transaction: Transaction, status: str) -> None:
        if not transaction.ended:
            transaction.status, transaction.ended = status, self._clock()

    def waiting(self) -> list[Shown]:
        """Return the transactions that nobody has scanned or opened."""
        return [_shown(transaction) for transaction in self._under_way() if transaction.person is None]

    def opened(self, person: Person) -> list[Shown]:
        """Return the transactions that the person's app shows."""
        return [_shown(transaction) for transaction in self._under_way() if transaction.person == person]

    def pick(self, shown: str, person: Person, ip: str) -> str:
        """Take a waiting transaction, as if its code were scanned at this moment."""
        transaction = self._by(
            lambda candidate: candidate.id == shown and candidate.person is None, "Koden finns inte längre."
        )
        return self._take(transaction, person, ip)

    def scan(self, text: str, person: Person, ip: str) -> str:
        """Scan a code; a dynamic one is valid for some seconds, and only if made with the secret."""
        reference, _, proof = _reference(text).partition(".")
        transaction = self._by(
            lambda candidate: candidate.ref == reference and candidate.person is None, "Koden finns inte längre."
        )
        if transaction.dynamic:
            seconds = proof.partition(".")[0]
            if not seconds.isdecimal() or abs(int(seconds) - self._elapsed(transaction)) > FRESH:
                raise NotTaken("Koden är för gammal. Skanna den som visas nu.")
            made = _reference(qr_text(ANYWHERE, Started(transaction.ref, transaction.qr_secret), int(seconds), ""))
            if made != f"{reference}.{proof}":
                raise NotTaken("Koden är inte äkta.")
        return self._take(transaction, person, ip)

    def open_link(self, query: dict[str, str], person: Person, ip: str) -> str:
        """Open the app by the link on the same device, which contains where the browser goes afterwards."""
        reference = query.get("transactionReference", "")
        transaction = self._by(
            lambda candidate: candidate.ref == reference and candidate.person is None, "Länken gäller inte längre."
        )
        transaction.back = query.get("originAppScheme", "")
        return self._take(transaction, person, ip)

    def approve(self, shown: str, risk: str = "low") -> str:  # noqa: ARG002 - Freja tells no risk
        """Enter the code and approve."""
        transaction = self._by(
            lambda candidate: candidate.id == shown and candidate.person is not None, "Det finns inget att godkänna."
        )
        self._finish(transaction, "APPROVED")
        return transaction.back

    def decline(self, shown: str) -> str:
        """Cancel in the app."""
        transaction = self._by(
            lambda candidate: candidate.id == shown and candidate.person is not None, "Det finns inget att avbryta."
        )
        self._finish(transaction, "CANCELED")
        return transaction.back

    def reject(self, shown: str) -> None:
        """Make Freja refuse it, as after wrong codes."""
        self._finish(self._by(lambda candidate: candidate.id == shown, "Det finns ingen sådan."), "REJECTED")

    def _take(self, transaction: Transaction, person: Person, ip: str) -> str:
        with self._lock:
            minimum = transaction.request.get("minRegistrationLevel", "BASIC")
            if LEVELS.index(person.level) < LEVELS.index(minimum):
                raise NotTaken("Din Freja har inte den nivå som tjänsten kräver.")
            if transaction.kind == "organisation" and not person.employee:
                raise NotTaken("Du har ingen Organisations-eID.")
            others = [other for other in self._under_way() if other.person == person]
            transaction.person, transaction.ip, transaction.status = person, ip, "DELIVERED_TO_MOBILE"
            for stopped in [*others, transaction] if others else []:
                self._finish(stopped, "CANCELED")
            if others:
                raise NotTaken("Två legitimeringar på en gång: båda avbryts.")
            return transaction.id

    def _under_way(self) -> list[Transaction]:
        with self._lock:
            self._age()
            return [transaction for transaction in self._all.values() if not transaction.ended]

    def _by(self, which: Callable[[Transaction], bool], missing: str) -> Transaction:
        transaction = next((candidate for candidate in self._under_way() if which(candidate)), None)
        if transaction is None:
            raise NotTaken(missing)
        return transaction

    def _elapsed(self, transaction: Transaction) -> int:
        return int(self._clock() - transaction.created)


def _as_it_is(_: dict[str, Any]) -> None:
    """Change nothing."""


def _reference(text: str) -> str:
    query = parse_qs(urlsplit(text.strip()).query)
    reference = query.get("transactionReference", [""])[0]
    if not reference:
        raise NotTaken("Det här är ingen QR-kod för Freja.")
    return reference


def _shown(transaction: Transaction) -> Shown:
    kind = "Organisations-eID" if transaction.kind == "organisation" else "legitimering"
    return Shown(transaction.id, f"{NAME} vill ha en {kind}.")


def _attributes(transaction: Transaction) -> dict[str, Any]:
    """Return the requested attributes that exist; a person of level BASIC has neither name nor number."""
    person = transaction.person
    assert person is not None  # noqa: S101 (only what somebody opened can be approved)
    user = hashlib.sha256(f"{transaction.owner}:{person.number}".encode()).hexdigest().upper()
    has: dict[str, tuple[str, Any]] = {
        "BASIC_USER_INFO": ("basicUserInfo", {"name": person.given_name, "surname": person.family_name}),
        "SSN": ("ssn", {"ssn": person.number, "country": "SE"}),
        "EMAIL_ADDRESS": ("emailAddress", person.email),
        "RELYING_PARTY_USER_ID": ("relyingPartyUserId", user),
        "REGISTRATION_LEVEL": ("registrationLevel", person.level),
        "LOA_LEVEL": ("loaLevel", person.loa),
        "NETWORK_INFO": ("networkInfo", {"publicIp": transaction.ip}),
        "ORGANISATION_ID_IDENTIFIER": ("organisationIdIdentifier", person.employee),
    }
    names = [attribute.get("attribute", "") for attribute in transaction.request.get("attributesToReturn", [])]
    return {has[name][0]: has[name][1] for name in names if name in has}
