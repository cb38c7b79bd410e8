"""Requests stamps from a time stamping authority (RFC 3161), and verifies them. Its errors affect nothing else."""

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
"""The most bytes of a reply. One with a long certificate chain has a few thousand."""
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
    """A verified stamp.

    Attributes:
        at: The time according to the authority.
        authority: Its name in its certificate.
        token: The reply as it came.
    """

    at: datetime
    authority: str
    token: bytes


class Authority:
    """The authority that an organisation or the installation has chosen.

    Args:
        host: The plugin's host.
        chosen: Its address, and how to verify its stamps.
    """

    def __init__(self, host: Host, chosen: StampSettings) -> None:
        self._host, self._chosen = host, chosen
        self._name = urlsplit(chosen.url).hostname or chosen.url

    def stamp(self, text: bytes, seconds: float | None = None) -> Stamp:
        """Request a stamp of some bytes.

        Args:
            text: The bytes. Only their SHA-256 is sent.
            seconds: How long it may take. By default the installation's setting.

        Raises:
            Permanent: No authority is set, or the root certificate cannot be read.
            Temporary: The authority does not respond, or its stamp is not valid.
        """
        if not self._chosen.url:
            raise Permanent(NOT_CHOSEN)
        builder = verifier(self._chosen)  # first: with an unreadable root there is no need to ask
        request = TimestampRequestBuilder(data=text, hash_algorithm=HashAlgorithm.SHA256, nonce=True, cert_req=True)
        query = request.build()
        token = self._ask(query, seconds or self._host.settings.timeout_seconds)
        response = self._decoded(token)
        _require_sound(builder.nonce(query.nonce).build() if query.nonce else builder.build(), response, text)
        return Stamp(response.tst_info.gen_time, _name_of(response), token)

    def judge(self, token: bytes, text: bytes) -> None:
        """Verify a stored stamp, at its own time and without a network.

        Raises:
            Temporary: It is not valid.
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
        except Invalid as error:  # the address is on the internal network
            raise Temporary(Sentence.of(error)) from error

    def _body(self, answer: httpx.Response, until: float) -> bytes:
        content = b""
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > LARGEST:
                raise Temporary(HUGE, host=self._name)
            if time.monotonic() > until:  # a byte now and then avoids every other timeout
                raise Temporary(SLOW, host=self._name)
        return content

    def _client(self, seconds: float) -> httpx.Client:
        if self._chosen.url == self._host.settings.url:  # the installation's own setting is trusted, proxy included
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
    """Return the verifier for the roots and policy of an organisation. The caller adds the nonce, if there is one.

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
    """Return the name of the authority: the common name of the certificate for stamping."""
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
