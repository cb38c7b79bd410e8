"""Being away: the automatic answer and the page (features U7 to U10)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient

from budkavle import Address, Draft, Host, Invalid, Loa, MailboxKind, Platform
from budkavle.accounts import list_delegations
from budkavle.accounts.organisations import create_organisation
from budkavle.accounts.users import create_user
from budkavle.cases import list_cases, mailbox_counts
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import read_case, send
from budkavle.model.people import Actor, User, UserActor
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import deliver_due
from budkavle.web.app import create_app
from budkavle_absence.auto_reply import auto_reply, set_auto_reply
from budkavle_absence.auto_reply_sending import PREFIX


@dataclass(frozen=True)
class House:
    """An installation where Ada and Bo work in one organisation and write to each other."""

    platform: Platform
    host: Host
    people: dict[str, User]

    def actor(self, name: str) -> Actor:
        user = self.people[name]
        return UserActor(user.organisation_id, user.id, user.name, loa=Loa.THREE)

    def box(self, name: str) -> UUID:
        mine = in_work(self.platform, self.actor(name), mailbox_counts)
        return next(one.mailbox.id for one in mine if one.mailbox.kind is MailboxKind.PERSONAL)

    def write(self, sender: str, to: str, subject: str = "Fråga", **more: Any) -> None:
        recipient = Address("secure", self.people[to].email)
        draft = Draft((recipient,), subject, "Hej!", **{"loa": Loa.TWO, **more})
        in_work(self.platform, self.actor(sender), send, self.box(sender), draft)
        for _ in range(4):  # the message, and an answer to it that may follow
            deliver_due(self.platform)

    def subjects(self, name: str) -> list[str]:
        """The subjects of all that has come to somebody's inbox."""
        found = in_work(self.platform, self.actor(name), list_cases, self.box(name)).items
        threads = [in_work(self.platform, self.actor(name), read_case, case.id).thread for case in found]
        return [one.message.subject for thread in threads for one in thread if one.message.state]


@pytest.fixture
def house(budkavle_open: Callable[..., Platform]) -> House:
    platform = budkavle_open(enabled=("absence",))
    made = create_organisation(platform, system_actor(), "Håbo kommun")
    people = {
        name: in_work(platform, system_actor(made.id), create_user, email=f"{name.lower()}@habo.example", name=name)
        for name in ("Ada", "Bo")
    }
    return House(platform, platform.plugins.host("absence"), people)


@pytest.mark.feature("U7", "U8")
def test_each_sender_gets_the_answer_once(house: House) -> None:
    """Of three messages in one absence the first is answered; in the next absence the first again."""
    set_auto_reply(house.host, house.actor("Bo"), active=True, text="Jag är tillbaka på måndag.")
    for subject in ("Ett", "Två", "Tre"):
        house.write("Ada", "Bo", subject)
    assert house.subjects("Ada") == [f"{PREFIX}Ett"]
    set_auto_reply(house.host, house.actor("Bo"), active=False, text="Jag är tillbaka på måndag.")
    house.write("Ada", "Bo", "Fyra")
    set_auto_reply(house.host, house.actor("Bo"), active=True, text="Borta igen.")
    house.write("Ada", "Bo", "Fem")
    assert sorted(house.subjects("Ada")) == [f"{PREFIX}Ett", f"{PREFIX}Fem"]
    assert sorted(house.subjects("Bo")) == ["Ett", "Fem", "Fyra", "Tre", "Två"]


@pytest.mark.feature("U7")
def test_two_who_are_away_do_not_answer_each_other_for_ever(house: House) -> None:
    """An automatic answer is never answered."""
    for name in ("Ada", "Bo"):
        set_auto_reply(house.host, house.actor(name), active=True, text="Borta.")
    house.write("Ada", "Bo")
    assert house.subjects("Ada") == [f"{PREFIX}Fråga"]
    assert house.subjects("Bo") == ["Fråga"]


@pytest.mark.feature("U7", "M7", "Y4")
def test_the_answer_keeps_the_rules_of_the_message(house: House) -> None:
    """It has the level of what it answers, and none goes where no reply is allowed."""
    set_auto_reply(house.host, house.actor("Bo"), active=True, text="Borta.")
    house.write("Ada", "Bo", "Utan svar", reply_allowed=False)
    assert house.subjects("Ada") == []
    house.write("Ada", "Bo", "Känsligt", loa=Loa.THREE)
    (case,) = in_work(house.platform, house.actor("Ada"), list_cases, house.box("Ada")).items
    answers = [
        one.message
        for one in in_work(house.platform, house.actor("Ada"), read_case, case.id).thread
        if one.message.state
    ]
    assert [one.loa for one in answers] == [Loa.THREE]


@pytest.mark.feature("U8")
def test_an_answer_needs_a_text(house: House) -> None:
    """Switched on without words it is refused; the text is kept when it is switched off."""
    with pytest.raises(Invalid):
        set_auto_reply(house.host, house.actor("Bo"), active=True, text="  ")
    set_auto_reply(house.host, house.actor("Bo"), active=False, text="Borta.")
    bo = house.people["Bo"]
    kept = auto_reply(house.host, bo.organisation_id, bo.id)
    assert (kept.active, kept.text, kept.absence) == (False, "Borta.", "")


@pytest.mark.feature("U7", "U8", "U9", "U10")
def test_the_page(house: House) -> None:
    """The answer is switched on, a colleague is found, let in and out again; faults stand at their fields."""
    ada = house.people["Ada"]
    cookie = sessions.start(house.platform, SignedIn(ada, Loa.TWO, "password", "/"))
    csrf = sessions.find(house.platform, cookie).csrf
    with TestClient(create_app(house.platform)) as client:
        client.cookies.set("budkavle", cookie)
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}

        def post(path: str, **fields: str) -> Any:
            data = {"csrf": csrf, **fields}
            return client.post(f"/plugin/absence{path}", data=data, headers=headers, follow_redirects=False)

        assert post("/reply", active="on", auto_reply="").status_code == 422
        assert post("/reply", active="on", auto_reply="Borta.").headers["location"].endswith("said=reply")
        assert "Borta." in client.get("/plugin/absence", headers=headers).text
        assert "bo@habo.example" in client.get("/plugin/absence?q=Bo", headers=headers).text
        missing = post("/delegate", q="Bo")
        assert missing.status_code == 422
        assert "Välj den sista dagen" in missing.text
        assert post("/delegate", q="Bo", person=str(uuid4()), until="2099-01-01").status_code == 422
        day = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
        given = post("/delegate", q="Bo", person=str(house.people["Bo"].id), until=day, may_answer="1")
        assert given.headers["location"].endswith("said=delegated")
        (one,) = in_work(house.platform, house.actor("Ada"), list_delegations)
        assert (one.name, one.old_too, one.may_answer) == ("Bo", False, True)
        assert "Avsluta delegeringen till Bo" in client.get("/plugin/absence", headers=headers).text
        post("/end", person=str(house.people["Bo"].id))
        assert in_work(house.platform, house.actor("Ada"), list_delegations) == []
