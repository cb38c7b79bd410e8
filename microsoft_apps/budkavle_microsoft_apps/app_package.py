"""The package of an app, which an administrator uploads: a ZIP whose bytes depend only on its content."""

import io
import zipfile
from collections.abc import Mapping

import msgspec

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every file, so that the same settings make the same bytes."""


def as_json(content: Mapping[str, object]) -> bytes:
    """Return a manifest as readable JSON."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def package_of(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of these files, in this order.

    Args:
        files: The content by name.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
