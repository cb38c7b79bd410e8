"""SAML 2: a signed request; only one new signed assertion that answers it is trusted.

Source: SAML 2.0 Profiles, section 4.1; Sweden Connect, technical framework 02 (deployment profile).
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from litestar import Router, get
from litestar.params import FromPath

from budkavle import Failed, Identity, Loa, Misconfigured, NotFound, ProviderTraits, Redirect, Sentence
from budkavle.identification import SignOutRequest
from budkavle_eid.claims import Refused, attributes_of, audiences_of, check_fresh, failed, level_of, words_for
from budkavle_eid.saml import sign_out as single_logout
from budkavle_eid.saml.metadata import Idp, MetadataSource
from budkavle_eid.saml.presets import PRESETS
from budkavle_eid.saml.pysaml2 import SKEW, Assertion, Service, ServiceProvider, service_metadata
from budkavle_eid.saml.xmlsec1 import program
from budkavle_eid.settings import SamlSettings
from budkavle_eid.single_use import Once

NOT_SO_SURE = "Det här sättet når inte den tillitsnivå som behövs. Välj ett annat."


class SamlProvider:
    """An `IdentityProvider` for one connection.

    Args:
        settings: The settings of the connection.
        base_url: Returns our own address, once the installation has started.
        folder: Where the last valid copy of the provider's metadata is kept.
        once: Remembers the assertions that have been used.

    Raises:
        Misconfigured: The settings contradict each other, or xmlsec1 is missing.
    """

    icon = "id-card"

    def __init__(self, settings: SamlSettings, base_url: Callable[[], str], folder: Path, once: Once) -> None:
        program()
        preset = PRESETS[settings.preset]
        self.name, self.label = settings.name, settings.label
        personnummer = preset.personnummer if settings.personnummer is None else settings.personnummer
        self.traits = ProviderTraits(
            Loa(settings.loa),
            audiences=audiences_of(settings.name, settings.audiences, settings.loa, personnummer=personnummer),
            organisations=frozenset(settings.organisations),
            asserts_personnummer=personnummer,
        )
        self.source = MetadataSource(settings, folder)
        self._once, self._declared = once, preset.declared
        self._levels = {**preset.levels, **settings.levels}
        self._attributes = {**preset.attributes, **settings.attributes}
        self._ask = preset.ask if settings.ask is None else settings.ask
        self._settings, self._base_url = settings, base_url
        self._signs_out = preset.sign_out if settings.sign_out is None else settings.sign_out
        for path in (settings.key, settings.certificate):
            _check_readable(path, settings.name)
        self._built: tuple[Idp, ServiceProvider] | None = None
        if not any(self._levels.values()):
            raise Misconfigured(
                "{name} har inga tillitsnivåer. Ange levels: vad varje AuthnContextClassRef är värd.", name=self.name
            )

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Redirect | Failed:
        """Send the browser to the provider with a signed request."""
        level_names = words_for(self._levels, wanted)
        if not level_names:
            return Failed(NOT_SO_SURE)
        contexts = level_names if self._ask else []
        try:
            request = self._ours()[1].request(contexts, force="account" in hints)
        except Refused as refused:
            return failed(self.name, refused, retry=True)
        fresh = {"anew": str(int(time.time()))} if "account" in hints else {}
        return Redirect(request.url, {"request": request.id, "asked": " ".join(contexts), **fresh}, request.form)

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Failed | Identity:
        """Handle the response that the browser brings."""
        if not state.get("request") or not answers.get("SAMLResponse"):
            return failed(self.name, Refused("no-response"), retry=True)
        try:
            idp, ours = self._ours()
            assertion = ours.read(answers["SAMLResponse"], state["request"])
            if "anew" in state:
                at = assertion.identified.timestamp() if assertion.identified else None
                check_fresh(at, int(state["anew"]) - SKEW.total_seconds())
            return self._identity(idp, assertion, state.get("asked", "").split())
        except Refused as refused:
            return failed(self.name, refused)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Do nothing: the provider has nothing to cancel."""

    def sign_out(self, kept: str, return_url: str) -> Redirect | None:  # noqa: ARG002 - our metadata have it
        """Send the browser to the provider with a signed logout request."""
        return single_logout.begin(self._us(), self.source.current(), kept)

    def signed_out(self, state: Mapping[str, str], answers: Mapping[str, str], query: str) -> bool:  # noqa: ARG002 - the query is signed
        """Tell whether the provider's signed response confirms the logout."""
        try:
            return single_logout.is_done(self._us(), self.source.current(), state, query)
        except Refused as refused:
            single_logout.refuse(self.name, refused)
            return False

    def sign_out_request(self, answers: Mapping[str, str], query: str) -> SignOutRequest | None:  # noqa: ARG002 - the query is signed
        """Verify the provider's own logout request."""
        if not self._signs_out:
            single_logout.refuse(self.name, Refused("logout-off"))
            return None
        try:
            return single_logout.judge(self._us(), self.source.current(), query, self._once)
        except Refused as refused:
            single_logout.refuse(self.name, refused)
            return None

    def metadata(self) -> bytes:
        """Return our own metadata for this provider."""
        return service_metadata(self._service())

    def _ours(self) -> tuple[Idp, ServiceProvider]:
        """Return the provider, and our client for it; both are made again when its metadata have changed."""
        idp = self.source.current()
        if self._built is None or self._built[0] != idp:
            self._built = (idp, ServiceProvider(self._service(), idp.entity_id, idp.metadata))
        return self._built

    def _service(self) -> Service:
        settings, preset = self._settings, PRESETS[self._settings.preset]
        base = self._base_url().rstrip("/")
        names = [name for names in self._attributes.values() for name in names.split()]
        return Service(
            entity_id=settings.entity_id or f"{base}/plugin/eid/saml/{settings.name}/metadata",
            consumer=f"{base}/sign-in/back/{settings.name}",
            key=str(settings.key),
            certificate=str(settings.certificate),
            label=settings.label,
            binding=settings.binding,
            signed=settings.signed or preset.signed,
            encrypted=preset.encrypted if settings.encrypted is None else settings.encrypted,
            attributes=tuple(dict.fromkeys(names)),
            categories=preset.categories,
            signed_out_there=f"{base}/sign-out/from/{settings.name}" if self._signs_out else "",
            signed_out_here=f"{base}/sign-out/back/{settings.name}",
        )

    def _us(self) -> single_logout.Us:
        service = self._service()
        base = self._base_url().rstrip("/")
        asked_at = f"{base}/sign-out/from/{self.name}"
        return single_logout.Us(service.entity_id, self._settings.key, asked_at, service.signed_out_here)

    def _identity(self, idp: Idp, assertion: Assertion, contexts: list[str]) -> Identity:
        if contexts and assertion.context not in contexts:
            raise Refused("level-not-asked-for", NOT_SO_SURE)
        if self._declared and assertion.context not in idp.levels:
            raise Refused("level-undeclared")
        level, word = level_of([assertion.context], self._levels, 0)
        attributes = {
            "evidence": "sha256:" + hashlib.sha256(assertion.id.encode()).hexdigest(),
            **attributes_of(assertion.attributes, self._attributes, personnummer=self.traits.asserts_personnummer),
            "raw_acr": word,
            "method": self.label,
            **({"identified_at": str(assertion.identified.timestamp())} if assertion.identified else {}),
        }
        subject = assertion.subject if assertion.lasting else _lasting(attributes)
        if not self._once.first(f"saml:{idp.entity_id}:{assertion.id}", assertion.ends):
            raise Refused("assertion-replayed")
        provider_session = single_logout.session(assertion.name, assertion.session_ends) if self._signs_out else None
        return Identity(self.name, subject, min(level, self.traits.max_loa), attributes, provider_session)


def _lasting(attributes: Mapping[str, str]) -> str:
    """Return a lasting identifier of the person, if the name identifier is valid for this sign-in only."""
    identifier = attributes.get("hsa_id") or attributes.get("personnummer")
    if not identifier:
        raise Refused("no-lasting-subject")
    return identifier


def _check_readable(path: Path, name: str) -> None:
    try:
        path.read_bytes()
    except OSError as error:
        raise Misconfigured(
            "Filen {path} för {name} går inte att läsa ({reason}).",
            path=str(path),
            name=name,
            reason=error.strerror or Sentence("okänt fel"),
        ) from error


def routes(providers: Sequence[SamlProvider]) -> Router:
    """Return the routes of our metadata, one for each connection."""
    by_name = {provider.name: provider for provider in providers}

    @get("/{name:str}/metadata", sync_to_thread=True, media_type="application/samlmetadata+xml")
    def metadata(name: FromPath[str]) -> bytes:
        """Return our metadata, which are public."""
        if name not in by_name:
            raise NotFound("Sidan finns inte.")
        return by_name[name].metadata()

    return Router("/plugin/eid/saml", route_handlers=[metadata])
