"""Makes packages in a process of its own, and is killed at a point that it is told: as by a machine that stops."""

import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

from budkavle.host import build
from budkavle.settings import DatabaseSettings, Settings
from budkavle.storage.platform import Work
from budkavle.testing.working import do_job
from budkavle_records.archive import making
from budkavle_records.archive.package import writer


def die(*_: object, **__: object) -> NoReturn:
    """End at once, with nothing said to anybody."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def some_pieces(*given: Any) -> Iterator[bytes]:
    """Give the beginning of a package, and die."""
    for number, piece in enumerate(whole(*given)):
        if number == 4:
            die()
        yield piece


whole = writer.pieces


def main(point: str, data: str, url: str) -> None:
    """Make what waits, and die at the point; at none, tell the most memory that it took, in kilobytes."""
    if point == "while a package is written":
        writer.pieces = some_pieces  # type: ignore[assignment]
    elif point == "when its file is whole":
        making.move = die
    elif point == "after the first commit":
        finish = Work.finish

        def finish_and_die(work: Work) -> None:
            finish(work)
            if made:
                die()

        made: list[object] = []
        move = making.move
        making.move = lambda *given, **values: (made.append(given), move(*given, **values))[1]  # type: ignore[func-returns-value]
        Work.finish = finish_and_die  # type: ignore[method-assign]
    settings = Settings(data=Path(data), database=DatabaseSettings(url=url), enabled=("records",))
    with closing(build(settings)) as platform:
        while do_job(platform, "records.archive-packages"):
            sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
