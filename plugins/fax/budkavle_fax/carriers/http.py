"""A carrier with an HTTP interface, described by templates in the settings."""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from ssl import create_default_context
from typing import Any, Final
from urllib.parse import quote

import httpx

from budkavle import Health, Misconfigured, Permanent, Sentence, Temporary
from budkavle_fax.carriers.base import Fax, Progress, Stage, Unsure
from budkavle_fax.carriers.tiff_to_pdf import as_pdf
from budkavle_fax.settings import HttpSettings
from budkavle_fax.texts import UNKNOWN

NAME: Final = "Faxtjänsten"
AWAY: Final = "Faxtjänsten svarar inte. Vi försöker igen."
HALFWAY: Final = "Förbindelsen med faxtjänsten bröts medan faxet lämnades över."
FAULTY: Final = "Faxtjänsten svarade med ett fel ({code}) medan faxet lämnades över."
LATER: Final = "Faxtjänsten tar inte emot just nu ({code}). Vi försöker igen."
REFUSED: Final = (
    "Faxtjänsten tog inte emot faxet ({code}). Kontrollera numret; be annars er IT-avdelning titta på "
    "[plugins.fax.http]."
)
CONFIGURED: Final = "Faxtjänsten är angiven; hur det går syns vid varje fax."
NOT_CONFIGURED: Final = "Ingen faxtjänst är angiven."
REMEDY: Final = "Fyll i [plugins.fax.http] i inställningarna."
PLACES: Final = ("to", "from", "id", "pdf", "secret")
_PLACE: Final = re.compile(rf"\{{({'|'.join(PLACES)})\}}")


class Stumbled(Temporary):
    """The service failed on one request; others may still succeed."""


class HttpFax:
    """A `Carrier`.

    Args:
        settings: The addresses and templates.
        seconds: Timeout for each request.
    """

    name = "http"

    def __init__(self, settings: HttpSettings, seconds: float) -> None:
        _check(settings)
        self._settings = settings
        self._seconds = seconds
        self.remembers = settings.idempotent
        self.follows = bool(settings.status_url)
        self.stops = bool(settings.cancel_url)

    def submit(self, fax: Fax) -> str:
        """Post a fax; its identifier is read from where the settings say."""
        if not self._settings.url:
            raise Temporary(Sentence.joined([NOT_CONFIGURED, REMEDY]))
        pdf = base64.b64encode(as_pdf(fax.tiff)).decode()
        values = {"to": fax.to, "from": fax.sender, "id": fax.tag, "pdf": pdf, "secret": self._settings.secret}
        body = _filled(self._settings.body, {name: json.dumps(value)[1:-1] for name, value in values.items()})
        answer = self._ask("POST", self._settings.url, body.encode())
        return str(at_path(answer, self._settings.id_path) or fax.tag)

    def find(self, tag: str) -> str | None:  # noqa: ARG002 - the same tag is sent again, which is one fax there
        """Return None: if the service recognises tags, the fax is simply handed over again."""
        return None

    def progress(self, jobs: Sequence[tuple[str, str]]) -> Mapping[str, Progress | None]:
        """Ask about each fax by the service's own identifier."""
        progress: dict[str, Progress | None] = dict.fromkeys(tag for tag, _ in jobs)
        for tag, remote_id in jobs:
            try:
                progress[tag] = self._progress(remote_id)
            except Permanent:
                del progress[tag]  # it does not know the fax
            except Stumbled:
                continue
            except Temporary:
                if not any(progress.values()):
                    raise
                break  # keep the answers so far; ask about the others another time
        return progress

    def _progress(self, remote_id: str) -> Progress:
        settings = self._settings
        answer = self._ask("GET", settings.status_url.replace("{remote_id}", quote(remote_id, safe="")))
        word, pages = str(at_path(answer, settings.status_path)), at_path(answer, settings.pages_path)
        count = int(pages) if str(pages).isdigit() else 0
        if word in settings.sent:
            return Progress(Stage.SENT, remote_id, count, count)
        if word in settings.failed:
            return Progress(Stage.FAILED, remote_id, reason=_reason(at_path(answer, settings.reason_path)))
        return Progress(Stage.SENDING, remote_id)

    def cancel(self, tag: str, remote_id: str) -> bool:  # noqa: ARG002 - the service has its own identifier
        """Ask the service to stop the fax, if it can."""
        if not self._settings.cancel_url:
            return False
        try:
            self._ask("POST", self._settings.cancel_url.replace("{remote_id}", quote(remote_id, safe="")))
        except Permanent:
            return False
        return True

    def health(self) -> Iterator[Health]:
        """Report whether an address is configured; there is no request that every such service answers."""
        configured = bool(self._settings.url)
        yield Health(NAME, configured, CONFIGURED if configured else NOT_CONFIGURED, "" if configured else REMEDY)

    def _ask(self, method: str, url: str, body: bytes | None = None) -> Any:
        """Send a request to the service, and return its JSON response.

        Raises:
            Unsure: The posted fax may have been taken.
            Temporary: It has not been taken.
            Permanent: It will never be taken.
        """
        secret = {"secret": self._settings.secret}
        headers = {name: _filled(value, secret) for name, value in self._settings.headers.items()}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            tls, proxy = create_default_context(), self._settings.proxy
            with httpx.Client(timeout=self._seconds, proxy=proxy, trust_env=False, verify=tls) as client:
                answer = client.request(method, url, content=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Temporary(AWAY) from error
        except httpx.HTTPError as error:
            raise (Unsure(HALFWAY) if body is not None else Temporary(AWAY)) from error
        return _document(answer, posted=body is not None)


def _document(answer: httpx.Response, *, posted: bool) -> Any:
    code = answer.status_code
    if posted and code >= 500 and code != httpx.codes.SERVICE_UNAVAILABLE:
        raise Unsure(FAULTY, code=code)  # it may have failed after taking the fax
    if code >= 500:
        raise Stumbled(LATER, code=code)
    if code in {401, 403, 408, 429} or (code < 400 and not answer.is_success):  # a redirect is not an answer
        raise Temporary(LATER, code=code)
    if code >= 400:
        raise Permanent(REFUSED, code=code)
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return {}


def at_path(value: Any, path: str) -> Any:
    """Return the value at a path such as `fax.id`; None if there is none."""
    for key in path.split("."):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, Mapping) and key in value:
            value = value[key]
        else:
            return None
    return value


def _reason(answer: Any) -> str:
    """Return a service's reason as our own sentence if we know it, otherwise in its own words."""
    from budkavle_fax.texts import reason

    sentence = reason(str(answer or ""), 0, 0)
    return (
        sentence
        if sentence and sentence != UNKNOWN
        else Sentence("{unknown} Faxtjänsten: {answer}.", unknown=Sentence(UNKNOWN), answer=str(answer)[:120])
        if answer
        else UNKNOWN
    )


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders of a template in one pass, so that values that look like placeholders stay."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)


def _check(settings: HttpSettings) -> None:
    """Refuse templates that cannot work, at start instead of at the first fax."""
    if _PLACE.search(settings.url):
        raise Misconfigured("Adressen i [plugins.fax.http] url får inte ha platser: adresser hamnar i loggar.")
    if not all(f"{{{name}}}" in settings.body for name in ("to", "pdf")):
        raise Misconfigured("Mallen i [plugins.fax.http] body saknar plats för numret (to) eller sidorna (pdf).")
    try:
        json.loads(_filled(settings.body, dict.fromkeys(PLACES, "")))
    except (ValueError, RecursionError) as error:
        raise Misconfigured("Mallen i [plugins.fax.http] body är inte JSON.") from error
    if settings.incoming_secret and len(settings.incoming_secret) < 20:
        raise Misconfigured("incoming_secret i [plugins.fax.http] är för kort: minst 20 tecken.")
