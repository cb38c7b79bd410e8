"""The command line: `budkavle`. Each command's module is imported when it is asked for, so that help is quick.

`main` has the list, `plugin_commands` fetches what plugins bring, `tell` prints; the rest are commands.
"""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; an error of ours is one line on stderr and exit code 1."""
    from budkavle.cli.main import budkavle
    from budkavle.cli.tell import fail
    from budkavle.model.errors import BudkavleError
    from budkavle.process_memory import forbid_dumps

    forbid_dumps()
    try:
        budkavle.main(args=list(arguments) if arguments is not None else None, prog_name="budkavle")
    except BudkavleError as error:
        fail(error)
        sys.exit(1)
