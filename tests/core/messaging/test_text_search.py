"""Texts of messages are searched as they are, page by page, by the system alone (feature ZR5)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from budkavle.messaging.message_list import search_texts
from budkavle.model.errors import Forbidden
from budkavle.model.loa import Loa
from budkavle.model.messages import File, Terms
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

MARIA = "maria@example.se"


@pytest.fixture
def platform(open_secure: Callable[..., Platform]) -> Platform:
    """With a way to people without an account."""
    return open_secure()


def found(organisation: SampleOrganisation, *texts: str, limit: int = 500) -> dict[str, set[UUID]]:
    """Return the cases in which texts stand, read to the end."""
    cases: dict[str, set[UUID]] = {}
    after, read = None, 0
    while True:
        page = in_work(organisation.platform, organisation.system, search_texts, texts, after=after, limit=limit)
        for text, ids in page.cases.items():
            cases.setdefault(text, set()).update(ids)
        read += page.read
        if page.last is None:
            break
        after = page.last
    (row,) = organisation.rows("SELECT count(*) AS messages FROM messages")
    assert read == row.messages
    return cases


@pytest.mark.feature("ZR5")
def test_whole_words_of_a_text_are_found(
    organisation: SampleOrganisation, other_organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """In capitals or not, over a line's end, in the name of a file; a part of a word is none."""
    text = organisation.arrive(body="Barnets mor heter ida\nAHL.")
    file = organisation.arrive(files=(File("Ida Ahl (intyg).txt", "text/plain", b"x"),))
    organisation.arrive(body="Ida Ahlberg och Frida Ahl")
    other_organisation.arrive(body="Ida Ahl")
    assert found(organisation, "Ida Ahl", " ", limit=1) == {"Ida Ahl": {text, file}}
    assert found(organisation, "i.a", "(intyg", "Ida  Ahl") == {"(intyg": {file}, "Ida  Ahl": {text, file}}
    with pytest.raises(Forbidden):
        in_work(organisation.platform, case_worker, search_texts, ["Ida"])


@pytest.mark.feature("ZR5")
def test_the_number_that_a_reader_had_to_show_is_found(secure: Any, case_worker: SampleUser) -> None:
    """It lies sealed beside the delivery, and in no index."""
    message = secure.write(case_worker, MARIA, loa=Loa.THREE, terms={MARIA: Terms(personnummer="191212121212")})
    secure.write(case_worker, MARIA, loa=Loa.ONE, terms={MARIA: Terms()})
    assert found(secure.organisation, "191212121212", "191212121213") == {"191212121212": {message.case_id}}
