"""What is registered of a restricted case is for those who are named for it."""

from collections.abc import Callable
from typing import Any

import pytest

from budkavle.cases.teamwork.restricting import restrict
from budkavle.testing import SampleUser, in_work
from budkavle_records.registration.views import PATH

SECRET = "Skyddat boende"


@pytest.mark.feature("E22")
def test_a_restricted_case_is_in_no_register_of_others(
    register: Any, browse: Callable[..., Any], case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Neither to be registered nor registered, in no count, file or page; those who are named see all of it."""
    waiting, settled = register.arrive(f"{SECRET} 1"), register.arrive(f"{SECRET} 2")
    register.settle(case_worker, settled.message_id, about=SECRET, number="SN 2026/77")
    for known in (waiting, settled):
        in_work(register.platform, case_worker, restrict, known.case_id, [case_worker.id], "Skyddade uppgifter")
    named, other = browse(case_worker), browse(colleague)
    assert f"{SECRET} 1" in named.get(PATH).text
    assert f"{SECRET} 2" in named.get(f"{PATH}/m/{settled.message_id}").text
    assert "SN 2026/77" in named.get(f"{PATH}/register.csv").text
    for path in (PATH, f"{PATH}/waiting.csv", f"{PATH}/register", f"{PATH}/register.csv"):
        page = other.get(path).text
        for word in (SECRET, "SN 2026/77", str(waiting.message_id), str(settled.message_id)):
            assert word not in page, path
    assert "Inget väntar på att registreras" in other.get(PATH).text
    assert other.get(f"{PATH}/m/{settled.message_id}").status_code == 404
    fields = {"message": str(waiting.message_id), "outcome": "minor"}
    assert other.post(f"{PATH}/settle", **fields).status_code == 404
    assert register.unsettled(waiting.message_id)
