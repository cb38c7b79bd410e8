"""The plugin's settings section, `[plugins.clamav]`."""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

ELSEWHERE: Final = "elsewhere"
Bytes = Annotated[int, msgspec.Meta(gt=0)]


class ClamavSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where clamd is, and what happens to files that it does not scan.

    Attributes:
        address: Where clamd listens, `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`. On another machine
            `tls:scanner.habo.example:3311`, with for example stunnel in front of it. `elsewhere`: nothing is scanned
            here, since something else on the path of the files does it.
        ca: A file with the CA certificates (PEM) that the one of `tls:` is checked against. Without one, the system's.
        timeout_seconds: How long it may take for one file, and for each 64 MB of a larger one.
        unanswered: While it does not respond: `wait` (no file is accepted or sent), or `accept` without scanning.
        max_bytes: The largest file that is sent to it, at most its own StreamMaxLength.
        too_large: Larger files: `refuse`, or `accept` without scanning.
    """

    address: Annotated[str, msgspec.Meta(pattern=r"^(elsewhere|unix:/.+|(tcp|tls):.+:[0-9]{1,5})$")] = (
        "unix:/run/clamav/clamd.ctl"
    )
    ca: Path | None = None
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 30.0
    unanswered: Literal["wait", "accept"] = "wait"
    max_bytes: Bytes = 26_214_400
    too_large: Literal["refuse", "accept"] = "refuse"
