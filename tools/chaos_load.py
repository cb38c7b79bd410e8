"""People who write all the time while `chaos.py` kills: they use the page, and record what it has told them."""

import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx

from budkavle.cases import attachments
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import sending
from budkavle.model.errors import BudkavleError
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.model.people import Actor, User
from budkavle.storage.platform import Platform
from budkavle_demo.content import pdf

PATIENCE = 10.0
PAUSE, SLOWER = 0.1, 0.3
AWAY = 0.3
"""Seconds that people wait if no page responds."""
DOWN = ("Databasen svarar inte", "Databasen hann inte svara")
FULL = ("Databasens disk är full", "Det finns inte plats för filen")
"""What a page says if it cannot do it now: the database is down, or there is no room."""
LARGE = 300_000
"""The bytes of occasional files whose message is too large for a row, so that it is stored with the attachments."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A person's message. Its `subject` is unique."""

    subject: str
    body: str
    file: bytes | None


@dataclass
class Author:
    """A user who writes, and the responses to them.

    Attributes:
        confirmed: By subject: what the page has reported as sent.
        doubtful: Sent, but the response was missing or said that something is down; it may have been stored.
        answers: How often each status was returned. `-` if there was no response.
    """

    mailbox: UUID
    to: Address
    chance: random.Random
    confirmed: dict[str, Letter] = field(default_factory=dict)
    doubtful: dict[str, Letter] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)

    def letter(self) -> Letter:
        """Write a unique text."""
        subject = f"Kaos {uuid4().hex}"
        file = None
        if self.chance.random() < 0.7:
            file = pdf(subject) + self.chance.randbytes(LARGE if self.chance.random() < 0.1 else 2000)
        return Letter(subject, f"Text till {subject}.\n\n" + "åäö " * self.chance.randrange(1, 200), file)


@dataclass
class Reader(Author):
    """A user of the page in a browser."""

    url: str = ""
    cookie: str = ""
    csrf: str = ""

    def write_until(self, stop: threading.Event) -> None:
        """Send one message after the other."""
        headers = {"sec-fetch-site": "same-origin", "accept": "text/html", "cookie": f"budkavle={self.cookie}"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE) as browser:
            pause = 0.0
            while not stop.wait(pause):
                answered = self._send(browser, self.letter())
                pause = PAUSE * self.chance.random() if answered else AWAY

    def _send(self, browser: httpx.Client, letter: Letter) -> bool:
        fields = {
            "csrf": self.csrf,
            "mailbox": str(self.mailbox),
            "kind": "sdk",
            "recipients": f"{self.to.transport}:{self.to.value}",
            "subject": letter.subject,
            "body": letter.body,
            "send": "1",
        }
        files = {"file": ("bilaga.pdf", letter.file, "application/pdf")} if letter.file else None
        try:
            answer = browser.post("/compose", data=fields, files=files)
        except httpx.TransportError:
            self.answers["-"] += 1
            self.doubtful[letter.subject] = letter
            return False
        full = answer.status_code in {422, 503} and any(words in answer.text for words in FULL)
        self.answers["full"] += full
        # At the file field, with everything that was typed.
        down = full or (answer.status_code == 422 and any(words in answer.text for words in DOWN))
        code = f"422 ({_refusal(answer.text)})" if answer.status_code == 422 else str(answer.status_code)
        self.answers["503" if down else code] += 1
        sent = answer.status_code == 303 and "sent=" in answer.headers["location"]
        (self.confirmed if sent else self.doubtful)[letter.subject] = letter
        return True


def _refusal(page: str) -> str:
    """Return the errors that a form reports."""
    parts = [
        page.partition(f'id="{name}"')[2].partition("</div>")[0].partition(">")[2] for name in ("notice", "faults")
    ]
    return " ".join(re.sub("<[^>]*>", " ", " ".join(parts)).split())


@dataclass
class Client(Author):
    """A program that sends with the core's public function, as a plugin does. It also writes while the web is down."""

    platform: Platform | None = None
    actor: Actor | None = None

    def write_until(self, stop: threading.Event) -> None:
        """Send one message after the other."""
        while not stop.wait(SLOWER * self.chance.random()):
            self._send(self.letter())

    def _send(self, letter: Letter) -> None:
        if self.platform is None or self.actor is None:
            raise TypeError("A client needs a platform and an actor.")
        try:
            files: tuple[UUID, ...] = ()
            if letter.file:
                files = (attachments.store(self.platform, self.actor, "a.pdf", "application/pdf", [letter.file]).id,)
            draft = Draft((self.to,), letter.subject, letter.body, files)
            with self.platform.work(self.actor) as work:
                sending.send(work, self.mailbox, draft)
        except Exception as error:  # noqa: BLE001 - whatever it is, the summary reports it
            # Counted as on a page: an address book that cannot read its tables reports that it does not respond.
            self.answers["503" if isinstance(error, BudkavleError) and error.status == 503 else repr(error)] += 1
            self.doubtful[letter.subject] = letter
        else:
            self.answers["sent"] += 1
            self.confirmed[letter.subject] = letter


def reader(platform: Platform, url: str, user: User, mailbox: UUID, to: Address, chance: random.Random) -> Reader:
    """Open a browser in which this user is signed in."""
    cookie = sessions.start(platform, SignedIn(user, Loa.TWO, "password", "/"))
    csrf = sessions.find(platform, cookie).csrf
    return Reader(mailbox, to, chance, url=url, cookie=cookie, csrf=csrf)
