"""The log of transfers: by message id and transport id, without content, for administrators (feature SD19)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from budkavle import Forbidden
from budkavle.testing.working import do_job
from budkavle_sdk_transport.commands.sdk import group
from budkavle_sdk_transport.transfers.log import Transfer, transfers


def log(town: Any, side: Any, **more: Any) -> list[Transfer]:
    return transfers(town.platform.plugins.host("sdk"), side.admin, **more)


def told(rows: list[Transfer]) -> set[tuple[str, str, str]]:
    return {(one.direction, one.kind, one.outcome) for one in rows}


@pytest.mark.feature("SD19")
def test_both_sides_find_a_message_by_its_id(town: Any) -> None:
    """The message and its receipt, under the message's id at either side, with the other party, and by any id."""
    town.a.send(town.b.address())
    town.settle()
    own = str(town.a.delivery().id)
    sent, received = log(town, town.a, wanted=own.upper()), log(town, town.b, wanted=own)
    assert told(sent) == {("out", "message", "ACKNOWLEDGED"), ("in", "receipt", "RECEIPT")}
    assert told(received) == {("in", "message", "ACCEPTED"), ("out", "receipt", "ACKNOWLEDGED")}
    assert {one.message_id for one in (*sent, *received)} == {own}
    assert {one.counterpart for one in sent} == {town.b.participant.participant}
    receipt = next(one for one in received if one.kind == "receipt")
    assert log(town, town.b, wanted=receipt.transport_id) == [receipt]
    assert [one.at for one in log(town, town.a)] == sorted((one.at for one in log(town, town.a)), reverse=True)
    assert log(town, town.a, wanted="00000000-0000-4000-8000-000000000000") == log(town, town.a, wanted="nej") == []
    assert len(log(town, town.a, most=1)) == 1
    assert log(town, town.a, before=log(town, town.a)[-1].at) == []


def test_a_resend_is_a_transfer_of_its_own(town: Any, stranger: Any) -> None:
    """Found by the transport id that it went under as well as by the message's."""
    town.a.send(stranger)
    town.carry()
    own = town.a.delivery().id
    row = {"organisation": town.a.admin.organisation_id, "own": own, "again": f"{own}.1", "at": datetime.now(UTC)}
    town.a.rows("INSERT INTO sdk_resends VALUES (:organisation, :own, 1, :again, :at) RETURNING 1", **row)
    for wanted in (str(own), f"{own}.1"):
        assert {one.transport_id for one in log(town, town.a, wanted=wanted)} == {str(own), f"{own}.1"}


def test_a_transport_id_is_found_as_it_is_written(town: Any) -> None:
    """Other makers' access points name their messages in capitals too."""
    town.submit(town.seal(town.message()), transport_id="2026-ABC@AP.Example")
    town.settle()
    (found,) = log(town, town.b, wanted=" 2026-ABC@AP.Example ")
    assert (found.outcome, found.transport_id) == ("ACCEPTED", "2026-ABC@AP.Example")


def test_it_is_for_administrators_and_of_their_own_organisation(town: Any) -> None:
    """A member is turned away, and nobody sees another organisation's transfers."""
    town.a.send(town.b.address())
    town.settle()
    with pytest.raises(Forbidden):
        transfers(town.platform.plugins.host("sdk"), town.a.person)
    assert told(log(town, town.a)).isdisjoint(told(log(town, town.b)))


def test_it_forgets_what_is_too_old(town: Any) -> None:
    """Twenty-four months unless the settings say otherwise, and never less than twelve."""
    town.submit(town.seal(town.message()))
    town.settle()
    assert do_job(town.platform, "sdk.log") == 0
    assert len(log(town, town.b)) == 2
    long_ago = datetime.now(UTC) - timedelta(days=800)
    town.b.rows("UPDATE sdk_arrivals SET at = :at RETURNING 1", at=long_ago)
    assert told(log(town, town.b)) == {("out", "receipt", "ACKNOWLEDGED")}
    do_job(town.platform, "sdk.log")
    assert town.b.rows("SELECT 1 FROM sdk_arrivals") == []


def test_the_command_line_tells_the_same(town: Any) -> None:
    """One line each, or JSON."""
    town.a.send(town.b.address())
    town.settle()
    slug = town.a.rows("SELECT slug FROM organisations WHERE id = :id", id=town.a.admin.organisation_id)[0].slug
    own = str(town.a.delivery().id)
    command = group(town.platform.plugins.host("sdk"))
    plain = CliRunner().invoke(command, ["transfers", own, "--organisation", slug])
    assert plain.exit_code == 0
    assert "Meddelande ut  ACKNOWLEDGED" in plain.output
    assert "Orosanmälan" not in plain.output
    lines = CliRunner().invoke(command, ["transfers", "--organisation", slug, "--json"]).output.splitlines()
    assert {json.loads(line)["direction"] for line in lines} == {"out", "in"}
