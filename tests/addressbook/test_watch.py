"""Watching the address book: what vanished, moved, was renamed or broke; who is told, and what they can do."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from budkavle.accounts.users import user
from budkavle.host import Host
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.errors import NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import Actor, Role, UserActor
from budkavle.plugins.loader import Of
from budkavle.plugins.protocols.health import Health
from budkavle.plugins.registry import Plugins
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import do_job
from budkavle.web.app import create_app
from budkavle_addressbook import links, watch
from budkavle_addressbook.contacts import favourites
from budkavle_addressbook.national import jsonapi, local_copy

BARN, REGISTRATOR, BUP = "sdk:soc-barn:0203:habo.se", "SE2120000241-0001", "sdk.bup.0203:regionuppsala.se"
PAGE = "/plugin/addressbook/health"


def function(identifier: str, name: str, where: str, participant: str) -> jsonapi.Function:
    return jsonapi.Function(identifier, identifier, name, where, participant)


@pytest.fixture
def changed(copied: Host, habo: Any) -> Host:
    """Three saved recipients and a link; then one vanishes with the link's own, one is renamed, one is moved."""
    for identifier in (BARN, REGISTRATOR, BUP):
        favourites.save(copied, habo.case_worker, habo.mailbox.id, identifier)
    links.link(copied, habo.administrator, habo.other_mailbox.id, BARN)
    assert watch.current_changes(copied, habo.id) == []
    organisation = jsonapi.Organisation("o", "Håbo kommun", "0203:habo.se")
    functions = (
        function(REGISTRATOR, "Kommunens registrator", "Håbo kommun", "0203:habo.se"),
        function(BUP, "BUP Enköping", "Annan region", "0203:annan.se"),
    )
    local_copy.replace(copied, jsonapi.Book((organisation,), functions))
    return copied


def kinds(host: Host, organisation: Any) -> list[tuple[str, str]]:
    return [(one.kind, one.identifier) for one in watch.current_changes(host, organisation.id)]


@pytest.mark.feature("Z6")
def test_what_has_changed_is_found(changed: Host, habo: Any, region: Any) -> None:
    """Each by its kind, the worst first; an organisation sees its own only."""
    assert kinds(changed, habo) == [("link", BARN), ("vanished", BARN), ("moved", BUP), ("renamed", REGISTRATOR)]
    assert kinds(changed, region) == []
    renamed = watch.current_changes(changed, habo.id)[-1]
    assert (renamed.before, renamed.now) == ("Håbo kommun · Registrator", "Håbo kommun · Kommunens registrator")


def test_members_confirm_or_remove(changed: Host, habo: Any) -> None:
    """A new name is taken over by a member, a vanished recipient is removed; nobody else may do either."""
    box = habo.mailbox.id
    for stranger in (habo.outsider, habo.administrator):
        with pytest.raises(NotFound):
            watch.confirm(changed, stranger, box, REGISTRATOR)
        with pytest.raises(NotFound):
            watch.of_mailbox(changed, stranger, box)
    assert watch.confirm(changed, habo.colleague, box, REGISTRATOR)
    assert watch.confirm(changed, habo.colleague, box, BUP)
    assert not watch.confirm(changed, habo.colleague, box, BARN)
    assert [one.kind for one in watch.of_mailbox(changed, habo.case_worker, box)] == ["vanished"]
    favourites.remove(changed, habo.colleague, box, BARN)
    assert watch.of_mailbox(changed, habo.case_worker, box) == []


def test_the_job_notes_when_it_began_and_ended(changed: Host, habo: Any) -> None:
    """Noted once however often it looks; solved when it holds again, begun anew when it breaks again."""
    organisation = habo.id
    for _ in range(2):
        do_job(changed.platform, "addressbook.watch")
    first = {one.change.kind: one for one in watch.history(changed, organisation)}
    assert set(first) == {"link", "vanished", "moved", "renamed"}
    assert all(one.ended_at is None for one in first.values())
    watch.confirm(changed, habo.case_worker, habo.mailbox.id, REGISTRATOR)
    later = datetime.now(UTC) + timedelta(hours=1)
    watch.note(changed, organisation, later)
    now = {one.change.kind: one for one in watch.history(changed, organisation)}
    assert now["renamed"].ended_at == later
    assert now["vanished"].noted_at == first["vanished"].noted_at
    watch.note(changed, organisation, later + watch.KEPT + timedelta(days=1))
    assert {one.change.kind for one in watch.history(changed, organisation)} == {"link", "vanished", "moved"}


def test_without_a_copy_nothing_is_said(host: Host, habo: Any) -> None:
    """Before the first reading nothing has vanished, and nothing is noted."""
    assert watch.current_changes(host, habo.id) == []
    watch.note(host, habo.id)
    assert watch.history(host, habo.id) == []


@pytest.fixture
def sign_in(platform: Platform) -> Iterator[Callable[[Actor], TestClient[Any]]]:
    """Sign in, one after the other; `csrf` is set on the client."""
    with TestClient(create_app(platform)) as client:

        def as_(actor: Actor) -> TestClient[Any]:
            assert actor.user_id is not None
            person = in_work(platform, system_actor(actor.organisation_id), user, actor.user_id)
            cookie = sessions.start(platform, SignedIn(person, Loa.TWO, "password", "/"))
            client.cookies.set("budkavle", cookie)
            client.headers.update({"accept": "text/html", "sec-fetch-site": "same-origin"})
            client.params = {}
            client.csrf = sessions.find(platform, cookie).csrf  # type: ignore[attr-defined]
            return client

        yield as_


def test_the_page_tells_administrators_what_to_do(
    changed: Host, habo: Any, sign_in: Callable[[Actor], TestClient[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links by name, saved recipients by number and mailbox, certificates from any plugin; nobody else gets there."""

    def call_hook(plugins: Plugins, hook: str, organisation_id: Any) -> list[Of[Any]]:
        assert hook == "addressbook_certificates"
        facts = {"days": 9}
        ending = Health("Underskriften", False, "Certifikatet går ut om {days} dagar.", "Förnya det.", facts)
        return [Of("sdk", [ending])]

    monkeypatch.setattr(Plugins, "call_hook", call_hook)
    watch.note(changed, habo.id)
    page = sign_in(habo.administrator).get(PAGE).text
    assert "Adressbokens status" in page
    assert f"Brevlådans koppling till {BARN} håller inte längre." in page
    assert "3 sparade mottagare har försvunnit, flyttats eller bytt namn." in page
    assert "Certifikatet går ut om 9 dagar." in page
    assert "En sparad mottagare försvann ur adressboken." in page
    assert REGISTRATOR not in page
    assert "Kommunens registrator" not in page
    assert "4 saker behöver ses över." in sign_in(habo.administrator).get("/organisation/settings").text
    assert sign_in(habo.case_worker).get(PAGE).status_code == 403


def test_a_mailbox_s_own_page_lets_members_put_it_right(
    changed: Host, habo: Any, sign_in: Callable[[Actor], TestClient[Any]], platform: Platform
) -> None:
    """An administrator who is no member sees how many; a member who administers sees which, and confirms."""
    from budkavle.accounts.mailboxes import set_administrator

    path = f"/mailboxes/{habo.mailbox.id}"
    seen = sign_in(habo.administrator).get(path).text
    assert "3 sparade mottagare behöver ses över av någon som har brevlådan." in seen
    assert "Kommunens registrator" not in seen
    in_work(
        platform, habo.administrator, set_administrator, habo.mailbox.id, habo.case_worker.user_id, administrator=True
    )
    client: Any = sign_in(habo.case_worker)
    assert "Håbo kommun · Registrator har bytt namn till Håbo kommun · Kommunens registrator." in client.get(path).text
    form = {"csrf": client.csrf, "identifier": REGISTRATOR}
    assert (
        client.post(f"{PAGE}/{habo.mailbox.id}/confirm", data=form, follow_redirects=False).headers["location"] == path
    )
    client.post(f"{PAGE}/{habo.mailbox.id}/remove", data={**form, "identifier": BARN})
    assert [one.kind for one in watch.of_mailbox(changed, habo.case_worker, habo.mailbox.id)] == ["moved"]
    chief: Any = sign_in(UserActor(habo.id, habo.administrator.user_id, "Admin", Role.ADMIN))
    form = {"csrf": chief.csrf, "identifier": BUP}
    assert chief.post(f"{PAGE}/{habo.mailbox.id}/remove", data=form).status_code == 404
