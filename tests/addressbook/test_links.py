from typing import Any
from uuid import UUID

import pytest

from budkavle.cases.mailbox_deletion import delete_mailbox
from budkavle.host import Host
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.people import Actor
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle_addressbook import health, links, participants
from budkavle_addressbook.national import local_copy

BARN, REGISTRATOR = "sdk:soc-barn:0203:habo.se", "SE2120000241-0001"
BUP = "sdk.bup.0203:regionuppsala.se"


def _mailbox_of(host: Host, organisation: Any, identifier: str) -> tuple[UUID, UUID] | None:
    with host.work(host.system(organisation.id)) as work:
        return links.mailbox_of(host, work, "sdk", identifier)


def _fault(host: Host, actor: Actor, mailbox_id: Any, identifier: str) -> str:
    with pytest.raises(Invalid) as caught:
        links.link(host, actor, mailbox_id, identifier)
    return caught.value.fields[links.FIELD]


@pytest.mark.feature("K5", "K6", "AB3")
def test_an_administrator_links_a_mailbox(copied: Host, habo: Any) -> None:
    """The link is made, seen by the mailbox's members, moved to another identifier, and taken away."""
    made = links.link(copied, habo.administrator, habo.mailbox.id, f" {BARN} ")
    assert (made.identifier, made.name, made.broken) == (BARN, "Socialtjänst barn och unga", "")
    assert links.of_mailbox(copied, habo.case_worker, habo.mailbox.id) == made
    links.link(copied, habo.administrator, habo.mailbox.id, REGISTRATOR)
    assert [link.identifier for link in links.all_links(copied, habo.id)] == [REGISTRATOR]
    assert _mailbox_of(copied, habo, BARN) is None
    assert links.unlink(copied, habo.administrator, habo.mailbox.id)
    assert not links.unlink(copied, habo.administrator, habo.mailbox.id)
    assert links.of_mailbox(copied, habo.case_worker, habo.mailbox.id) is None


@pytest.mark.feature("AB3")
@pytest.mark.parametrize(
    ("identifier", "sentence"), [("", "Skriv"), ("sdk:okänd", "finns inte"), (BUP, "annan organisation")]
)
def test_the_form_says_what_is_wrong(copied: Host, habo: Any, identifier: str, sentence: str) -> None:
    """An identifier that is missing, unknown or another organisation's is a fault at the field."""
    assert sentence in _fault(copied, habo.administrator, habo.mailbox.id, identifier)


@pytest.mark.feature("AB3")
def test_no_two_mailboxes_share_an_identifier(copied: Host, habo: Any) -> None:
    """The second mailbox is told so, and the first keeps its link."""
    links.link(copied, habo.administrator, habo.mailbox.id, BARN)
    assert "annan brevlåda" in _fault(copied, habo.administrator, habo.other_mailbox.id, BARN)
    assert _mailbox_of(copied, habo, BARN) == (habo.id, habo.mailbox.id)


@pytest.mark.feature("AB3")
def test_a_failed_change_keeps_the_old_link(copied: Host, habo: Any) -> None:
    """Where the new identifier is taken, the mailbox still has its own."""
    links.link(copied, habo.administrator, habo.mailbox.id, BARN)
    links.link(copied, habo.administrator, habo.other_mailbox.id, REGISTRATOR)
    _fault(copied, habo.administrator, habo.other_mailbox.id, BARN)
    assert _mailbox_of(copied, habo, REGISTRATOR) == (habo.id, habo.other_mailbox.id)


@pytest.mark.feature("AB3")
def test_linking_the_same_again_is_no_fault(copied: Host, habo: Any) -> None:
    """Saving the form unchanged keeps the link."""
    for _ in range(2):
        assert links.link(copied, habo.administrator, habo.mailbox.id, BARN).identifier == BARN


@pytest.mark.feature("AB3")
def test_a_deleted_mailbox_frees_its_identifier(copied: Host, habo: Any) -> None:
    """What the deleted mailbox had leads nowhere, and another may take it."""
    links.link(copied, habo.administrator, habo.other_mailbox.id, BARN)
    in_work(copied.platform, habo.administrator, delete_mailbox, habo.other_mailbox.id)
    assert _mailbox_of(copied, habo, BARN) is None
    links.link(copied, habo.administrator, habo.mailbox.id, BARN)
    assert _mailbox_of(copied, habo, BARN) == (habo.id, habo.mailbox.id)


@pytest.mark.feature("K5", "AB3")
def test_only_the_organisations_administrators_link(copied: Host, habo: Any, region: Any) -> None:
    """Members may not, and the administrator of another organisation does not even see the mailbox."""
    for refused in (links.link, lambda host, actor, box, _: links.unlink(host, actor, box)):
        with pytest.raises(Forbidden):
            refused(copied, habo.case_worker, habo.mailbox.id, BARN)
    with pytest.raises(NotFound):
        links.link(copied, region.administrator, habo.mailbox.id, BUP)
    assert not links.unlink(copied, region.administrator, habo.mailbox.id)


@pytest.mark.feature("AB3")
def test_an_organisation_without_participant_is_told(copied: Host, habo: Any) -> None:
    """The fault says who can help."""
    participants.set_participant(copied, system_actor(habo.id), None)
    assert "deltagaridentitet" in _fault(copied, habo.administrator, habo.mailbox.id, BARN)


@pytest.mark.feature("AB3")
@pytest.mark.parametrize(("moved", "sentence"), [(False, "finns inte längre"), (True, "hör inte längre")])
def test_a_broken_link_shows(copied: Host, service: Any, habo: Any, moved: bool, sentence: str) -> None:
    """An identifier that vanished, or went to another organisation, shows in the form and on the health page."""
    links.link(copied, habo.administrator, habo.mailbox.id, BARN)
    links.link(copied, habo.administrator, habo.other_mailbox.id, REGISTRATOR)
    (well,) = health.check(copied, habo.id)
    assert well.ok
    first = service.collections["addresses"][0]
    if moved:
        first["relationships"]["parent"]["data"]["id"] = "o2"
    else:
        service.collections["addresses"].remove(first)
    local_copy.refresh(copied)
    link = links.of_mailbox(copied, habo.administrator, habo.mailbox.id)
    assert link is not None
    assert sentence in link.broken
    assert link.name == "Socialtjänst barn och unga"
    (ill,) = health.check(copied, habo.id)
    assert not ill.ok
    assert sentence in ill.sentence
    assert "Socialnämnden" in ill.sentence


@pytest.mark.feature("AB3")
def test_the_form_offers_the_organisations_own(copied: Host, habo: Any) -> None:
    """The choices are the organisation's functions in the copy, by name."""
    assert links.choices(copied, habo.administrator) == [
        (REGISTRATOR, "Registrator"),
        (BARN, "Socialtjänst barn och unga"),
    ]


@pytest.mark.feature("AB3")
def test_participants_are_known_over_all_organisations(copied: Host, habo: Any, region: Any) -> None:
    """Each participant is one organisation; a second one is refused, and only the installation's people say who."""
    ids = {"0203:habo.se": habo.id, "0203:regionuppsala.se": region.id}
    assert participants.all_participants(copied) == ids
    assert participants.participant(copied, habo.id) == "0203:habo.se"
    with pytest.raises(Conflict):
        participants.set_participant(copied, system_actor(region.id), "0203:habo.se")
    with pytest.raises(Forbidden):
        participants.set_participant(copied, habo.administrator, "0203:annan.se")
