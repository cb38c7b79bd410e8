"""Entries as OCSF and over HTTPS, and what the form says of what is typed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from budkavle import Invalid, Platform, SettingsSection
from budkavle.accounts import add_members, create_mailbox
from budkavle.storage.audit import Entry
from budkavle.testing.acting import in_work
from budkavle.testing.contracts import SettingsSectionContract
from budkavle.testing.words import untranslated
from budkavle_siem import ocsf, syslog
from budkavle_siem.settings import pem
from budkavle_siem.tables import cursors

LOG = ocsf.Log(uuid4(), "meddelande.habo.example")
REQUIRED = {
    ocsf.SIGN_IN: {"user"},
    ocsf.ACCESS: {"user", "privileges"},
    ocsf.API: {"actor", "api", "src_endpoint"},
}
"""Beside those of every class; https://schema.ocsf.io/1.8.0/classes."""
EVERY = {"metadata", "time", "category_uid", "class_uid", "activity_id", "type_uid", "severity_id"}


def entry(kind: str, **facts: Any) -> Entry:
    return Entry(7, datetime(2026, 11, 27, 12, tzinfo=UTC), kind, str(uuid4()), "Åsa Ek", str(uuid4()), facts)


@pytest.mark.feature("OX3")
@pytest.mark.parametrize("kind", [*ocsf.CLASSES, "message.sent", "case.viewed", "case.destroyed", "settings.changed"])
def test_each_kind_has_what_its_class_requires(kind: str) -> None:
    """Class, activity and type agree, and nothing that is required is missing or empty."""
    made = ocsf.event(LOG, entry(kind, user=str(uuid4())))
    assert EVERY | REQUIRED[made["class_uid"]] <= made.keys()
    assert made["type_uid"] == made["class_uid"] * 100 + made["activity_id"]
    assert made["category_uid"] == made["class_uid"] // 1000
    assert made["metadata"]["version"] == "1.8.0"
    assert made["metadata"]["uid"] == f"{LOG.id}:7"
    assert made["time"] == 1795780800000
    json.loads(ocsf.line(LOG, entry(kind)))


@pytest.mark.feature("OX3")
def test_what_did_not_go_well_is_marked() -> None:
    """As a failure in OCSF, and a warning in syslog."""
    made = ocsf.event(LOG, entry("message.refused"))
    assert (made["status_id"], made["severity_id"]) == (2, 3)
    assert b"<108>1 " in syslog.message(LOG, entry("message.refused"), "x@1", as_ocsf=False)
    assert b"<110>1 " in syslog.message(LOG, entry("message.sent"), "x@1", as_ocsf=False)


@pytest.mark.feature("OX3", "ZS4")
def test_the_marks_of_session_and_address_go_along() -> None:
    """In each form; an entry from outside of the web has none."""
    done = replace(entry("message.sent"), session="5e551011", address="add7e55a", way="bankid", loa=3)
    marks = b'actorSession="5e551011" actorAddress="add7e55a" actorWay="bankid" actorLoa="3"'
    assert marks in syslog.message(LOG, done, "x@1", as_ocsf=False)
    actor = json.loads(syslog.plain_line(LOG, done))["actor"]
    assert (actor["session"], actor["address"], actor["way"], actor["loa"]) == ("5e551011", "add7e55a", "bankid", 3)
    assert ocsf.event(LOG, done)["actor"]["session"] == {"uid": "5e551011"}
    outside = syslog.plain_line(LOG, entry("message.sent")), ocsf.line(LOG, entry("message.sent"))
    assert not any("session" in line for line in outside)


@pytest.mark.feature("OX3")
def test_a_frame_counts_octets_and_a_name_ends_nothing() -> None:
    """A name with quotation marks, brackets and line breaks stays inside its value."""
    odd = Entry(1, datetime.now(UTC), "user.created", None, 'a"]\\b\nÅ', None, {})
    framed = syslog.message(LOG, odd, "x@1", as_ocsf=True)
    length, _, rest = framed.partition(b" ")
    assert int(length) == len(rest)
    assert 'actor="a\\"\\]\\\\b\nÅ"'.encode() in rest
    assert b"\xef\xbb\xbf" not in rest


@pytest.mark.feature("OX3")
def test_https_is_believed_by_its_status(siem: Any, receiver: Any, collector: Any) -> None:
    """JSON Lines of OCSF with the token; an answer that is no success moves nothing."""
    url = f"https://localhost:{collector.port}/events"
    collector.status = 503
    siem.to(receiver, way="https", form="ocsf", url=url, token="hemligt")
    assert siem.send() == 0
    assert "felkod 503" in siem.fault
    collector.status = 202
    with siem.stream.host.transaction(siem.organisation.id) as connection:
        connection.execute(update(cursors).values(fault_at=None))  # as if the pause were over
    sent = siem.send()
    headers, body = collector.seen[-1]
    assert {name.lower(): text for name, text in headers.items()}["authorization"] == "Bearer hemligt"
    events = [json.loads(line) for line in body.splitlines()]
    assert sent == len(events) == siem.place().number
    assert {one["metadata"]["tenant_uid"] for one in events} == {str(siem.organisation.id)}


@pytest.mark.feature("OX3")
def test_access_to_a_mailbox_names_who_got_it(siem: Any, receiver: Any) -> None:
    """As the entry itself does."""
    organisation = siem.organisation
    admin, person = organisation.administrator, organisation.case_worker
    box = in_work(siem.platform, admin, create_mailbox, "Bygglov")
    in_work(siem.platform, admin, add_members, box.id, [person.id])
    siem.to(receiver, form="ocsf")
    siem.send()
    texts = [json.loads(one.partition(b"] ")[2]) for one in receiver.read]
    made = next(one for one in texts if one["message"] == "mailbox.member-added" and str(box.id) in json.dumps(one))
    assert (made["class_uid"], made["user"]["uid"]) == (ocsf.ACCESS, str(person.id))
    assert made["actor"]["user"]["uid"] == str(admin.id)


def test_a_key_that_was_pasted_in_one_line_is_read(receiver: Any) -> None:
    """A field of one line takes the line breaks away."""
    assert pem(receiver.client_pem.replace("\n", "")) == receiver.client_pem
    assert pem("något annat") == ""


class TestStreamSettings(SettingsSectionContract):
    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["siem.stream"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        key = "-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----"
        return {
            "on": True,
            "way": "https",
            "form": "ocsf",
            "host": "logg.habo.example",
            "port": 601,
            "ca": certificate,
            "client": certificate.replace("\n", "") + key,
            "url": "https://logg.habo.example/handelser",
            "token": "hemligt",
            "history": True,
        }

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"port": 0, "way": "post", "form": "cef"}


LEADING_NOWHERE: list[tuple[dict[str, Any], str]] = [
    ({"host": ""}, "host"),
    ({"host": "https://logg.habo.se"}, "host"),
    ({"way": "https", "url": "http://logg.habo.se"}, "url"),
    ({"ca": "inget"}, "ca"),
    ({"client": "-----BEGIN CERTIFICATE-----AA-----END CERTIFICATE-----"}, "client"),
]


def test_what_leads_nowhere_is_refused(siem: Any) -> None:
    """With a sentence at the field."""
    for values, field in LEADING_NOWHERE:
        with pytest.raises(Invalid) as error:
            siem.choose(**values)
        assert field in error.value.fields, values


def test_everything_is_translated() -> None:
    """The Swedish of the plugin has English."""
    import budkavle_siem

    assert untranslated(budkavle_siem) == []


def test_settings_of_the_installation_that_lead_nowhere_stop_the_start(
    open_siem: Callable[..., Platform], tmp_path: Path
) -> None:
    """With what is wrong."""
    with pytest.raises(Exception, match="host"):
        open_siem(installation={"port": 6514})
