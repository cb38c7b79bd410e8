"""An installation with a telephone, and people who identify in it."""

from dataclasses import dataclass, field

from playwright.sync_api import Page, expect
from sqlalchemy import text

from budkavle.accounts import mailboxes
from budkavle.identification import sessions
from budkavle.identification.outcome import SignedIn
from budkavle.messaging import sending
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.model.people import Role, User
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import settled_user
from budkavle.testing.working import deliver_due

PASSWORD = "en lång mening om vintern"


@dataclass
class Hall:
    """The installation, its telephone, and its people: each test has somebody of its own."""

    url: str
    phone: str
    platform: Platform
    root: User
    people: dict[str, User] = field(default_factory=dict)

    def person(self, name: str, role: Role = Role.USER) -> User:
        """Make an account with a password."""
        email = f"{name.lower().replace(' ', '.')}@habo.example"
        chief = system_actor(self.root.organisation_id)
        return in_work(self.platform, chief, settled_user, email=email, name=name, password=PASSWORD, role=role)

    def message(self, to: User, loa: Loa) -> None:
        """Send somebody a message with a level."""
        box = mailboxes.personal_mailbox(to)
        address = Address("local", str(box.id), to.name, "Håbo kommun", str(to.organisation_id))
        draft = Draft((address,), "Beslut om vårdnad", "Hej! Här är beslutet.", loa=loa)
        in_work(
            self.platform, self.root.acting(Loa.THREE), sending.send, mailboxes.personal_mailbox(self.root).id, draft
        )
        deliver_due(self.platform)

    def raise_to_three(self, page: Page, user: User) -> None:
        """Let a browser's person have just shown who they are, at level 3."""
        cookie = sessions.start(self.platform, SignedIn(user, Loa.THREE, "bankid", "/"))
        page.context.add_cookies([{"name": "budkavle", "value": cookie, "url": self.url}])

    def expire(self, user: User) -> None:
        """Let the sessions of somebody be over."""
        with self.platform.database.transaction(user.organisation_id) as connection:
            past = text("UPDATE sessions SET seen_at = seen_at - interval '2 hours' WHERE user_id = :id")
            connection.execute(past, {"id": user.id})


def enter(page: Page, user: User, path: str = "/sign-in?way=password") -> None:
    """Sign in with the password."""
    page.goto(path)
    page.get_by_label("E-post").fill(user.email)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()


def approve(phone: Page, hall: Hall, person: str) -> None:
    """Take the telephone, scan the code of BankID on the screen, and approve."""
    phone.goto(f"{hall.phone}/?person={person}")
    section = phone.get_by_role("region", name="BankID", exact=True)
    section.get_by_role("button", name="Skanna koden på skärmen").click()
    section.get_by_role("button", name="Godkänn som").click()
    expect(phone.get_by_text("Klart. Du är legitimerad.")).to_be_visible()
