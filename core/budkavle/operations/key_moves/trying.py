"""What a running process does when a move of the keys is announced: it tries the new provider and reports this."""

from collections.abc import Mapping

import msgspec
import structlog

from budkavle.logs import describe
from budkavle.model.errors import BudkavleError
from budkavle.storage import installation_key
from budkavle.storage.key_wrapping.keeper import Move
from budkavle.storage.platform import Platform

PROVIDER, OPENS = "key_provider", "key_target"
"""Names of facts that a process reports: the provider of its settings, and the move's target if it can use it."""
log = structlog.get_logger("budkavle.operations.key_moves")


class Trial:
    """Whether this process can open what the target of a move has wrapped.

    Args:
        platform: The installation.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._opens = ""

    @property
    def told(self) -> Mapping[str, str]:
        """What the process reports about its providers."""
        return {PROVIDER: self._platform.keys.name, OPENS: self._opens}

    def hear(self, announced: bytes | None) -> bool:
        """Try the target of the announced move, unless that has already succeeded; tells whether the report changed.

        Args:
            announced: The stored move; None if none has been announced.
        """
        before = self._opens
        if announced is None:
            self._opens = ""
            return False
        move = msgspec.json.decode(announced, type=Move)
        if move.target != before:
            self._opens = move.target if self._is_opened(move) else ""
        return self._opens != before

    def _is_opened(self, move: Move) -> bool:
        try:
            key = self._platform.keys.of(move.target).unwrap(move.probe, installation_key.AAD)
            return key == self._platform.vault.installation_key()
        except BudkavleError as error:
            log.warning("keys.move-not-followed", provider=move.target, **describe(error))
            return False
