"""Moves the keys as the command does, and kills its own process after so many steps."""

import os
import signal
import sys
from contextlib import closing
from pathlib import Path

from budkavle.host import build
from budkavle.model.people import INSTALLATION
from budkavle.operations.key_moves.moving import move_keys
from budkavle.settings import load_settings
from budkavle.testing import system_actor


def main(file: str, name: str, last: str) -> None:
    """Move to the provider `name`, and die when `last` organisations are left."""
    with closing(build(load_settings(Path(file)))) as platform:
        for left in move_keys(platform, platform.keys.of(name), system_actor(INSTALLATION)):
            if not left.processes and left.organisations == int(last):
                os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
