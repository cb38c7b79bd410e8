"""The log of transfers: by message id and transport id, without content, for administrators (feature SD19)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from budkavle import Forbidden, Platform
from budkavle.testing.working import do_job
from budkavle_sdk_transport.commands.sdk import group
from budkavle_sdk_transport.transfers.log import Transfer, transfers


def log(member: Any, **more: Any) -> list[Transfer]:
    organisation = member.organisation
    return transfers(organisation.platform.plugins.host("sdk"), organisation.system, **more)


def told(rows: list[Transfer]) -> set[tuple[str, str, str]]:
    return {(one.direction, one.kind, one.outcome) for one in rows}


@pytest.mark.feature("SD19")
def test_both_sides_find_a_message_by_its_id(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any
) -> None:
    """The message and its receipt, under the message's id at either side, with the other party, and by any id."""
    municipality.send(region.address())
    sdk_worker.settle()
    own = str(municipality.delivery().id)
    sent, received = log(municipality, wanted=own.upper()), log(region, wanted=own)
    assert told(sent) == {("out", "message", "ACKNOWLEDGED"), ("in", "receipt", "RECEIPT")}
    assert told(received) == {("in", "message", "ACCEPTED"), ("out", "receipt", "ACKNOWLEDGED")}
    assert {one.message_id for one in (*sent, *received)} == {own}
    assert {one.counterpart for one in sent} == {region.participant.participant}
    receipt = next(one for one in received if one.kind == "receipt")
    assert log(region, wanted=receipt.transport_id) == [receipt]
    assert [one.at for one in log(municipality)] == sorted((one.at for one in log(municipality)), reverse=True)
    assert log(municipality, wanted="00000000-0000-4000-8000-000000000000") == log(municipality, wanted="nej") == []
    assert len(log(municipality, most=1)) == 1
    assert log(municipality, before=log(municipality)[-1].at) == []


def test_a_resend_is_a_transfer_of_its_own(
    platform: Platform, municipality: Any, sdk_worker: Any, stranger: Any
) -> None:
    """Found by the transport id that it went under as well as by the message's."""
    municipality.send(stranger)
    sdk_worker.deliver()
    own = municipality.delivery().id
    row = {"organisation": municipality.organisation.id, "own": own, "again": f"{own}.1", "at": datetime.now(UTC)}
    municipality.organisation.rows(
        "INSERT INTO sdk_resends VALUES (:organisation, :own, 1, :again, :at) RETURNING 1", **row
    )
    for wanted in (str(own), f"{own}.1"):
        assert {one.transport_id for one in log(municipality, wanted=wanted)} == {str(own), f"{own}.1"}


def test_a_transport_id_is_found_as_it_is_written(platform: Platform, region: Any, peer: Any, sdk_worker: Any) -> None:
    """Other makers' access points name their messages in capitals too."""
    peer.submit(peer.seal(peer.message()), transport_id="2026-ABC@AP.Example")
    sdk_worker.settle()
    (found,) = log(region, wanted=" 2026-ABC@AP.Example ")
    assert (found.outcome, found.transport_id) == ("ACCEPTED", "2026-ABC@AP.Example")


def test_it_is_for_administrators_and_of_their_own_organisation(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any
) -> None:
    """A member is turned away, and nobody sees another organisation's transfers."""
    municipality.send(region.address())
    sdk_worker.settle()
    with pytest.raises(Forbidden):
        transfers(platform.plugins.host("sdk"), municipality.case_worker)
    assert told(log(municipality)).isdisjoint(told(log(region)))


def test_it_forgets_what_is_too_old(platform: Platform, region: Any, peer: Any, sdk_worker: Any) -> None:
    """Twenty-four months unless the settings say otherwise, and never less than twelve."""
    peer.submit(peer.seal(peer.message()))
    sdk_worker.settle()
    assert do_job(platform, "sdk.log") == 0
    assert len(log(region)) == 2
    long_ago = datetime.now(UTC) - timedelta(days=800)
    region.organisation.rows("UPDATE sdk_arrivals SET at = :at RETURNING 1", at=long_ago)
    assert told(log(region)) == {("out", "receipt", "ACKNOWLEDGED")}
    do_job(platform, "sdk.log")
    assert region.organisation.rows("SELECT 1 FROM sdk_arrivals") == []


def test_the_command_line_tells_the_same(platform: Platform, municipality: Any, region: Any, sdk_worker: Any) -> None:
    """One line each, or JSON."""
    municipality.send(region.address())
    sdk_worker.settle()
    slug = municipality.organisation.rows(
        "SELECT slug FROM organisations WHERE id = :id", id=municipality.organisation.id
    )[0].slug
    own = str(municipality.delivery().id)
    command = group(platform.plugins.host("sdk"))
    plain = CliRunner().invoke(command, ["transfers", own, "--organisation", slug])
    assert plain.exit_code == 0
    assert "Meddelande ut  ACKNOWLEDGED" in plain.output
    assert "Orosanmälan" not in plain.output
    lines = CliRunner().invoke(command, ["transfers", "--organisation", slug, "--json"]).output.splitlines()
    assert {json.loads(line)["direction"] for line in lines} == {"out", "in"}
