"""Moves an organisation in a process of its own, which dies by SIGKILL at one of the steps."""

import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

import msgspec

from budkavle.operations.moves.moving import Step, move
from budkavle.settings import Settings
from budkavle.storage.platform import open_platform
from budkavle.testing.actors import system_actor


def main(here: str, there: str, organisation: str, last: str) -> None:
    """Move until the step.

    Args:
        here: A file with the settings of the installation where it works, as JSON.
        there: The same of the other one.
        organisation: Its id.
        last: The step at which the process dies.
    """

    def tell(step: Step, count: int) -> None:
        if step == last:
            os.kill(os.getpid(), signal.SIGKILL)

    with closing(open_platform(_settings(here))) as one, closing(open_platform(_settings(there))) as other:
        move(one, other, system_actor(), UUID(organisation), tell=tell)


def _settings(path: str) -> Settings:
    return msgspec.json.decode(Path(path).read_bytes(), type=Settings, dec_hook=lambda kind, text: kind(text))


if __name__ == "__main__":
    main(*sys.argv[1:])
