"""Webhooks: verified by the library, tried again, sent anew by people, and taken once."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from budkavle import Permanent, Platform, Temporary
from budkavle.cases import close
from budkavle.testing import SampleOrganisation, do_job, in_work
from budkavle_case_system import events, handing_over, lists, webhooks

SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODk="
OTHER = "whsec_enl4d3Z1dHNycXBvbm1sa2ppaGdmZWRjYmEwMTIzNDU="


def again(delivering: Any) -> None:
    """Send every delivery again, as the button does."""
    with delivering.platform.work(delivering.organisation.administrator) as work:
        for row in delivering.rows("id"):
            lists.send_again(delivering.host, work, row.id)
    delivering.deliver()


@pytest.mark.feature("ZR3")
def test_a_message_that_comes_is_told(by_webhook: Any, organisation: SampleOrganisation) -> None:
    """With ids, kind and time, and nothing of its content; the log says that the case system has it."""
    case_id = organisation.arrive("Hemlig rubrik", body="Hemlig text")
    by_webhook.read()
    by_webhook.deliver()
    (event,) = by_webhook.system.effects.values()
    assert event["type"] == "message.received"
    assert event["data"]["case"] == str(case_id)
    assert event["data"]["mailbox"] == str(organisation.mailbox.id)
    (row,) = organisation.rows("SELECT id, created_at FROM messages")
    assert event["data"]["message"] == str(row.id)
    assert datetime.fromisoformat(event["timestamp"]).tzinfo
    assert b"Hemlig" not in by_webhook.system.bodies[0]
    assert by_webhook.states() == ["acknowledged"]
    assert len(organisation.log_entries("case_system.acknowledged")) == 1


@pytest.mark.feature("ZR3")
def test_everything_that_may_be_told(delivering: Any, organisation: SampleOrganisation) -> None:
    """A case opens, a message comes, another goes, the case closes; each once, however often the log is read."""
    delivering.choose(webhook=True, url=delivering.system.url, secret=SECRET)
    case_id = organisation.arrive()
    organisation.send(organisation.case_worker)
    in_work(organisation.platform, organisation.case_worker, close, case_id)
    assert delivering.read() == 4
    assert delivering.read() == 0
    delivering.deliver()
    kinds = sorted(event["type"] for event in delivering.system.effects.values())
    assert kinds == ["case.closed", "case.opened", "message.received", "message.sent"]


def test_only_what_was_chosen_and_where(by_webhook: Any, organisation: SampleOrganisation) -> None:
    """Another mailbox may have its own choice; what comes to a person's own inbox is told to nobody."""
    from budkavle.accounts import write_settings
    from budkavle_case_system.settings import DeliverySettings

    with organisation.platform.work(organisation.administrator) as work:
        write_settings(work, DeliverySettings, {"webhook": False}, mailbox_id=organisation.other_mailbox.id)
    organisation.send(organisation.case_worker)
    organisation.arrive(mailbox_id=organisation.other_mailbox.id)
    organisation.arrive(mailbox_id=organisation.case_worker.personal_id)
    assert by_webhook.read() == 0


@pytest.mark.feature("ZR3")
@pytest.mark.parametrize("failure", ["dead", "slow", "rejecting"])
def test_nothing_is_lost_and_each_id_has_one_effect(
    by_webhook: Any, organisation: SampleOrganisation, failure: str
) -> None:
    """The receiver is dead, slow or rejecting at first; the list says why, and later it has all of it."""
    system = by_webhook.system
    if failure == "dead":
        system.stop()
    system.pause = 3 if failure == "slow" else 0
    system.statuses = [500] * 3 if failure == "rejecting" else []
    for _ in range(3):
        organisation.arrive()
    by_webhook.read()
    by_webhook.deliver()
    assert by_webhook.states() == ["waiting"] * 3
    assert all(row.fault and row.tries == 1 for row in by_webhook.rows())
    if failure == "dead":
        system.start()
    system.pause = 0
    by_webhook.hurry()
    by_webhook.deliver()
    assert by_webhook.states() == ["acknowledged"] * 3
    assert len(system.effects) == 3
    assert {row.fault for row in by_webhook.rows()} == {""}


@pytest.mark.feature("ZR3")
def test_sent_again_it_has_the_same_id_and_one_effect(by_webhook: Any, organisation: SampleOrganisation) -> None:
    """A replay has a new time and signature, which the library accepts."""
    organisation.arrive()
    by_webhook.read()
    by_webhook.deliver()
    again(by_webhook)
    system = by_webhook.system
    assert len(system.requests) == 2
    assert len(set(system.requests)) == 1
    assert len(system.effects) == 1
    assert system.refused == 0
    assert by_webhook.states() == ["acknowledged"]


def test_a_worker_that_ended_after_the_answer_sends_the_same_id(
    by_webhook: Any, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken, but nobody could note it: the next try has the same id, and one effect."""
    organisation.arrive()
    by_webhook.read()

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(handing_over, "_tell", die)
        do_job(by_webhook.platform, "outbox.case_system.deliveries")
    assert by_webhook.states() == ["waiting"]
    by_webhook.hurry()
    by_webhook.deliver()
    assert by_webhook.states() == ["acknowledged"]
    assert len(by_webhook.system.requests) == 2
    assert len(by_webhook.system.effects) == 1


@pytest.mark.feature("ZR3")
def test_what_is_given_up_says_why_and_is_sent_again(by_webhook: Any, organisation: SampleOrganisation) -> None:
    """410 says that the receiver is gone; people see it, mend it, and send it again."""
    by_webhook.system.statuses = [410]
    organisation.arrive()
    by_webhook.read()
    by_webhook.deliver()
    assert by_webhook.states() == ["failed"]
    assert "410" in by_webhook.rows("fault")[0].fault
    assert len(organisation.log_entries("case_system.failed")) == 1
    with by_webhook.platform.work(organisation.administrator) as work:
        assert lists.send_failed_again(by_webhook.host, work, None) == 1
        assert lists.send_failed_again(by_webhook.host, work, None) == 0
    by_webhook.deliver()
    assert by_webhook.states() == ["acknowledged"]


def test_a_redirect_is_not_followed(by_webhook: Any, organisation: SampleOrganisation) -> None:
    """Wherever it leads."""
    by_webhook.system.statuses, by_webhook.system.location = [302], by_webhook.system.url
    organisation.arrive()
    by_webhook.read()
    by_webhook.deliver()
    assert len(by_webhook.system.requests) == 1
    assert "omdirigering" in by_webhook.rows("fault")[0].fault


def test_an_answer_without_end_is_cut(by_webhook: Any, organisation: SampleOrganisation) -> None:
    """Its status counts, and no more of it is read than its beginning."""
    by_webhook.system.drips = True
    organisation.arrive()
    by_webhook.read()
    by_webhook.deliver()
    assert by_webhook.states() == ["acknowledged"]


def test_an_address_inside_is_refused(by_webhook: Any, organisation: SampleOrganisation, platform: Platform) -> None:
    """Even where it was saved: nothing is sent there, and the list says so."""
    by_webhook.choose(url=by_webhook.system.url.replace("127.0.0.1", "127.0.0.2"))
    organisation.arrive()
    by_webhook.read()
    by_webhook.deliver()
    assert by_webhook.system.bodies == []
    assert "internt nät" in by_webhook.rows("fault")[0].fault


@pytest.mark.feature("ZR3")
def test_both_secrets_sign_while_one_is_changed(by_webhook: Any, organisation: SampleOrganisation) -> None:
    """A receiver that has either takes it; one that has neither does not."""
    by_webhook.choose(secret=OTHER, former_secret=SECRET)
    for secret in (SECRET, OTHER):
        by_webhook.system.secret = secret
        organisation.arrive()
        by_webhook.read()
        by_webhook.deliver()
    assert len(by_webhook.system.effects) == 2
    by_webhook.choose(former_secret=None)
    by_webhook.system.secret = SECRET
    again(by_webhook)
    assert by_webhook.system.refused == 2
    stored = organisation.rows("SELECT * FROM case_system_deliveries")
    assert SECRET not in repr(stored)


def test_the_time_is_signed_in_utc() -> None:
    """The library overwrites the zone of what it signs: ours converts first."""
    local = datetime.now(timezone(timedelta(hours=5)))
    content = webhooks.body("test", local, {})
    signed = webhooks.headers("msg_1", local, content, [SECRET])
    assert Webhook(SECRET).verify(content, signed)["type"] == "test"
    assert signed["webhook-timestamp"] == str(int(local.timestamp()))
    assert webhooks.body("x", datetime(2026, 1, 1, 5, tzinfo=UTC), {}) == (
        b'{"type":"x","timestamp":"2026-01-01T05:00:00.000Z","data":{}}'
    )


def test_what_is_switched_off_meanwhile_is_not_sent(by_webhook: Any, organisation: SampleOrganisation) -> None:
    """The list says that it was not delivered."""
    organisation.arrive()
    by_webhook.read()
    by_webhook.choose(webhook=False)
    by_webhook.deliver()
    assert by_webhook.system.bodies == []
    assert by_webhook.states() == [events.PASSED]


@pytest.mark.feature("ZR3")
def test_the_settings_can_be_tried(by_webhook: Any, organisation: SampleOrganisation) -> None:
    """A signed call of the type test; what fails says what to do."""
    section = by_webhook.platform.plugins.settings_sections["case_system.delivery"]
    from budkavle.accounts import read_settings
    from budkavle_case_system.settings import DeliverySettings

    with by_webhook.platform.work(organisation.administrator) as work:
        chosen = read_settings(work, DeliverySettings)
    assert list(section.test.run(organisation.administrator, chosen, "")) == [
        "Ärendesystemet tog emot ett anrop av typen test."
    ]
    assert [event["type"] for event in by_webhook.system.effects.values()] == ["test"]
    by_webhook.system.stop()
    with pytest.raises(Temporary):
        list(section.test.run(organisation.administrator, chosen, ""))
    with pytest.raises(Permanent):
        list(section.test.run(organisation.administrator, DeliverySettings(), ""))
