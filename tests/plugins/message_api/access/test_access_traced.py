"""What the event log has of what programs read, and of those that were refused."""

import json
from typing import Any

import pytest

from budkavle.testing.event_log import installation_entries

KANARIE = "kanariefågel"


@pytest.mark.feature("ZS4")
def test_each_message_that_a_program_reads_is_an_entry_of_its_case(api: Any, habo: Any) -> None:
    """Once a minute for each message; a list is one too."""
    first, second = habo.sent(), habo.sent()
    for name in (first, first, second):
        assert habo.get(name).status_code == 200
    for _ in range(2):
        assert habo.ask("GET").status_code == 200
    read = [json.loads(entry) for entry in api.habo.organisation.log_entries("api.read")]
    assert [entry["facts"]["message"] for entry in read] == [first, second]
    cases = api.habo.organisation.rows("SELECT id FROM cases")
    assert {entry["thing"] for entry in read} == {str(row.id) for row in cases}
    assert len(api.habo.organisation.log_entries("api.listed")) == 1


@pytest.mark.feature("ZS4")
def test_a_program_that_may_not_is_an_entry_of_its_organisation(api: Any, habo: Any, kisa: Any) -> None:
    """Another organisation's message, and a scope that the client lacks."""
    name = habo.sent()
    assert kisa.get(name).status_code == 404
    refused = [json.loads(entry) for entry in api.kisa.organisation.log_entries("program.refused")]
    assert [(entry["thing"], entry["facts"]["plugin"]) for entry in refused] == [(str(kisa.known.id), "message_api")]
    assert api.habo.organisation.log_entries("program.refused") == []


@pytest.mark.feature("ZS4")
def test_a_program_that_nobody_knows_is_an_entry_of_the_installation(api: Any, habo: Any) -> None:
    """By a token or an assertion that does not hold, once a minute, and without a word of either."""
    for _ in range(2):
        habo.token = f"{KANARIE.encode().hex()}.x"
        assert habo.ask("GET").status_code == 401
        assert habo.ask_token(habo.assertion(aud=KANARIE)).status_code == 401
    refused = installation_entries(api.platform, "program.refused")
    assert len(refused) == 1
    assert KANARIE not in json.dumps(refused, ensure_ascii=False)
