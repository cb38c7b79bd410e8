"""In: each fax comes to its mailbox, once."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.plugins.fax.receiving.ringing import CALLER, dots, found, page, ring, the_case, tiff

from budkavle import Address, Draft, Host, IncomingState, Platform, Role
from budkavle.accounts import add_members, create_mailbox
from budkavle.accounts.mailboxes import update_mailbox
from budkavle.cases.mailbox_deletion import delete_mailbox
from budkavle.messaging import open_attachment, read_case, send
from budkavle.storage.audit import entries
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due
from budkavle.testing.acting import in_work
from budkavle_fax.numbers import contacts, mailbox_numbers
from budkavle_fax.parts import Parts


@pytest.mark.feature("T1")
def test_a_fax_comes_as_a_pdf_with_every_dot(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, parts: Parts, inbox: Path
) -> None:
    """To the mailbox of the called number, as a case, with the sender's number; the folder is empty afterwards."""
    content = tiff(2)
    ring(inbox, content)
    assert parts.arrivals.fetch() == 1
    assert list(inbox.iterdir()) == []
    (one,) = the_case(organisation).thread
    message = one.message
    assert message.state is IncomingState.RECEIVED
    assert message.sender.value == "+46107654321"
    assert (message.subject, message.transport) == ("Fax från +46 10 765 43 21", "fax")
    assert "2 sidor" in message.body
    (file,) = message.attachments
    assert (file.file_name, file.content_type) == ("fax.pdf", "application/pdf")
    pdf = b"".join(in_work(platform, case_worker, open_attachment, file.id)[1])
    assert dots(pdf) == [page(1).tobytes(), page(2).tobytes()]


def test_faxes_are_counted_by_the_event_log(organisation: SampleOrganisation, parts: Parts, inbox: Path) -> None:
    """Each that is sent or comes stands there once, as fax, and with no number."""
    draft = Draft((Address("fax", "+46107654321"),), "Fråga", "Svara per fax.")
    in_work(organisation.platform, organisation.case_worker, send, organisation.mailbox.id, draft)
    ring(inbox, tiff(1))
    parts.arrivals.fetch()
    kinds = ("message.sent", "message.received")
    found_there = [one for one in entries(organisation.platform.database, organisation.id) if one.kind in kinds]
    assert sorted(one.kind for one in found_there) == ["message.received", "message.sent"]
    assert {one.facts["transport"] for one in found_there} == {"fax"}
    assert "7654321" not in str(found_there)


@pytest.mark.feature("T2")
def test_each_number_has_its_mailbox_and_unknown_ones_go_to_the_default(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """With a notice that says why it is there."""
    other = in_work(organisation.platform, organisation.administrator, create_mailbox, "Reception", default=True)
    ring(inbox, tiff(), did="0109999999", name="1")
    ring(inbox, tiff(1), did="", name="2")
    parts.arrivals.fetch()
    in_work(
        organisation.platform, organisation.administrator, add_members, other.id, [organisation.case_worker.user_id]
    )
    messages = [one.thread[0].message for one in found(organisation, other.id)]
    assert {message.state for message in messages} == {IncomingState.RECEIVED_WITH_WARNINGS}
    said = " ".join(warning for message in messages for warning in message.warnings)
    assert "+46 10 999 99 99" in said
    assert "sade inte vilket nummer" in said


@pytest.mark.feature("T2")
def test_a_modem_with_a_number_of_its_own_routes_by_it(
    organisation: SampleOrganisation, host: Host, parts: Parts, inbox: Path
) -> None:
    """Where the exchange says nothing, the settings know whose line it is."""
    other = in_work(organisation.platform, organisation.administrator, create_mailbox, "Region")
    mailbox_numbers.link(host, replace(organisation.administrator, role=Role.PLATFORM), "010-765 43 21", other.id)
    file = ring(inbox, tiff(1), did="")
    slip = file.with_suffix(".slip")
    slip.write_text(slip.read_text().replace("modem=ttyA", "modem=ttyB"))
    parts.arrivals.fetch()
    in_work(
        organisation.platform, organisation.administrator, add_members, other.id, [organisation.case_worker.user_id]
    )
    assert len(found(organisation, other.id)) == 1
    assert found(organisation, organisation.mailbox.id) == []


@pytest.mark.feature("T1")
def test_the_caller_is_known_and_an_answer_joins_the_case(
    organisation: SampleOrganisation, host: Host, parts: Parts, inbox: Path
) -> None:
    """The mailbox's own name stands as sender; a fax from whom it has faxed goes on in the same case."""
    contacts.keep(host, organisation.case_worker, organisation.mailbox.id, CALLER, "Vårdcentralen Söder")
    sent = in_work(
        organisation.platform,
        organisation.case_worker,
        send,
        organisation.mailbox.id,
        Draft((Address("fax", "+46107654321"),), "Fråga", "Svara per fax."),
    )
    deliver_due(organisation.platform)
    ring(inbox, tiff(1))
    parts.arrivals.fetch()
    thread = in_work(organisation.platform, organisation.case_worker, read_case, sent.case_id).thread
    assert [one.message.sender.name for one in thread][-1] == "Vårdcentralen Söder (+46 10 765 43 21)"
    assert len(thread) == 2


@pytest.mark.feature("T1", "F6")
def test_what_an_english_mailbox_gets_says_so_in_english(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """Its subject and its text, which the mailbox itself writes."""
    in_work(organisation.platform, organisation.administrator, update_mailbox, organisation.mailbox.id, language="en")
    ring(inbox, tiff(2))
    parts.arrivals.fetch()
    message = the_case(organisation).thread[0].message
    assert message.subject == "Fax from +46 10 765 43 21"
    assert message.body == "2 pages from +46 10 765 43 21 to +46 10 123 45 67."


@pytest.mark.feature("T2")
def test_a_number_of_a_mailbox_that_is_gone_goes_to_the_default(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """With the notice, so that somebody links the number anew."""
    other = in_work(organisation.platform, organisation.administrator, create_mailbox, "Reception", default=True)
    in_work(
        organisation.platform, organisation.administrator, add_members, other.id, [organisation.case_worker.user_id]
    )
    in_work(organisation.platform, organisation.administrator, delete_mailbox, organisation.mailbox.id)
    ring(inbox, tiff(1))
    assert parts.arrivals.fetch() == 1
    message = found(organisation, other.id)[0].thread[0].message
    assert "inte är kopplat" in message.warnings[0]


def test_a_hidden_number_comes_in_and_cannot_be_answered(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """Nobody knows where an answer would go."""
    ring(inbox, tiff(1), caller="<NONE>")
    parts.arrivals.fetch()
    message = the_case(organisation).thread[0].message
    assert message.sender.name == "Dolt nummer"
    assert not message.reply_allowed


@pytest.mark.feature("T1")
def test_a_call_that_was_cut_is_kept_with_a_warning(
    organisation: SampleOrganisation, parts: Parts, inbox: Path
) -> None:
    """The pages that came, and why there may be more."""
    ring(inbox, tiff(1), error="T.30 T2 timeout, expected page not received")
    parts.arrivals.fetch()
    message = the_case(organisation).thread[0].message
    assert message.state is IncomingState.RECEIVED_WITH_WARNINGS
    assert "Sidor kan saknas" in message.warnings[0]
