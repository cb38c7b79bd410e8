"""What can be set in `[plugins.addressbook]`."""

from msgspec import Struct


class Settings(Struct, forbid_unknown_fields=True, frozen=True):
    """The national address book: where it is, how often it is read and how much of it is believed.

    Attributes:
        url: The API's base, such as `https://open-test.digg.se/addressbook/api`; without it there is no national copy.
        interval: Seconds between two readings.
        stale_after: Seconds after which the health page calls the copy old.
        timeout: Seconds that one answer may take, from the request to its last byte.
        max_page_bytes: Bytes of one answer.
        max_bytes: Bytes of all answers of one reading.
        proxy: An HTTP proxy on the way there; the environment's is not used.
    """

    url: str | None = None
    interval: int = 3600
    stale_after: int = 172_800
    timeout: float = 30.0
    max_page_bytes: int = 20_000_000
    max_bytes: int = 400_000_000
    proxy: str | None = None
