"""Cases by numbers that plugins know: who finds them, where they lead, and a plugin that fails (features Z2, Z3)."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle.cases import actions, search
from budkavle.model.messages import Address
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import offer, plugin_module


@pytest.fixture
def register() -> dict[str, list[UUID]]:
    """The cases that a plugin has by number."""
    return {}


@pytest.fixture
def house(budkavle_open: Callable[..., Platform], register: dict[str, list[UUID]]) -> SampleOrganisation:
    """An organisation with a plugin that knows numbers, after one that breaks its transaction."""

    def cases_by_number(host: Any, work: Any, number: str) -> Sequence[UUID]:
        assert work.connection.in_transaction()
        return register.get(number, [])

    def broken(work: Any) -> Sequence[UUID]:
        work.connection.exec_driver_sql("SELECT 1 / 0")
        return []

    keeper = plugin_module("keeper", cases_by_number=cases_by_number)
    offers = offer(broken=plugin_module("broken", cases_by_number=broken), keeper=keeper)
    return SampleOrganisation.create(budkavle_open(offers, enabled=("broken", "keeper")), "Habo").staffed()


def found(house: SampleOrganisation, words: str, **more: Any) -> list[UUID]:
    cases = in_work(house.platform, house.case_worker, search.search, words, **more)
    return [case.id for case in cases]


@pytest.mark.feature("ZR2")
def test_a_case_is_found_by_a_number_that_a_plugin_knows(
    house: SampleOrganisation, register: dict[str, list[UUID]]
) -> None:
    """Only whole, and a plugin that fails spoils nothing."""
    case_id = house.arrive()
    register["KS 2026/17"] = [case_id, uuid4()]
    assert found(house, " KS 2026/17 ") == [case_id]
    assert found(house, "KS 2026/1") == []


def test_who_sees_it_is_for_the_core_to_judge(house: SampleOrganisation, register: dict[str, list[UUID]]) -> None:
    """Neither in a mailbox that is not the reader's, nor outside of the one that was asked for, nor in the bin."""
    strange = house.add_user("Sten Strid")
    others = house.arrive(mailbox_id=house.add_mailbox("Annan", strange).id)
    mine, binned = house.arrive(), house.arrive()
    in_work(house.platform, house.case_worker, actions.bin_case, binned)
    register["KS 2026/17"] = [others, mine, binned]
    assert found(house, "KS 2026/17") == [mine]
    assert found(house, "KS 2026/17", mailbox_id=house.case_worker.personal_id) == []


@pytest.mark.feature("Z3")
def test_a_message_that_names_the_number_joins_the_case(
    house: SampleOrganisation, register: dict[str, list[UUID]]
) -> None:
    """In its own mailbox alone; an unknown number opens a case."""
    case_id = house.arrive()
    register["KS 2026/17"] = [case_id]
    assert arrive(house, "Komplettering, dnr KS 2026/17") == case_id
    assert arrive(house, "Komplettering, dnr KS 2026/18") != case_id
    other = house.add_mailbox("Annan", house.case_worker)
    assert arrive(house, "Komplettering, dnr KS 2026/17", mailbox_id=other.id) != case_id


def arrive(house: SampleOrganisation, subject: str, **more: Any) -> UUID:
    """Let a message come by another transport; returns its case."""
    values: dict[str, Any] = {
        "transport": "sms",
        "sender": Address("sms", "0701740605"),
        "subject": subject,
        "body": "Hej",
        **more,
    }
    values.setdefault("mailbox_id", house.mailbox.id)
    accepted = acting.accept(house.platform, house.incoming(**values))
    (row,) = house.rows("SELECT case_id FROM messages WHERE id = :id", id=accepted.message_id)
    case_id: UUID = row.case_id
    return case_id
