"""The client of the national address book: three collections, page by page, with limits on time and size."""

import ssl
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx

from budkavle import Misconfigured, Unavailable
from budkavle_addressbook.national import jsonapi
from budkavle_addressbook.settings import Settings

_MEDIA_TYPES = "application/vnd.api+json, application/json;q=0.9"
_MOST_PAGES = 20_000
"""More than any federation has. A service that never ends must not occupy a worker forever."""


def fetch(settings: Settings) -> jsonapi.Book:
    """Read the whole address book.

    Raises:
        Misconfigured: The address is missing or invalid.
        Unavailable: The service does not respond, responds incorrectly, or exceeds the limits.
    """
    with Reader(settings) as reader:
        organisations = list(reader.collection("organizations"))
        addresses = list(reader.collection("addresses"))
        codesystems = list(reader.collection("codesystems", optional=True))
    return jsonapi.book(organisations, addresses, codesystems)


class Reader:
    """One read of the service: follows `links.next`, but only on the same origin, and counts the bytes.

    Args:
        settings: The address of the service and the limits of its responses.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._base = _base(settings.url)
        self._left = settings.max_bytes
        self._client = httpx.Client(
            timeout=settings.timeout,
            headers={"Accept": _MEDIA_TYPES},
            proxy=settings.proxy,
            trust_env=False,
            verify=ssl.create_default_context(),
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connections."""
        self._client.close()

    def collection(self, name: str, *, optional: bool = False) -> Iterator[dict[str, Any]]:
        """Yield the resources of one collection. An optional one may be missing (404)."""
        url: httpx.URL | None = httpx.URL(f"{self._base}/{name}")
        visited: set[httpx.URL] = set()
        while url is not None:
            if url in visited or len(visited) >= _MOST_PAGES:
                raise Unavailable("Adressbokens sidor tar aldrig slut. Den tidigare kopian används.")
            visited.add(url)
            content = self._get(url, optional=optional)
            if content is None:
                return
            page = jsonapi.page(content)
            yield from page.data
            url = self._next(url, page.next)

    def _next(self, current: httpx.URL, link: str | None) -> httpx.URL | None:
        if link is None:
            return None
        try:
            url = current.join(link)
        except httpx.InvalidURL as error:
            raise Unavailable("Adressbokens länk till nästa sida går inte att läsa.") from error
        if _origin(url) != _origin(self._base):
            raise Unavailable(
                "Adressboken hänvisar till en annan server ({host}) än den som är inställd. Inget hämtades därifrån.",
                host=url.host,
            )
        return url

    def _get(self, url: httpx.URL, *, optional: bool) -> bytes | None:
        try:
            with self._client.stream("GET", url) as response:
                if optional and response.status_code == httpx.codes.NOT_FOUND:
                    return None
                if response.status_code != httpx.codes.OK:
                    raise Unavailable("Adressboken svarade med felkod {status}.", status=response.status_code)
                return self._body(response)
        except httpx.HTTPError as error:
            raise Unavailable("Adressboken svarar inte ({reason}).", reason=type(error).__name__) from error

    def _body(self, response: httpx.Response) -> bytes:
        # A timeout of each read is not enough: a service that sends a byte per second would occupy the worker forever.
        deadline = time.monotonic() + self._settings.timeout
        most = min(self._settings.max_page_bytes, self._left)
        body = bytearray()
        for chunk in response.iter_bytes():  # as they come; a fixed size would wait for it
            body += chunk
            if len(body) > most:
                raise Unavailable("Adressboken svarade med mer än {limit} byte. Inget sparades.", limit=most)
            if time.monotonic() > deadline:
                raise Unavailable("Adressboken svarar för långsamt.")
        self._left -= len(body)
        return bytes(body)


def _base(url: str | None) -> httpx.URL:
    try:
        base = httpx.URL((url or "").rstrip("/"))
    except httpx.InvalidURL as error:
        raise Misconfigured("Adressbokens adress i [plugins.addressbook] url går inte att läsa.") from error
    if base.scheme not in {"http", "https"} or not base.host:
        raise Misconfigured("Ange adressbokens adress, som börjar med https://, i [plugins.addressbook] url.")
    return base


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
