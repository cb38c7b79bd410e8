"""Validation of the settings of an app."""

import re
from urllib.parse import urlsplit

_SOURCE = re.compile(r"https://(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?\Z")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
_VERSION = re.compile(r"\d{1,5}\.\d{1,5}\.\d{1,5}\Z")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def is_source(text: str) -> bool:
    """Tell whether this is a source of `frame-ancestors`: https, a host, and no wildcard for everything."""
    return bool(_SOURCE.match(text))


def is_guid(text: str) -> bool:
    """Tell whether this is an id of Microsoft Entra ID."""
    return bool(_GUID.match(text))


def is_name(text: str) -> bool:
    """Tell whether this can be used in an address and in the name of a cookie."""
    return bool(_NAME.match(text))


def is_version(text: str) -> bool:
    """Tell whether this is the version of an app."""
    return bool(_VERSION.match(text))


def is_authority(text: str) -> bool:
    """Tell whether keys may be read there: by https, or on this machine."""
    url = urlsplit(text)
    return url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)
