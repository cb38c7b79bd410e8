"""Connections to addresses that users have typed: only outwards, never to internal addresses.

Several organisations share an installation, and its server reaches more than they may: its own ports, the database, the
cloud's metadata service, other machines of its network. So a name is resolved here, all its IP addresses are judged,
and the connection uses a judged address: a different DNS answer a moment later changes nothing. Certificate, SNI and
Host are those of the name. Addresses from the installation's own settings use an ordinary client.
"""

import contextlib
import ipaddress
import math
import queue
import re
import socket
import ssl
import threading
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from budkavle.model.errors import Invalid
from budkavle.networks import network_of, private_network
from budkavle.settings import Settings
from budkavle.storage.platform import Platform

INSIDE = (
    "Adressen leder till ett internt nät, dit organisationer inte får ansluta. Ange en adress på internet, eller be "
    "er IT-avdelning släppa fram den med private_addresses i inställningarna."
)
NO_ADDRESS = "Adressen ska börja med https:// och ha ett värdnamn."
NO_HOST = "Skriv serverns namn, som logg.habo.se, utan https:// och utan port."
JUDGE_SECONDS = 5.0
"""The longest lookup of a name that is being typed, in seconds."""
MOST_NUMBERS = 4
"""The most IP addresses of a name that are tried."""
MOST_BYTES = 5_000_000
"""The most bytes of a response that is read whole, such as a calendar."""
ROUNDS = 4
"""How many timeouts such a response may take."""
STREAM_SECONDS = 3600.0
"""How long a response may take that a caller streams; it sets a shorter limit where it knows one."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NEVER = [
    ipaddress.ip_network(block)
    for block in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "2001::/23",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
]
"""Special-purpose networks (IANA's registries, RFC 6890) that `is_global` accepts in some versions of Python."""


def check_outside_url(platform: Platform, url: str, *, plain: bool = False) -> str:
    """Check an address that a user typed, before it is stored; return it without surrounding spaces.

    A name that cannot be looked up now passes: it is checked again at each connection.

    Args:
        platform: The installation; its setting `private_addresses` allows more.
        url: What was typed.
        plain: Whether it may be unencrypted.

    Raises:
        Invalid: It is not an address, is unencrypted, or leads inside.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError as error:
        raise Invalid(NO_ADDRESS) from error
    if parts.scheme not in ({"https", "http"} if plain else {"https"}) or not host or parts.username is not None:
        raise Invalid(NO_ADDRESS)
    try:
        _judged(platform.settings, host, port, JUDGE_SECONDS)
    except (httpcore.ConnectError, httpcore.ConnectTimeout):
        return url
    return url


def outside_client(
    platform: Platform, seconds: float, *, plain: bool = False, tls: ssl.SSLContext | None = None
) -> httpx.Client:
    """Make a client for addresses that users typed; close it when it is no longer needed.

    It follows no redirects, ignores proxies of the environment, and raises `Invalid` if an address leads inside.

    Whoever typed an address may answer at it too. So no response is compressed (`httpx.DecodingError`: a few bytes
    could unfold to any number), and one that is read whole has at most `MOST_BYTES` and takes at most `ROUNDS` times
    `seconds`; otherwise `httpx.ReadError` or `httpx.ReadTimeout` is raised. A caller that streams one sets its limits.

    Args:
        platform: The installation; its setting `private_addresses` allows more.
        seconds: Timeout for connecting, and for each wait for a part of the response.
        plain: Whether addresses may be unencrypted.
        tls: The TLS context to use instead of the system's.
    """

    def encrypted(request: httpx.Request) -> None:
        if request.url.scheme not in ({"https", "http"} if plain else {"https"}) or request.url.userinfo:
            raise httpx.UnsupportedProtocol("https only, without a name and a password", request=request)

    backend = _Backend(platform.settings)
    transport = _Transport(backend, tls or ssl.create_default_context())
    client = _Client(
        transport=transport,
        timeout=seconds,
        trust_env=False,
        follow_redirects=False,
        headers={"accept-encoding": "identity"},
        event_hooks={"request": [encrypted], "response": [_refuse_encoded]},
    )
    client.limit, client.longest = backend.limit, ROUNDS * seconds
    return client


def check_outside_host(platform: Platform, host: str, port: int) -> str:
    """Check the name of a server that a user typed, before it is stored; return it without surrounding spaces.

    A name that cannot be looked up now passes: it is checked again at each connection.

    Args:
        platform: The installation; its setting `private_addresses` allows more.
        host: The name, or an IP address.
        port: Its port.

    Raises:
        Invalid: It is not a name, or leads inside.
    """
    host = host.strip()
    if not re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", host) or (":" in host and network_of(host) is None):
        raise Invalid(NO_HOST)
    with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
        _judged(platform.settings, host, port, JUDGE_SECONDS)
    return host


def outside_socket(platform: Platform, host: str, port: int, seconds: float) -> socket.socket:
    """Connect to a server that a user typed and that does not speak HTTP; close the socket afterwards.

    Args:
        platform: The installation; its setting `private_addresses` allows more.
        host: The server's name.
        port: Its port.
        seconds: Timeout for the lookup, for connecting, and for each wait of the socket.

    Raises:
        Invalid: The name leads inside.
        OSError: It cannot be looked up (`socket.gaierror`), or does not answer.
    """
    try:
        numbers = _judged(platform.settings, host, port, seconds)
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise socket.gaierror(str(error)) from error
    failure: OSError | None = None
    for number in numbers[:MOST_NUMBERS]:
        try:
            return socket.create_connection((number, port), timeout=seconds)
        except OSError as error:
            failure = error
    raise failure or socket.gaierror("no such host")


def is_public(number: str) -> bool:
    """Tell whether an IP address is public, also if it is an IPv4 address embedded in IPv6.

    Sources: RFC 4291 2.5.5 (mapped, compatible), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 6052 (NAT64).
    """
    address = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(address, IPv6Address) and (inner := _inner(address)) is not None:
        return is_public(str(inner))
    if any(address in network for network in _NEVER if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    embedded = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if embedded is None and (address in _NAT64 or int(address) >> 32 == 0):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return embedded


def _judged(settings: Settings, host: str, port: int, seconds: float) -> list[str]:
    """Return the IP addresses of a host.

    Raises:
        Invalid: One of them is internal, and the settings do not allow it.
        httpcore.ConnectError, httpcore.ConnectTimeout: The name cannot be looked up.
    """
    numbers = _numbers(host, port, seconds)
    if host.lower().rstrip(".") in {name.lower() for name in settings.private_addresses}:
        return numbers
    networks = [network for entry in settings.private_addresses if (network := private_network(entry)) is not None]
    if not all(is_public(number) or _within(number, networks) for number in numbers):
        raise Invalid(INSIDE)
    return numbers


def _within(number: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    address = ipaddress.ip_address(number.partition("%")[0])
    return any(address in network for network in networks if network.version == address.version)


def _numbers(host: str, port: int, seconds: float) -> list[str]:
    """Look a name up. `getaddrinfo` has no timeout of its own, so its thread is abandoned after `seconds`."""
    answer: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, name="budkavle-lookup", daemon=True).start()
    try:
        addresses = answer.get(timeout=seconds)
    except queue.Empty as error:
        raise httpcore.ConnectTimeout("the name server does not answer") from error
    if isinstance(addresses, Exception):
        try:  # so that the cause stays in the context: the pool raises again `from None`
            raise addresses
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("no such host") from error
    if not addresses:
        raise httpcore.ConnectError("no such host")
    return list(dict.fromkeys(info[4][0] for info in addresses))


class _Limit(threading.local):
    """When the response that this thread waits for must have arrived."""

    ends = math.inf


class _Client(httpx.Client):
    """Reads responses within limits; what its caller streams has only the longest of times."""

    limit: _Limit
    longest: float

    def send(self, request: httpx.Request, *, stream: bool = False, **more: Any) -> httpx.Response:
        """Send a request."""
        if stream:
            self.limit.ends = monotonic() + STREAM_SECONDS
            return super().send(request, stream=True, **more)
        self.limit.ends = monotonic() + self.longest
        try:
            answer = super().send(request, stream=True, **more)
            try:
                return _whole(answer)
            finally:
                answer.close()
        finally:
            self.limit.ends = math.inf


def _refuse_encoded(answer: httpx.Response) -> None:
    if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise httpx.DecodingError("the response is compressed", request=answer.request)


def _whole(answer: httpx.Response) -> httpx.Response:
    """Return a response with its content."""
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            raise httpx.ReadError("the response is too long", request=answer.request)
    headers = [item for item in answer.headers.multi_items() if item[0] not in {"content-length", "transfer-encoding"}]
    return httpx.Response(answer.status_code, headers=headers, content=bytes(body), request=answer.request)


class _Stream(httpcore.NetworkStream):
    """A connection whose reads also end when the whole response must have arrived."""

    def __init__(self, stream: httpcore.NetworkStream, limit: _Limit) -> None:
        self._stream, self._limit = stream, limit

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read, for no longer than is left."""
        left = self._limit.ends - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the response takes too long")
        return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write."""
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Encrypt it."""
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._limit)

    def get_extra_info(self, info: str) -> Any:
        """Return what the pool asks about it."""
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connects to judged IP addresses only."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._plain, self.limit = settings, httpcore.SyncBackend(), _Limit()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first IP address that answers."""
        failure: Exception | None = None
        for number in _judged(self._settings, host, port, timeout or JUDGE_SECONDS)[:MOST_NUMBERS]:
            try:
                stream = self._plain.connect_tcp(number, port, timeout, local_address, socket_options)
                return _Stream(stream, self.limit)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no such host")


class _Transport(httpx.HTTPTransport):
    """A transport whose pool uses our network backend; httpx 0.28 has no public way to pass one."""

    def __init__(self, backend: httpcore.NetworkBackend, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, network_backend=backend, max_connections=10, max_keepalive_connections=5, retries=0
        )
