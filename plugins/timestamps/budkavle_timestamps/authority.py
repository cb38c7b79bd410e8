"""Asks a time stamping authority (RFC 3161), and judges what it answers; whatever it sends, nothing else fails."""

import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    Verifier,
    VerifierBuilder,
    decode_timestamp_response,
)

from budkavle import Host, Invalid, Permanent, Sentence, Temporary, outside_client
from budkavle_timestamps.settings import PEM, StampSettings

LARGEST = 100_000
"""Bytes of a reply; one with a long chain of certificates has a few thousand."""
TYPE = "application/timestamp-reply"
SILENT = "Tidsstämplingstjänsten {host} svarar inte."
SLOW = "Tidsstämplingstjänsten {host} svarade för långsamt."
REFUSED = "Tidsstämplingstjänsten {host} svarade med felkod {status}."
NO_STAMP = "Svaret från {host} är ingen tidsstämpel. Kanske svarade en proxy i stället. Kontrollera adressen."
HUGE = "Svaret från {host} är för stort för att vara en tidsstämpel."
DENIED = "Tidsstämplingstjänsten {host} ville inte stämpla: {why}"
NOT_SOUND = "Tidsstämpeln håller inte: {why}. Kontrollera rotcertifikatet, policyn och att det är rätt tjänst."
NOT_CHOSEN = "Ingen tidsstämplingstjänst är vald. Skriv adressen och spara."
NO_ROOT = "Rotcertifikatet går inte att läsa. Klistra in det på nytt, som PEM."


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp that has been judged.

    Attributes:
        at: When the authority says that it was.
        authority: Who it is, as its certificate says.
        token: Its reply as it came.
    """

    at: datetime
    authority: str
    token: bytes


class Authority:
    """The authority that an organisation or the installation has chosen.

    Args:
        host: The plugin's host.
        chosen: Its address, and what its stamps are judged by.
    """

    def __init__(self, host: Host, chosen: StampSettings) -> None:
        self._host, self._chosen = host, chosen
        self._name = urlsplit(chosen.url).hostname or chosen.url

    def stamp(self, text: bytes, seconds: float | None = None) -> Stamp:
        """Have some bytes stamped.

        Args:
            text: The bytes; their SHA-256 alone leaves the house.
            seconds: How long it may take; the installation's setting where it is left out.

        Raises:
            Permanent: Nothing is set, or the root cannot be read.
            Temporary: The authority is away, or what it sent is no stamp that holds.
        """
        if not self._chosen.url:
            raise Permanent(NOT_CHOSEN)
        builder = verifier(self._chosen)  # first: a root that cannot be read needs no question
        request = TimestampRequestBuilder(data=text, hash_algorithm=HashAlgorithm.SHA256, nonce=True, cert_req=True)
        query = request.build()
        token = self._ask(query, seconds or self._host.settings.timeout_seconds)
        response = self._decoded(token)
        _require_sound(builder.nonce(query.nonce).build() if query.nonce else builder.build(), response, text)
        return Stamp(response.tst_info.gen_time, _name_of(response), token)

    def judge(self, token: bytes, text: bytes) -> None:
        """Judge a stamp that is kept, at its own time and without a network.

        Raises:
            Temporary: It does not hold.
        """
        _require_sound(verifier(self._chosen).build(), self._decoded(token), text)

    def _ask(self, request: TimeStampRequest, seconds: float) -> bytes:
        headers = {"content-type": "application/timestamp-query", "accept": TYPE}
        try:
            with (
                self._client(seconds) as client,
                client.stream("POST", self._chosen.url, content=request.as_bytes(), headers=headers) as answer,
            ):
                if not answer.is_success:
                    raise Temporary(REFUSED, host=self._name, status=answer.status_code)
                if answer.headers.get("content-type", "").partition(";")[0].strip().lower() != TYPE:
                    raise Temporary(NO_STAMP, host=self._name)
                return self._body(answer, time.monotonic() + seconds)
        except httpx.TimeoutException as error:
            raise Temporary(SLOW, host=self._name) from error
        except httpx.HTTPError as error:
            raise Temporary(SILENT, host=self._name) from error
        except Invalid as error:  # the address leads inside
            raise Temporary(Sentence.of(error)) from error

    def _body(self, answer: httpx.Response, until: float) -> bytes:
        content = b""
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > LARGEST:
                raise Temporary(HUGE, host=self._name)
            if time.monotonic() > until:  # a byte now and then keeps every other clock happy
                raise Temporary(SLOW, host=self._name)
        return content

    def _client(self, seconds: float) -> httpx.Client:
        if self._chosen.url == self._host.settings.url:  # whoever runs the installation vouches for it, proxy and all
            return httpx.Client(timeout=seconds, follow_redirects=False, verify=ssl.create_default_context())
        return outside_client(self._host.platform, seconds, plain=True)

    def _decoded(self, token: bytes) -> TimeStampResponse:
        try:
            response = decode_timestamp_response(token)
            status = response.status
        except ValueError as error:
            raise Temporary(NO_STAMP, host=self._name) from error
        if status not in {0, 1}:  # granted, granted with changes
            raise Temporary(DENIED, host=self._name, why=", ".join(response.status_string or []) or str(status))
        return response


def verifier(chosen: StampSettings) -> VerifierBuilder:
    """Return what judges stamps by an organisation's roots and policy; give it the nonce where there is one.

    Raises:
        Permanent: The certificates cannot be read.
    """
    if not chosen.root.strip():
        raise Permanent(PEM)
    try:
        certificates = x509.load_pem_x509_certificates(chosen.root.encode())
    except ValueError as error:
        raise Permanent(NO_ROOT) from error
    builder = VerifierBuilder()
    for certificate in certificates:
        if certificate.issuer == certificate.subject:
            builder = builder.add_root_certificate(certificate)
        else:
            builder = builder.add_intermediate_certificate(certificate)
    return builder.policy_id(x509.ObjectIdentifier(chosen.policy)) if chosen.policy else builder


def _require_sound(judge: Verifier, response: TimeStampResponse, text: bytes) -> None:
    try:
        judge.verify_message(response, text)
    except (VerificationError, ValueError) as error:
        raise Temporary(NOT_SOUND, why=str(error)[:200]) from error


def _name_of(response: TimeStampResponse) -> str:
    """Return who stamped: the common name of the certificate that is for stamping."""
    for content in response.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(content)
        try:
            usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            continue
        if ExtendedKeyUsageOID.TIME_STAMPING in usage:
            names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            return str(names[0].value) if names else certificate.subject.rfc4514_string()
    return "–"
