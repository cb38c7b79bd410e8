"""What is held back is kept: by plugins, on doubt, and while it is on its way."""

from collections.abc import Callable
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from tests.core.cases.destruction.keeping import WHY, Keeper, facts, keys, messages_of, rows

from budkavle.cases import actions
from budkavle.messaging import case_view
from budkavle.model.errors import NotFound
from budkavle.operations import Hold, PlannedDestruction, destroy, retention
from budkavle.operations.destruction import CHANGED, UNDER_WAY
from budkavle.operations.destruction_holds import NO_ANSWER
from budkavle.plugins import registry
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


def test_what_a_plugin_holds_is_kept_and_the_log_says_by_whom_and_why(
    organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser, keeper: Keeper
) -> None:
    """The other case goes; the same hold is written once, and what is no longer held is destroyed the next time."""
    held, free = organisation.arrive("Tvist"), organisation.arrive("Annat")
    keeper.holds = lambda planned: [
        Hold(case.id, "Ärendet behövs i en rättegång.") for case in planned.cases if case.id == held
    ]
    for _ in range(2):
        result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=[held, free])
    assert [hold.by for hold in result.held] == ["keeper"]
    assert (result.held[0].case_id, result.held[0].why) == (held, "Ärendet behövs i en rättegång.")
    assert in_work(organisation.platform, case_worker, case_view.case, held).case.subject == "Tvist"
    with pytest.raises(NotFound):
        in_work(organisation.platform, case_worker, case_view.case, free)
    (told,) = facts(organisation.log_entries("case.held-back"))
    assert (told["by"], told["why"]) == ("keeper", "Ärendet behövs i en rättegång.")
    assert organisation.case_events(held).count("held-back") == 1
    (planned,) = {planned.reason for planned in keeper.asked}
    assert planned == WHY
    keeper.holds = lambda planned: []
    assert in_work(organisation.platform, administrator, destroy, WHY, case_ids=[held]).case_ids == (held,)
    assert rows(organisation, "SELECT 1 FROM destruction_holds") == []


def test_a_held_message_keeps_a_whole_case_and_else_itself(
    organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser, keeper: Keeper
) -> None:
    """A case is destroyed whole or not; of single messages the others go."""
    case_id = organisation.arrive("Ett")
    (first,) = messages_of(organisation, case_id)
    second = organisation.send(case_worker, "Två", reply_to=first).id
    third = organisation.send(case_worker, "Tre", reply_to=first).id
    rows(organisation, "UPDATE deliveries SET state = 'ACKNOWLEDGED' RETURNING id")
    keeper.holds = lambda planned: [Hold(first, "Det är inte besvarat.")]
    result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=[case_id])
    assert (result.message_ids, set(result.held[0].message_ids)) == ((), {first, second, third})
    result = in_work(organisation.platform, administrator, destroy, WHY, message_ids=[first, second])
    assert (result.message_ids, result.held[0].message_ids) == ((second,), (first,))
    view = in_work(organisation.platform, case_worker, case_view.case, case_id)
    assert [threaded.message.id for threaded in view.thread] == [first, third]


def _raises(_: PlannedDestruction) -> Any:
    raise RuntimeError("the index is away")


def _ends(_: PlannedDestruction) -> Any:
    raise SystemExit(1)


ODD: dict[str, Callable[[PlannedDestruction], Any]] = {
    "raises": _raises,
    "ends the process": _ends,
    "answers a word": lambda planned: "nej",
    "answers ids": lambda planned: [case.id for case in planned.cases],
    "names something else": lambda planned: [Hold(uuid4(), "Något annat ska vara kvar.")],
    "gives no reason": lambda planned: [Hold(planned.cases[0].id, " ")],
}


@pytest.mark.parametrize("odd", ODD)
def test_nothing_is_destroyed_on_doubt(
    organisation: SampleOrganisation, administrator: SampleUser, keeper: Keeper, odd: str
) -> None:
    """A plugin that fails, or answers what it must not, holds back all that it was asked about."""
    case_ids, before = [organisation.arrive(), organisation.arrive()], keys(organisation)
    keeper.holds = ODD[odd]
    result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=case_ids)
    assert (result.case_ids, keys(organisation) >= before) == ((), True)
    assert {(hold.case_id, hold.by, hold.why) for hold in result.held} == {
        (one, "keeper", NO_ANSWER) for one in case_ids
    }
    assert all("the index" not in entry for entry in organisation.log_entries("case.held-back"))


def test_a_plugin_that_is_late_holds_back(
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    keeper: Keeper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody waits for it, and what it says later changes nothing."""
    monkeypatch.setattr(registry, "TOLD", 0.2)
    case_id, answered = organisation.arrive(), Event()
    keeper.holds = lambda planned: answered.wait(20) and []
    try:
        assert in_work(organisation.platform, administrator, destroy, WHY, case_ids=[case_id]).held[0].why == NO_ANSWER
    finally:
        answered.set()
    assert in_work(organisation.platform, case_worker, case_view.case, case_id).case.id == case_id


def test_what_is_on_its_way_is_held_by_the_core(
    organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """Until it has come to an end."""
    message = organisation.send(case_worker)
    result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=[message.case_id])
    assert [(hold.by, hold.why) for hold in result.held] == [("", UNDER_WAY)]
    rows(organisation, "UPDATE deliveries SET state = 'ACKNOWLEDGED' RETURNING id")
    assert in_work(organisation.platform, administrator, destroy, WHY, case_ids=[message.case_id]).case_ids == (
        message.case_id,
    )


@pytest.mark.parametrize("change", ["a message comes", "it is restored", "something is sent"])
def test_what_changes_while_plugins_are_asked_is_left_alone(
    organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser, keeper: Keeper, change: str
) -> None:
    """Nobody was asked about what came meanwhile."""
    case_id = organisation.arrive("Ett")
    (first,) = messages_of(organisation, case_id)
    in_work(organisation.platform, case_worker, actions.bin_case, case_id)

    def change_it(_: PlannedDestruction) -> list[Hold]:
        if change == "it is restored":
            in_work(organisation.platform, case_worker, actions.restore, case_id)
        else:
            organisation.send(case_worker, reply_to=first)
        return []

    keeper.holds = change_it
    result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=[case_id])
    assert (result.case_ids, result.held[0].why) == ((), CHANGED)
    assert in_work(organisation.platform, case_worker, case_view.case, case_id).case.id == case_id


def test_the_bin_waits_for_who_holds_back_and_empties_the_rest(
    organisation: SampleOrganisation, case_worker: SampleUser, keeper: Keeper
) -> None:
    """A held case does not hide those behind it; it is asked about again a day later."""
    held = [organisation.arrive() for _ in range(retention.BATCH)]
    free = organisation.arrive()
    for case_id in (*held, free):
        in_work(organisation.platform, case_worker, actions.bin_case, case_id)
    rows(organisation, "UPDATE cases SET binned_at = binned_at - interval '31 days' RETURNING id")
    keeper.holds = lambda planned: [Hold(case.id, "Behövs.") for case in planned.cases if case.id in held]
    assert retention.empty_bin(organisation.platform) == 1
    asked = len(keeper.asked)
    assert retention.empty_bin(organisation.platform) == 0
    assert len(keeper.asked) == asked
    keeper.holds = lambda planned: []
    rows(organisation, "UPDATE destruction_holds SET ask_again_at = now() RETURNING case_id")
    assert retention.empty_bin(organisation.platform) == retention.BATCH
