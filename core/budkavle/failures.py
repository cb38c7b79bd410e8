"""Words about an error for the log, without its message, which may hold what a person wrote."""

import traceback

from budkavle.errors import BudkavleError


def describe(error: BaseException) -> dict[str, str]:
    """Return the error's kind and place, and its sentence only where it is one of ours (never personal data)."""
    facts = {"error": type(error).__name__}
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        facts["at"] = f"{frames[-1].filename}:{frames[-1].lineno} {frames[-1].name}"
    if isinstance(error, BudkavleError):
        facts["sentence"] = str(error)
    return facts
