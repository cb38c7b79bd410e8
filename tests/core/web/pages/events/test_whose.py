"""Who sees which log: an organisation's, and the installation's own."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from tests.core.web.pages.events.log_pages import Browse, lines

from budkavle.accounts import mailboxes, organisations, users
from budkavle.model.people import INSTALLATION, Role, SystemActor
from budkavle.storage import audit
from budkavle.storage.events.verifying import verify
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


@pytest.mark.feature("O12", "N6")
def test_only_those_who_administer_see_and_fetch_a_log(
    browse: Browse,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
    root: Any,
    organisation: SampleOrganisation,
) -> None:
    """Each role at each address; another organisation's administrator finds nothing of this one."""
    logs = {"/events": "/events/export", "/administration/events": "/administration/events/export"}
    may = {"/events": [administrator, root], "/administration/events": [root]}
    for person in (case_worker, mailbox_administrator, administrator, root):
        for path, export in logs.items():
            status = 200 if person in may[path] else 403
            assert browse(person).get(path).status_code == status
            assert browse(person).post(export, format="csv").status_code == status
    case_id = organisation.arrive()
    foreign = browse(other_administrator)
    for fields in ({"thing": str(case_id)}, {"person": str(case_worker.id)}, {"person": case_worker.email}):
        assert lines(foreign.get(f"/events?{urlencode(fields)}")) == []
    assert browse(None).post("/events/export", format="csv").status_code in {302, 303, 401, 403}
    assert browse(administrator).post("/events/export", format="exe").status_code == 422


@pytest.mark.feature("N6")
def test_the_installation_has_a_log_of_its_own(
    browse: Browse, platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, root: Any
) -> None:
    """Organisations that are made and who administers the installation stand there, and nothing of organisations."""
    page = browse(root)
    actor = root.acting()
    with platform.work(system_actor(organisation.id)) as work:  # so that Rot is not the last one
        users.update_user(work, administrator.user_id, role=Role.PLATFORM)
    made = organisations.create_organisation(platform, actor, "Mullsjö kommun")
    in_work(platform, administrator, mailboxes.create_mailbox, "Hemlig brevlåda")
    with platform.work(system_actor(organisation.id)) as work:
        users.update_user(work, root.id, role=Role.ADMIN)
        users.update_user(work, root.id, role=Role.PLATFORM)
    told = lines(page.get("/administration/events"))
    assert told[:3] == [
        "Rot Ek blev administratör för installationen",
        "Rot Ek är inte längre administratör för installationen",
        "Organisationen Mullsjö kommun lades upp",
    ]
    assert not [line for line in told if "brevlåda" in line]
    assert lines(page.get("/administration/events?kind=organisation"))[0] == told[2]
    assert page.get("/administration/events?since=i+g%C3%A5r").status_code == 422
    own = lines(page.get(f"/administration/events?person={root.id}"))  # what Rot did, and what was done to Rot
    assert own == [*told[:3], "Rot Ek blev administratör för installationen"]
    assert f'<option value="{root.id}">Rot Ek</option>' in page.get("/administration/events").text
    answer = page.post("/administration/events/export", format="jsonl")
    assert [json.loads(line)["entry"]["thing"] for line in answer.text.splitlines()].count(str(made.id)) == 1
    assert lines(page.get("/administration/events"))[0] == "Installationens händelselogg hämtades som JSON Lines"


@pytest.mark.feature("N6")
def test_the_installations_log_is_sealed_and_verified_like_the_others(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """Its head is signed with a key of its own."""
    assert organisation.id
    audit.seal_heads(platform.database, platform.vault)
    report = verify(platform.database, platform.vault, INSTALLATION)
    assert (report.ok, report.seals) == (True, 1)
    with platform.work(SystemActor(INSTALLATION, "Provaren")) as work:
        audit.record(work, "administrator.added", uuid4(), name="Ny")
    audit.seal_heads(platform.database, platform.vault)
    assert verify(platform.database, platform.vault, INSTALLATION).seals == 2


def test_a_work_that_fails_leaves_no_entry_in_the_installations_log(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """Both entries are part of the unit of work."""

    def fail() -> None:
        with platform.work(system_actor(organisation.id)) as work:
            audit.record_for_installation(work, "administrator.added", uuid4(), name="Ingen")
            work.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    entries = audit.entries(platform.database, INSTALLATION, None, 50)
    assert "Ingen" not in [entry.facts.get("name") for entry in entries]
