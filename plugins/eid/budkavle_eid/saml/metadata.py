"""An identity provider's metadata: from a file or a URL, with a verified signature; a valid copy is kept on disk."""

import ssl
import threading
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from lxml import etree

from budkavle import Health, Misconfigured
from budkavle_eid.claims import Refused, log, safe_url
from budkavle_eid.safe_xml import DS, parse
from budkavle_eid.saml.xml_checks import MAX_METADATA, MD, SAML, check_signature
from budkavle_eid.saml.xmlsec1 import program, verify
from budkavle_eid.settings import SamlSettings

CERTIFIED = "urn:oasis:names:tc:SAML:attribute:assurance-certification"
DOWN = "Legitimeringstjänsten går inte att nå just nu. Försök igen om en stund, eller välj ett annat sätt."
UNREADABLE = "metadata-unreadable"
"""Why metadata are refused that are not SAML metadata, or are damaged."""
NOT_READ = "Metadata för {name} går inte att läsa: det är inte XML med SAML-metadata."
GET_ANEW = (
    "Hämta metadata på nytt hos den som driver legitimeringstjänsten, och kontrollera att det är XML-filen och inte en "
    "webbsida. Är det en adress, öppna den i en webbläsare och se vad den svarar."
)
_ROOTS = (f"{MD}EntitiesDescriptor", f"{MD}EntityDescriptor")
SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Idp:
    """An identity provider according to its metadata.

    Attributes:
        entity_id: Its entity ID.
        metadata: Its own EntityDescriptor.
        levels: The levels that it declares, if any.
        expires: When the metadata expire, if they do.
        read: When they were read.
    """

    entity_id: str
    metadata: bytes
    levels: frozenset[str]
    expires: datetime | None
    read: datetime


class MetadataSource:
    """Where the metadata come from.

    Args:
        settings: The settings of the connection.
        folder: Where the last valid copy from a URL is kept.

    Raises:
        Misconfigured: They come from a URL, and no certificate verifies them.
    """

    def __init__(self, settings: SamlSettings, folder: Path) -> None:
        self._settings = settings
        self._remote = "://" in settings.metadata
        self._file = folder / f"{settings.name}.xml" if self._remote else Path(settings.metadata)
        self._lock = threading.Lock()
        self._current: tuple[int, Idp] | None = None
        if self._remote and (settings.metadata_certificate is None or not safe_url(settings.metadata)):
            raise Misconfigured(
                "Metadata för {name} hämtas från en adress. Den måste börja med https:// och metadata_certificate"
                " måste ange certifikatet som de är signerade med.",
                name=settings.name,
            )

    @property
    def hours(self) -> float | None:
        """Return the refresh interval; None for a file."""
        return self._settings.metadata_hours if self._remote else None

    def current(self) -> Idp:
        """Return the provider by the last valid copy, which is read again when its file has changed.

        Raises:
            Refused: There is no valid copy, or it has expired.
        """
        with self._lock:
            if self._remote and not self._file.exists():
                self._fetch()
            stamp = self._stamp()
            if self._current is None or self._current[0] != stamp:
                self._current = (stamp, self._read(self._file.read_bytes()))
            idp = self._current[1]
        if idp.expires and idp.expires < datetime.now(UTC):
            raise Refused("metadata-expired", DOWN)
        return idp

    def refresh(self) -> int:
        """Fetch a URL again; an invalid response leaves the last valid copy in use. Run it as a job."""
        if self._remote:
            with self._lock:
                self._fetch()
        return 0

    def health(self) -> Iterator[Health]:
        """Report how old the metadata are, and when they expire."""
        parameters: dict[str, object] = {"name": self._settings.label}
        remedy = "Kontrollera metadata och metadata_certificate, och att adressen går att nå."
        try:
            idp = self.current()
        except Refused as refused:
            if refused.reason == UNREADABLE:
                yield Health("SAML", False, NOT_READ, GET_ANEW, parameters)
                return
            parameters["reason"] = refused.reason
            yield Health("SAML", False, "Metadata för {name} går inte att använda ({reason}).", remedy, parameters)
            return
        age = datetime.now(UTC) - idp.read
        parameters["hours"] = round(age.total_seconds() / 3600, 1)
        if self._remote and age > timedelta(hours=self._settings.metadata_hours) * 3:
            yield Health("SAML", False, "Metadata för {name} är {hours} timmar gamla.", remedy, parameters)
        elif idp.expires and idp.expires - datetime.now(UTC) < SOON:
            parameters["until"] = idp.expires
            yield Health("SAML", False, "Metadata för {name} slutar gälla {until}.", remedy, parameters)
        else:
            yield Health("SAML", True, "Metadata för {name} lästes för {hours} timmar sedan.", facts=parameters)

    def _stamp(self) -> int:
        try:
            return self._file.stat().st_mtime_ns
        except OSError as error:
            raise Refused("metadata-missing", DOWN) from error

    def _fetch(self) -> None:
        document = _download(self._settings.metadata, self._settings.timeout_seconds)
        self._read(document)
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(document)
        fresh.replace(self._file)
        log.info("eid.saml.metadata", provider=self._settings.name)

    def _read(self, data: bytes) -> Idp:
        root = _root(data)
        if self._settings.metadata_certificate:
            _check_signed(root, data, self._settings.metadata_certificate)
        entity = _entity(root, self._settings.idp)
        expires = min(_ends(entity), default=None)
        if expires and expires < datetime.now(UTC):
            raise Refused("metadata-expired", DOWN)
        read_at = datetime.fromtimestamp(self._file.stat().st_mtime, UTC) if self._file.exists() else datetime.now(UTC)
        entity_document = etree.tostring(deepcopy(entity))
        return Idp(entity.get("entityID", ""), entity_document, frozenset(_declared(entity)), expires, read_at)


def _download(url: str, timeout: float) -> bytes:
    body = bytearray()
    try:
        with (
            httpx.Client(timeout=timeout, trust_env=False, verify=ssl.create_default_context()) as client,
            client.stream("GET", url) as answer,
        ):
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MAX_METADATA:
                    raise Refused("metadata-too-large", DOWN)
    except httpx.HTTPError as error:
        raise Refused(f"metadata-unreachable-{type(error).__name__}", DOWN) from error
    if answer.status_code != 200:
        raise Refused(f"metadata-status-{answer.status_code}", DOWN)
    return bytes(body)


def _root(data: bytes) -> etree._Element:
    try:
        root = parse(data, MAX_METADATA, remarks=True)
    except Refused as refused:
        raise Refused(UNREADABLE, DOWN) from refused
    if root.tag not in _ROOTS:  # such as a web page instead of the metadata
        raise Refused(UNREADABLE, DOWN)
    return root


def _check_signed(root: etree._Element, data: bytes, certificate: Path) -> None:
    """Verify the signature of the root element: with an inner one, the rest could be anybody's."""
    signatures = [child for child in root if child.tag == f"{DS}Signature"]
    if len(signatures) != 1:
        raise Refused("metadata-unsigned", DOWN)
    try:
        check_signature(signatures[0])
    except Refused as refused:
        raise Refused(f"metadata-{refused.reason}", DOWN) from refused
    name = etree.QName(root)
    if not verify(data, certificate.read_bytes(), f"{name.namespace}:{name.localname}", root.get("ID", "")):
        raise Refused("metadata-signature", DOWN)


def _entity(root: etree._Element, entity_id: str) -> etree._Element:
    able = [entity for entity in root.iter(f"{MD}EntityDescriptor") if entity.find(f"{MD}IDPSSODescriptor") is not None]
    matching = [entity for entity in able if not entity_id or entity.get("entityID") == entity_id]
    if len(matching) != 1:
        raise Refused("metadata-without-the-provider" if not matching else "metadata-with-several-providers", DOWN)
    return matching[0]


def _ends(entity: etree._Element) -> Iterator[datetime]:
    for element in (entity, *entity.iterancestors()):
        until = element.get("validUntil")
        if until:
            try:
                yield moment(until)
            except Refused as refused:
                raise Refused(UNREADABLE, DOWN) from refused


def moment(text: str) -> datetime:
    """Parse an xs:dateTime.

    Raises:
        Refused: It is invalid, or has no time zone.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused("time-unreadable") from error
    if instant.tzinfo is None:
        raise Refused("time-without-zone")
    return instant


def _declared(entity: etree._Element) -> Iterator[str]:
    for attribute in entity.iter(f"{SAML}Attribute"):
        if attribute.get("Name") == CERTIFIED:
            yield from (str(value.text).strip() for value in attribute.iter(f"{SAML}AttributeValue") if value.text)


def health(sources: list[MetadataSource]) -> Iterator[Health]:
    """Report the state of every provider's metadata, and whether xmlsec1 is installed."""
    try:
        program()
    except Misconfigured as error:
        yield Health("SAML", False, str(error), "Installera paketet xmlsec1.")
        return
    for source in sources:
        yield from source.health()
