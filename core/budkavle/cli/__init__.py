"""The command line: `budkavle`. Each command's module is imported only when it is used, so that help is fast.

`main` has the list, `plugin_commands` finds the commands of plugins, `tell` prints; the other modules are commands.
"""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; an error of ours becomes one line on stderr and exit code 1."""
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
