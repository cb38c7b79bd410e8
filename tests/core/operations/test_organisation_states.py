"""An organisation that is paused: nobody comes in, what arrives is stored, what is to be sent waits."""

import pytest

from budkavle.accounts.organisations import all_organisations
from budkavle.identification import sessions
from budkavle.identification.outcome import SignedIn
from budkavle.messaging import sending
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import INSTALLATION, ActorScope, Role, SystemActor
from budkavle.model.receipts import Receipt
from budkavle.model.states import DeliveryState, OrganisationState
from budkavle.operations import organisation_states
from budkavle.operations.organisation_states import pause, resume
from budkavle.operations.worker import Worker
from budkavle.organisation import register
from budkavle.storage import audit
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.working import deliver_due

ROOT = SystemActor(INSTALLATION, "Driften", frozenset({ActorScope.INSTALLATION}))


@pytest.fixture
def chief(other_organisation):
    """Who administers the installation, from the other organisation."""
    return other_organisation.add_user("Root Chef", Role.PLATFORM)


@pytest.mark.feature("N2")
def test_a_paused_organisation_receives_and_stores_and_sends_nothing(platform, organisation, chief, draft):
    """What was due before and what comes during the pause goes at once when it is over, each once."""
    send = lambda: in_work(platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft())  # noqa: E731
    send()
    pause(platform, chief, organisation.id, "Avtalet är inte klart.")
    send()  # a machine of theirs, which needs no session
    organisation.make_due()
    assert deliver_due(platform) == 0
    assert organisation.delivery_states() == ["READY_TO_SEND"] * 2
    case_id = organisation.arrive("Kom under pausen")
    assert case_id in {case.id for case in organisation.cases(organisation.case_worker)}
    assert organisation_states.hold_deliveries(platform) == 0
    (far,) = organisation.rows("SELECT count(*) AS n FROM deliveries WHERE due_at > now() + interval '20 hours'")
    assert far.n >= 2
    resume(platform, chief, organisation.id)
    worker = Worker(platform)
    while worker.work_once():
        continue
    assert set(organisation.delivery_states()) <= {"WAITING_FOR_RECEIPT", "ACKNOWLEDGED"}
    worker.close()


@pytest.mark.feature("N2")
def test_what_a_peer_retries_by_itself_is_not_handed_over_again_after_a_pause(
    platform, organisation, chief, fake_transport
):
    """The peer has it, and tells how it ended; what only waited for us is sent."""
    message = organisation.send(organisation.case_worker, "Hos mottagarens server")
    deliver_due(platform)
    (delivery,) = organisation.deliveries(message)
    told = Receipt(organisation.id, "fake", str(delivery.id), DeliveryState.WAITING_FOR_RETRY, delivery.created_at, b"")
    organisation.rows("UPDATE deliveries SET state = 'SEND_ENQUEUED'")
    assert acting.receipt(platform, told)
    handed_over = len(fake_transport.carried)
    pause(platform, chief, organisation.id, "Avtalet är inte klart.")
    organisation.send(organisation.case_worker, "Skickat under pausen")
    organisation_states.hold_deliveries(platform)
    resume(platform, chief, organisation.id)
    while deliver_due(platform):
        continue
    assert len(fake_transport.carried) == handed_over + 1
    assert organisation.delivery_states()[0] == "WAITING_FOR_RETRY"


@pytest.mark.feature("N2")
def test_sessions_end_at_once_and_nobody_signs_in(platform, organisation, chief, browse):
    """The next click leads to the page for signing in; a session that is begun meanwhile is worth nothing."""
    browser = browse(organisation.case_worker)
    assert browser.get("/").status_code in {200, 303}
    pause(platform, chief, organisation.id, "Avtalet är inte klart.")
    assert "/sign-in" in browser.get("/account").headers["location"]
    cookie = sessions.start(platform, SignedIn(organisation.case_worker.user, Loa.TWO, "test", "/"))
    with pytest.raises(NotSignedIn, match="pausad"):
        sessions.find(platform, cookie)
    resume(platform, chief, organisation.id)
    cookie = sessions.start(platform, SignedIn(organisation.case_worker.user, Loa.TWO, "test", "/"))
    assert sessions.find(platform, cookie).organisation.state is OrganisationState.ACTIVE


@pytest.mark.feature("N2")
def test_both_event_logs_say_who_paused_it_and_why(platform, organisation, chief):
    """The organisation's own, by name; and the installation's, which stays when the organisation is gone."""
    pause(platform, chief, organisation.id, " Avtalet är inte klart. ")
    resume(platform, chief, organisation.id)
    for owner in (organisation.id, INSTALLATION):
        latest = audit.entries(platform.database, owner, limit=2)
        assert [entry.kind for entry in latest] == ["organisation.resumed", "organisation.paused"]
        assert latest[1].facts["reason"] == "Avtalet är inte klart."
        assert latest[1].actor == "Root Chef"
        assert latest[1].thing == str(organisation.id)


@pytest.mark.feature("N2", "N1")
def test_what_cannot_be_paused(platform, organisation, other_organisation, chief, administrator):
    """One's own, one that is paused, one without a reason, and the last installation administrator's."""
    with pytest.raises(Forbidden):
        pause(platform, administrator, other_organisation.id, "Nej")
    with pytest.raises(Conflict, match="egen"):
        pause(platform, chief, other_organisation.id, "Nej")
    with pytest.raises(Invalid) as caught:
        pause(platform, chief, organisation.id, " ")
    assert set(caught.value.fields) == {"reason"}
    with pytest.raises(Conflict, match="sista"):
        pause(platform, ROOT, other_organisation.id, "Nej")
    with pytest.raises(NotFound):
        pause(platform, chief, INSTALLATION, "Nej")
    with pytest.raises(Conflict, match="inte pausad"):
        resume(platform, chief, organisation.id)
    pause(platform, chief, organisation.id, "Ja")
    with pytest.raises(Conflict, match="redan"):
        pause(platform, chief, organisation.id, "Ja")
    organisation.add_user("Andra Chefen", Role.PLATFORM)
    with pytest.raises(Conflict, match="sista"):  # the other one cannot sign in
        pause(platform, ROOT, other_organisation.id, "Nej")


@pytest.mark.feature("N2")
def test_the_register_is_searched_and_tells_numbers_only(platform, organisation, other_organisation, chief):
    """By name, short name and number; with accounts and state."""
    register.change_organisation(platform, chief, organisation.id, name="Habo kommun", number="212000-1611")
    assert "organisation.renamed" in organisation.log_kinds()
    found = register.list_organisations(platform, chief, words="212000-16")
    assert [row.organisation.name for row in found.rows] == ["Habo kommun"]
    assert found.rows[0].number == "212000-1611"
    assert found.rows[0].accounts == len(organisation.rows("SELECT 1 FROM users WHERE active"))
    assert register.list_organisations(platform, chief, words="100%").total == 0
    assert register.list_organisations(platform, chief).total == len(all_organisations(platform, chief))
    pause(platform, chief, organisation.id, "Ja")
    paused = register.list_organisations(platform, chief, state="paused")
    assert [row.organisation.slug for row in paused.rows] == [organisation.slug]
    with pytest.raises(Invalid) as caught:
        register.change_organisation(platform, chief, organisation.id, name=" ", number="212000-1612")
    assert set(caught.value.fields) == {"name", "number"}
    for attempt in (
        lambda: register.list_organisations(platform, organisation.administrator),
        lambda: register.change_organisation(
            platform, organisation.administrator, organisation.id, name="Mitt", number=""
        ),
        lambda: register.installation_administrators(platform, organisation.administrator),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert [person.name for person in register.installation_administrators(platform, chief)] == ["Root Chef"]
