"""Running a section's test of its saved settings, see `SettingsTest`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from budkavle.accounts.stored_settings import require_changer, section_values
from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Invalid, NotFound, Permanent
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.plugins.breakers import Called
from budkavle.storage import audit
from budkavle.storage.platform import Platform

NO_TEST = "Inställningarna har inget prov."
BROKEN = "Provet gick inte att göra: tillägget som inställningarna hör till svarade inte som det ska."
log = structlog.get_logger("budkavle.accounts")


@dataclass(frozen=True, slots=True)
class SettingsTestResult:
    """The result of a test.

    Attributes:
        steps: A sentence for each successful step.
        fault: The error; None if all steps succeeded.
        is_of_field: Whether the error is about the input in the test's own field.
    """

    steps: Sequence[str]
    fault: Sentence | None
    is_of_field: bool = False


def run_settings_test(
    platform: Platform, actor: Actor, key: str, address: str, *, mailbox_id: UUID | None = None
) -> SettingsTestResult:
    """Run the test of a section with its current values, and record the outcome in the event log.

    Args:
        platform: The installation.
        actor: An actor who may change the section.
        key: The section's key, such as `pigeon.loft`.
        address: Where to send a test message: the actor's own e-mail address, or the input of a test that has a field.
        mailbox_id: The mailbox, for a mailbox's settings.

    Raises:
        Forbidden: The actor may not change the section.
        NotFound: The section or the mailbox does not exist, or there is no test.
    """
    with platform.work(actor) as work:
        values = section_values(work, key, mailbox_id)
        require_changer(work, values.section, mailbox_id)
    test = values.section.test
    if test is None:
        raise NotFound(NO_TEST)
    steps: list[str] = []

    def run() -> None:
        for sentence in test.run(actor, values.value, address):
            steps.append(sentence)  # noqa: PERF402 - steps before an error are kept

    error = _error(platform, test.seconds, key, run)
    with platform.work(actor) as work:
        kind = "settings.tested" if error is None else "settings.test-failed"
        audit.record(work, kind, mailbox_id or work.organisation_id, section=key)
    is_of_field = test.asks is not None and isinstance(error, Invalid)
    return SettingsTestResult(tuple(steps), error.sentence if error else None, is_of_field)


def _error(platform: Platform, seconds: float, key: str, run: Any) -> BudkavleError | None:
    plugin, _, part = key.partition(".")
    try:
        platform.plugins.walls.ask(Called(plugin, "settings_sections", f"{part}.test"), seconds, run)
    except BudkavleError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a plugin fails alone
        log.error(  # noqa: TRY400 - `describe` leaves out what must not be logged
            "settings.test-broken", plugin=plugin, **describe(error)
        )
        return Permanent(BROKEN)
    return None
