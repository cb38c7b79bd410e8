"""A simulated telephone exchange for development and demos: it only calls the installation's own numbers.

Numbers that end in 00 are busy and fail. For the installation's own numbers, the fax is put in the inbox as if by
`budkavle-faxrcvd`. All others answer and take it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from budkavle import Health, Host
from budkavle_fax import texts
from budkavle_fax.carriers.base import Fax, Progress, Stage
from budkavle_fax.documents.rendering import count

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
NAME = "Faxväxeln"
SIMULATED = "Inga fax går ut på riktigt: bara installationens egna nummer kan ringas."
REMEDY = "Ange carrier i [plugins.fax] innan organisationen tar fax i bruk."


class SimulatedCarrier:
    """A `Carrier` that uses a folder: a small file for each call, and the inbox.

    Args:
        folder: The folder of the calls.
        host: The host of its installation.
    """

    name = "simulator"
    remembers = True
    follows = True
    stops = True

    def __init__(self, folder: Path, host: Host) -> None:
        self._folder = folder
        self._host = host

    @property
    def inbox(self) -> Path:
        """The folder of incoming faxes."""
        (self._folder / "inbox").mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._folder / "inbox"

    def submit(self, fax: Fax) -> str:
        """Call."""
        busy = fax.to.endswith("00")
        if not busy:
            (self.inbox / f"call-{fax.tag}.tif").write_bytes(fax.tiff)
            slip = f"modem=simulator\ncommid={fax.tag}\ncaller={fax.sender}\ndid={fax.to}\n"
            (self.inbox / f"call-{fax.tag}.slip").write_text(slip, "utf-8")
        made = self._call(fax.tag).with_suffix(".new")
        made.write_text(json.dumps({"pages": count(fax.tiff), "busy": busy}), "utf-8")
        made.replace(self._call(fax.tag))
        return fax.tag

    def _call(self, tag: str) -> Path:
        (self._folder / "calls").mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._folder / "calls" / f"{UUID(tag)}.json"

    def find(self, tag: str) -> str | None:
        """Look for a call."""
        return tag if self._call(tag).exists() else None

    def progress(self, jobs: Sequence[tuple[str, str]]) -> Mapping[str, Progress]:
        """Return the result of the calls, which is known at once."""
        calls = {tag: json.loads(self._call(tag).read_text("utf-8")) for tag, _ in jobs if self._call(tag).exists()}
        return {tag: _progress(tag, call) for tag, call in calls.items()}

    def cancel(self, tag: str, remote_id: str) -> bool:  # noqa: ARG002 - the call is already over
        """Return False: the call is already over."""
        return False

    def health(self) -> Iterator[Health]:
        """Report that no faxes leave the installation."""
        local = urlsplit(self._host.platform.settings.base_url).hostname in LOCAL
        yield Health(NAME, local, SIMULATED, "" if local else REMEDY)


def _progress(tag: str, call: Mapping[str, int]) -> Progress:
    if call["busy"]:
        return Progress(Stage.FAILED, tag, 0, call["pages"], 1, texts.BUSY)
    return Progress(Stage.SENT, tag, call["pages"], call["pages"], 1)
