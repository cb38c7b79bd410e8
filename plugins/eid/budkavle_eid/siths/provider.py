"""A SITHS card in a reader: our reverse proxy requests it by mutual TLS, and passes its certificate on.

The browser goes from the flow to the proxy's URL. There the certificate is verified, and its content is stored sealed
under a secret that only this browser gets. The browser returns to the flow with the secret. The flow's nonce is stored
with the card, so that nobody can be lured into showing their card for somebody else's flow.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import unquote, urlencode, urlsplit

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect as Led

from budkavle import Failed, Health, Host, Identity, Loa, Misconfigured, NotFound, Redirect
from budkavle.web import WebRequest, guest_page
from budkavle_eid.claims import Refused, failed, log, safe_url
from budkavle_eid.settings import SithsSettings
from budkavle_eid.siths.certificates import Card, Cards

PATH = "/plugin/eid/siths"
MINUTES = 2
LONGEST = 20_000
Clock = Callable[[], datetime]


class Handover(Protocol):
    """Stores data passed from one request to the next; it can be taken once."""

    def put(self, what: str, plain: bytes, until: datetime) -> None:
        """Store a value under a key, unless there is one already."""
        ...

    def take(self, what: str) -> bytes | None:
        """Return the value of a key, and delete it."""
        ...


class _Handed(msgspec.Struct, frozen=True):
    """A card, and the flow that it was shown for."""

    nonce: str
    card: Card


class SithsProvider:
    """An `IdentityProvider` for one proxy.

    Args:
        settings: The settings of the connection.
        host: The plugin's host.
        handover: Stores the card between the two URLs.
        clock: Returns the time.

    Raises:
        Misconfigured: The URL does not lead to our page, or a file cannot be read.
    """

    icon = "letter-s"

    def __init__(
        self,
        settings: SithsSettings,
        host: Host,
        handover: Handover,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self.name, self.label = settings.name, settings.label
        self.traits = settings.traits(asserts_personnummer=True)
        self.cards = Cards(settings.authorities, settings.levels, settings.crl)
        self._settings, self._host = settings, host
        self._handover, self._clock = handover, clock
        path = f"{PATH}/{self.name}"
        if not safe_url(settings.url) or urlsplit(settings.url).path != path:
            raise Misconfigured("url för {name} måste vara https://VÄRD{path}.", name=self.name, path=path)

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Redirect:  # noqa: ARG002 - the promise has it
        """Redirect the browser to the URL where the proxy requests the card."""
        nonce = secrets.token_urlsafe(32)
        return Redirect(f"{self._settings.url}?{urlencode({'flow': nonce})}", {"nonce": nonce})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Failed | Identity:
        """Take the card that was shown for this flow."""
        try:
            return self._identity(self._shown(state.get("nonce", ""), answers.get("card", "")))
        except Refused as refused:
            return failed(self.name, refused)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Do nothing: no peer is involved."""

    def show(self, request: WebRequest, nonce: str) -> str:
        """Verify the certificate of a request, and return the URL that leads back to the flow.

        Raises:
            NotFound: The request did not come from our proxy.
            Refused: The certificate is refused.
        """
        if not self._trusted(request):
            log.warning("eid.siths.untrusted", provider=self.name)
            raise NotFound("Sidan finns inte.")
        headers = request.headers.getall(self._settings.header.lower(), [])
        if len(headers) != 1 or not headers[0] or len(headers[0]) > LONGEST or not nonce:
            raise Refused("no-card", "Inget kort lästes. Sätt i kortet, stäng webbläsaren och börja om.")
        card = self.cards.judge(unquote(headers[0]).encode(), self._clock())
        word = secrets.token_urlsafe(32)
        plain = msgspec.json.encode(_Handed(nonce, card))
        self._handover.put(self._word(word), plain, self._clock() + timedelta(minutes=MINUTES))
        return f"{self.home()}/back/{self.name}?{urlencode({'card': word})}"

    def home(self) -> str:
        """Return the URL of the sign-in page; the proxy's URL may have another host."""
        return f"{self._host.platform.settings.base_url.rstrip('/')}/sign-in"

    def health(self) -> Iterator[Health]:
        """Report whether the proxy is trusted, and whether revoked cards are recognised."""
        parameters: dict[str, object] = {"name": self.label}
        platform = self._host.platform.settings
        if not platform.trusted_proxies or _place(platform.base_url) == _place(self._settings.url):
            remedy = "Ange trusted_proxies, och en url vars värdnamn eller port bara används för kort."
            yield Health(
                "SITHS", False, "{name} går inte att använda: ingen proxy frågar efter kortet.", remedy, parameters
            )
        elif not self._settings.crl:
            remedy = "Ange crl, eller låt proxyn kontrollera spärrar."
            sentence = "{name}: spärrade kort känns inte igen här."
            yield Health("SITHS", False, sentence, remedy, parameters, default="siths-revocation")
        elif stale := self.cards.stale(self._clock()):
            parameters["files"] = ", ".join(stale)
            sentence = "{name}: spärrlistan {files} är för gammal, så inget kort släpps in."
            yield Health("SITHS", False, sentence, "Hämta den på nytt från utfärdaren.", parameters)
        else:
            yield Health("SITHS", True, "{name}: spärrlistorna gäller.", facts=parameters)

    def _shown(self, nonce: str, word: str) -> Card:
        stored = self._handover.take(self._word(word)) if word else None
        if stored is None:
            raise Refused("card-unknown", "Kortet lästes inte. Börja om från början.")
        handed = msgspec.json.decode(stored, type=_Handed)
        if not nonce or not hmac.compare_digest(handed.nonce, nonce):
            raise Refused("card-of-another-flow", "Kortet hör till en annan inloggning. Börja om från början.")
        return handed.card

    def _identity(self, card: Card) -> Identity:
        revocation = "checked" if card.checked else "not-checked"
        attributes = {
            "name": card.name,
            "given_name": card.given_name,
            "family_name": card.family_name,
            "hsa_id": card.hsa_id,
            "personnummer": card.personnummer,
            "method": self.label,
            "raw_acr": card.word,
            "evidence": f"sha256:{card.fingerprint};revocation:{revocation}",
        }
        values = {name: value for name, value in attributes.items() if value}
        return Identity(self.name, card.subject, min(Loa(card.level), self.traits.max_loa), values)

    def _trusted(self, request: WebRequest) -> bool:
        """Tell whether the request came directly from our proxy, for the URL where it requests cards.

        A certificate is not a secret: at any other URL a browser could send the header itself.
        """
        settings = self._host.platform.settings
        peer: Any = request.scope.get("budkavle.peer") or (request.client.host if request.client else "")
        place = _place(self._settings.url)
        right = request.headers.get("host", "") == place and place != _place(settings.base_url)
        return right and _inside(str(peer), settings.trusted_proxies)

    def _word(self, word: str) -> str:
        return f"siths:{self.name}:{word}"


def routes(providers: Sequence[SithsProvider]) -> Router:
    """Return the routes at which the proxies request cards."""
    by_name = {provider.name: provider for provider in providers}

    @get("/{name:str}", sync_to_thread=True)
    def show(request: WebRequest, name: FromPath[str], flow: FromQuery[str] = "") -> Response[Any]:
        """Verify the card's certificate, and redirect back to the flow."""
        if name not in by_name:
            raise NotFound("Sidan finns inte.")
        try:
            return Led(by_name[name].show(request, flow), status_code=303)
        except Refused as refused:
            context = {"sentence": failed(name, refused).message, "again": by_name[name].home()}
            return guest_page(request, "eid/siths.html", context, status=422)

    return Router(PATH, route_handlers=[show])


def _inside(peer: str, proxies: Sequence[str]) -> bool:
    try:
        address = ipaddress.ip_address(peer)
        return any(address in ipaddress.ip_network(network, strict=False) for network in proxies)
    except ValueError:
        return False


def _place(url: str) -> str:
    return urlsplit(url).netloc
