"""The settings in `[plugins.addressbook]`."""

from msgspec import Struct


class Settings(Struct, forbid_unknown_fields=True, frozen=True):
    """The national address book: its address, how often it is read, and the limits of its responses.

    Attributes:
        url: The base address of the API, such as `https://open-test.digg.se/addressbook/api`. Without it there is no
          national copy.
        interval: Seconds between two reads.
        stale_after: The age in seconds at which the health page reports the copy as old.
        timeout: The most seconds of one response, from the request to its last byte.
        max_page_bytes: The most bytes of one response.
        max_bytes: The most bytes of all responses of one read.
        proxy: An HTTP proxy to use. That of the environment is ignored.
    """

    url: str | None = None
    interval: int = 3600
    stale_after: int = 172_800
    timeout: float = 30.0
    max_page_bytes: int = 20_000_000
    max_bytes: int = 400_000_000
    proxy: str | None = None
