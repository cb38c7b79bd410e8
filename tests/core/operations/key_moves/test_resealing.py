"""What was sealed before a renewal is sealed anew: the earlier version then opens nothing, and nothing is lost."""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from string import Formatter
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Struct
from sqlalchemy import event, text
from tests.core.organisation.test_archive import BUILT_IN

from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.cases import attachments
from budkavle.host import host_of
from budkavle.identification import identities, sessions
from budkavle.identification.outcome import SignedIn
from budkavle.identification.sign_out import provider_sessions
from budkavle.messaging import case_view
from budkavle.model.errors import Conflict, Damaged
from budkavle.model.loa import Loa
from budkavle.model.people import CORE_NAME, INSTALLATION, NewIdentity, ProviderSession, SystemActor
from budkavle.model.settings_sections import Setting, SettingsSection
from budkavle.model.states import OrganisationState
from budkavle.operations.key_moves import resealing
from budkavle.operations.key_moves.judging import judge_older
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.key_wrapping import renewing
from budkavle.storage.platform import Platform, open_platform
from budkavle.storage.vault import Vault
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module

SYSTEM = SystemActor(INSTALLATION, CORE_NAME)


@pytest.fixture
def filled(organisation: SampleOrganisation, case_worker: SampleUser) -> dict[str, Any]:
    """Things of an organisation, as their readers have them: messages both ways, a file, an identity."""
    platform = organisation.platform
    file = attachments.store(platform, case_worker, "plan.txt", "text/plain", [b"en plan"])
    sent = organisation.send(case_worker, attachments=(file.id,))
    came = organisation.arrive("Begäran om handling", evidence=b"bytes som de kom")
    in_work(platform, organisation.system, identities.link, NewIdentity("way", "ada", "Adas"), user_id=case_worker.id)
    there = ProviderSession("ada", "session", "an ID token")
    sessions.start(platform, SignedIn(case_worker.user, Loa.TWO, "work", "/", session=there))
    return {"file": file.id, "sent": sent.case_id, "came": came}


def read(organisation: SampleOrganisation, filled: dict[str, Any]) -> list[Any]:
    """All of it, opened."""
    platform, reader = organisation.platform, organisation.case_worker
    seen: list[Any] = [in_work(platform, reader, case_view.case, filled[one]).thread for one in ("sent", "came")]
    with platform.work(reader) as work:
        file, pieces = attachments.open_attachment(work, filled["file"])
        seen += [file.file_name, b"".join(pieces)]
    linked = in_work(platform, organisation.system, identities.linked, reader.id)
    with platform.work(reader) as work:
        kept = [provider_sessions.ended(work, row).there for row in organisation.rows("SELECT * FROM sessions")]
    return [*seen, [identity.label for identity in linked], kept]


def spoil_earlier(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let versions before the newest seal and open nothing any more; words and signatures stay the first one's."""
    own = Vault._keys

    def spoilt(vault: Vault, organisation_id: Any, version: int | None, connection: Any) -> Any:
        keys, newest = own(vault, organisation_id, version, connection), own(vault, organisation_id, None, connection)
        return keys if keys.version == newest.version else replace(keys, parts=bytes(32), small=bytes(32))

    platform.vault.forget()
    monkeypatch.setattr(Vault, "_keys", spoilt)


def renewed(platform: Platform) -> None:
    list(renewing.renew(platform, datetime.now(UTC)))


@pytest.mark.feature("ZS8")
def test_the_earlier_key_opens_nothing_and_nothing_is_lost(
    organisation: SampleOrganisation, filled: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it the version of before may be known to anybody: all opens under the new one alone, slots included."""
    platform = organisation.platform
    read(organisation, filled)  # the first reading is noted, and changes what the next one sees
    before, slots = read(organisation, filled), all_slots(organisation)
    renewed(platform)
    assert sum(resealing.reseal(platform, SYSTEM)) > 5
    spoil_earlier(platform, monkeypatch)
    assert read(organisation, filled) == before
    assert all_slots(organisation) == slots, "nothing is doomed by it, and nothing escapes its gallring"
    assert organisation.rows("SELECT * FROM doomed_slots") == []
    assert sum(resealing.reseal(platform, SYSTEM)) == 0


@pytest.mark.feature("ZS8")
def test_health_tells_of_what_lies_under_earlier_keys(organisation: SampleOrganisation) -> None:
    """From a renewal until all has been sealed anew, and again from the next one."""
    platform = organisation.platform
    told = []
    for step in (None, renewed, resealed, renewed):
        if step:
            step(platform)
            chain_log(platform.database, INSTALLATION)
        told.append([health.notable for health in judge_older(platform, None)])
    assert told == [[], [True], [], [True]]
    assert not list(judge_older(platform, organisation.id))


def test_plugins_that_were_off_are_named(budkavle_open: Callable[..., Platform]) -> None:
    """Nobody says how what they have sealed opens; once they were on at a run, nothing is said."""
    both_on: dict[str, Any] = {"enabled": ("fax", "absence")}
    with closing(budkavle_open(**both_on)) as first:
        SampleOrganisation.create(first, "Habo")
    told = []
    for enabled in (("absence",), ("fax", "absence")):
        platform = budkavle_open(enabled=enabled)
        renewed(platform)
        resealed(platform)
        chain_log(platform.database, INSTALLATION)
        told.append([(health.notable, health.facts) for health in judge_older(platform, None)])
    assert told == [[(True, {"plugins": "fax"})], []]


def test_the_section_of_a_plugin_that_is_off_is_named(
    organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Its secrets stand among the settings of the organisation, and it may have no table."""
    platform = organisation.platform
    organisation.rows(
        "INSERT INTO settings (organisation_id, section, mailbox_id, chosen, changed_at)"
        " VALUES (:organisation, 'telegraph.keys', :nobody, '{}', now()) RETURNING section",
        organisation=organisation.id,
        nobody=INSTALLATION,
    )
    renewed(platform)
    resealed(platform)
    chain_log(platform.database, INSTALLATION)
    assert [health.facts for health in judge_older(platform, None)] == [{"plugins": "telegraph"}]


def test_older_keys_are_found_in_one_question(organisation: SampleOrganisation) -> None:
    """However many organisations there are, so that health stays quick."""
    platform = organisation.platform
    asked = []
    for name in ("Gislaved", "Tranås"):
        renewed(platform)
        statements: list[str] = []

        def note(*arguments: Any, into: list[str] = statements) -> None:
            into.append(arguments[2])

        event.listen(platform.database.engine, "before_cursor_execute", note)
        assert [health.notable for health in judge_older(platform, None)] == [True]
        event.remove(platform.database.engine, "before_cursor_execute", note)
        asked.append(len(statements))
        SampleOrganisation.create(platform, name)
    assert asked[0] == asked[1] > 0


def resealed(platform: Platform) -> None:
    list(resealing.reseal(platform, SYSTEM))


def all_slots(organisation: SampleOrganisation) -> list[Any]:
    """The slots of all keys, files' names, recipients and what else lies under one."""
    slots = organisation.rows("SELECT owner_id, part, slot FROM content_keys ORDER BY owner_id, part")
    for table, column in (("attachments", "name"), ("deliveries", "recipient"), ("deliveries", "wire")):
        slots += organisation.rows(f"SELECT id, sealed_slot({column}) FROM {table} ORDER BY id")
    return slots


@pytest.mark.feature("ZS8")
def test_without_it_the_earlier_key_is_still_needed(
    organisation: SampleOrganisation, filled: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renewal alone leaves what there was as it is, so the test above sees the difference."""
    renewed(organisation.platform)
    spoil_earlier(organisation.platform, monkeypatch)
    with pytest.raises(Damaged):
        read(organisation, filled)


@pytest.mark.feature("ZS8")
def test_it_goes_on_where_it_was_stopped(organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has been done is passed over; while it runs no other begins, and the log has each beginning and end."""
    monkeypatch.setattr(resealing, "BATCH", 1)
    platform = organisation.platform
    for number in range(3):
        organisation.arrive(f"Ärende {number}")
    renewed(platform)
    whole = count_older(organisation)
    run = resealing.reseal(platform, SYSTEM)
    while count_older(organisation) > whole - 2:
        assert next(run) == 1
    with pytest.raises(Conflict):
        next(resealing.reseal(platform, SYSTEM))
    run.close()
    assert count_older(organisation) == whole - 2
    list(resealing.reseal(platform, SYSTEM))
    assert count_older(organisation) == 0
    with platform.database.transaction(INSTALLATION) as connection:
        rows = connection.execute(text("SELECT kind FROM audit_pending ORDER BY at")).scalars().all()
    kinds = [kind for kind in rows if kind.startswith("keys.reseal")]
    assert kinds == ["keys.resealing-begun", "keys.resealing-stopped", "keys.resealing-begun", "keys.resealed"]


def count_older(organisation: SampleOrganisation) -> int:
    (row,) = organisation.rows("SELECT count(*) AS many FROM content_keys WHERE version < 2")
    return int(row.many)


@pytest.mark.feature("ZS8")
def test_an_organisation_on_the_move_is_left(organisation: SampleOrganisation) -> None:
    """Its rows belong to the move; the run goes on with the others, and takes it up once it is at home."""
    organisation.arrive()
    other = SampleOrganisation.create(organisation.platform, "Region Vättern").staffed()
    other.arrive()
    renewed(organisation.platform)
    with organisation.platform.database.transaction(None) as connection:
        moved = text("UPDATE organisations SET state = :state WHERE id = :id")
        connection.execute(moved, {"state": OrganisationState.MOVING.value, "id": organisation.id})
    list(resealing.reseal(organisation.platform, SYSTEM))
    assert count_older(organisation) > 0
    assert count_older(other) == 0


@pytest.mark.feature("ZS8")
def test_what_somebody_changes_meanwhile_is_theirs(organisation: SampleOrganisation, filled: dict[str, Any]) -> None:
    """A row that was read and then sealed by another is left as they wrote it."""
    platform, reader = organisation.platform, organisation.case_worker
    renewed(platform)
    column = next(one for one in resealing._columns(platform) if (one.table, one.name) == ("identities", "label"))
    walk = resealing._small(platform, organisation.id, 2, column)
    (row,) = organisation.rows("SELECT * FROM identities")
    newer = platform.vault.seal_small(organisation.id, f"identity-label:{row.id}", b"Nytt")
    own = resealing._again

    def meanwhile(*arguments: Any) -> Any:
        organisation.rows("UPDATE identities SET label = :value RETURNING id", value=newer)
        return own(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resealing, "_again", meanwhile)
        assert list(walk) == [0]
    (linked,) = in_work(platform, organisation.system, identities.linked, reader.id)
    assert linked.label == "Nytt"


BRIEF = {
    "email_link_outbox.sealed",  # mails that wait
    "meetings_signals.sealed",  # while a meeting lasts
    "outbox.sealed",  # work that waits
    "phone_shares.sealed",  # until somebody signs in, an hour at most
    "sms_outbox.sealed",
}
"""What lives for minutes or days, and is left."""
NOT_OF_THE_ORGANISATIONS_KEY = {
    "eid_evidence.sealed",
    "eid_once.sealed",
    "exports.sealed",
    "removals.sealed",
    "timestamps_stamps.token",  # an authority's, and sealed by nobody
}


@pytest.mark.feature("ZS8")
def test_every_sealed_column_is_named(budkavle_open: Callable[..., Platform]) -> None:
    """Of the core and each plugin, with the columns that its label takes; a new one stays under no old key."""
    platform = budkavle_open(enabled=BUILT_IN)
    columns = resealing._columns(platform)
    made = SampleOrganisation.create(platform)
    renewed(platform)
    assert sum(resealing.reseal(platform, SYSTEM)) == 0  # each is asked for
    named = {f"{one.table}.{one.name}": one for one in columns}
    assert len(named) == len(columns)
    rows = made.rows("SELECT table_name, column_name, data_type FROM information_schema.columns")
    there = {(row.table_name, row.column_name) for row in rows}
    for one in columns:
        for label in one.labels:
            assert {(one.table, name) for _, name, _, _ in Formatter().parse(label) if name} <= there, label
    sealed = {f"{row.table_name}.{row.column_name}" for row in rows if row.data_type == "bytea"}
    sealed = {name for name in sealed if re.search("[.](sealed|token|pair|secret)$", name)}
    assert sealed - named.keys() == BRIEF | NOT_OF_THE_ORGANISATIONS_KEY


class PostSettings(Struct, frozen=True):
    """A section with a secret."""

    password: Annotated[str, Setting(label="Lösenord", secret=True)] = ""


@pytest.mark.feature("ZS8")
def test_secret_settings_follow(budkavle_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stand as text among the others, and open afterwards as before, with no entry in the organisation's log."""
    chosen = msgspec.structs.replace(budkavle_settings, enabled=("post",))
    section = SettingsSection(name="post", type=PostSettings, title="Post")
    plugins = Plugins.load(chosen, offer(post=plugin_module("post", settings_sections=lambda: [section])))
    with closing(open_platform(chosen, plugins)) as platform:
        plugins.start(lambda plugin: host_of(plugin, chosen, lambda: platform))
        made = SampleOrganisation.create(platform)
        in_work(platform, made.system, write_settings, PostSettings, {"password": "hemligt ord"})
        renewed(platform)
        assert sum(resealing.reseal(platform, SYSTEM)) == 1
        spoil_earlier(platform, monkeypatch)
        assert in_work(platform, made.system, read_settings, PostSettings).password == "hemligt ord"
        assert len(made.log_entries("settings.changed")) == 1
