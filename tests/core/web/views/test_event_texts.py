"""The entries of the event log in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from budkavle.storage.audit import Entry
from budkavle.web.views import event_texts


def say(sentence: object, **values: Any) -> str:
    return str(sentence).format(**values)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("e-post", "e-post fick en inbjudan"),
        ("Socialnämnden", "Socialnämnden fick en inbjudan"),
        (None, "Någon fick en inbjudan"),
    ],
)
def test_a_name_that_begins_a_sentence_stands_as_it_is_written(name: str | None, told: str) -> None:
    """A mailbox may be called e-post; what stands in the place of a name that is not known has a capital."""
    names = {"1": name} if name else {}
    invited = Entry(1, datetime.now(UTC), "user.invited", None, "Anna Lind", "1", {})
    assert event_texts.happened(invited, event_texts.WORDS, names, say, {}) == told
