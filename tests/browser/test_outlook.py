"""The pane in Outlook, in a browser, unchanged: a stand-in answers where office.js is fetched, and frames the pane.

The installation has its real name and TLS. What stands in for Outlook has the shapes of Microsoft's own types, and
speaks for office.js alone: which clients do what, only a real tenant can show (docs/clients.md).
"""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, FrameLocator, Page, expect

from budkavle import Address, Loa, Message, Role
from budkavle.cases import store_attachment
from budkavle.identification import NewIdentity, link_identity
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.databases import Databases
from budkavle.testing.running import free_ports, installed, working
from budkavle_email_link.mail.outbox import Outbox as Mails
from budkavle_identity_tokens.simulated_entra import Entra
from budkavle_microsoft_apps.simulated_https import make_certificate, tls_before
from budkavle_outlook.guard.script import code_of
from budkavle_outlook.simulator.outlook import Outlook, attachment, cloud_attachment, people

OURS = "budkavle.example"
PATH = "/plugin/outlook/outlook"
PANE = f"https://{OURS}{PATH}/open"
PASSWORD = "en lång mening om vintern"
MORE = """\
[plugins.email_link]
host = "outbox"

[[plugins.outlook.apps]]
tenant = "{tenant}"
client_id = "{client}"
organisations = ["habo-kommun"]
authority = "{authority}"
decrypt = true
"""
SURE = '''\
"""A way of level 3, as an e-identification is."""

from budkavle import Loa, ProviderTraits, hookimpl
from budkavle.testing.fakes import FakeIdentityProvider


@hookimpl
def budkavle_identity_providers(host):
    return [FakeIdentityProvider(name="sure", label="E-legitimation", traits=ProviderTraits(Loa.THREE))]
'''
AXE = (
    "rules => axe.run({runOnly: rules, resultTypes: ['violations'], elementRef: false}).then(found => found.violations)"
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (320, 450)
NUMBER = "19811218-9876"
PDF = b"%PDF-1.7\nunderlaget\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\xff bild"
EXPECTED = ("status of 4", "Failed to fetch", "the answer is lost")
"""What is no fault of the page: an answer such as 422, a fetch when it was left, and a test's own fault."""
TEXT = "Hej Maria!\n\nVälkommen på torsdag."


@dataclass
class OutlookInstallation:
    """An organisation's installation behind TLS; Anna and Bo have accounts there."""

    organisation: SampleOrganisation
    entra: Entra
    anna: SampleUser
    bo: SampleUser
    port: int

    def mail(self, to: str, path: str = "/", after: int = 0) -> str:
        """The text of the newest mail to somebody with a link of ours that begins so."""
        outbox = Mails(self.organisation.platform.plugins.host("email_link"))
        for _ in range(400):
            texts = [one.mail.text for one in outbox.latest() if one.mail.to == to]
            mails = [text for text in texts if f"https://{OURS}{path}" in text]
            if len(mails) > after:
                return mails[0]
            threading.Event().wait(0.05)
        pytest.fail("no mail has come")

    def write_to_anna(self, subject: str, **values: Any) -> Message:
        """Let Bo write to Anna."""
        recipients = (Address("secure", self.anna.email),)
        facts = {"recipients": recipients, "body": f"Hej! Det gäller **{subject}**.", "loa": Loa.ONE, **values}
        return self.organisation.send(self.bo.at(Loa.THREE), subject, mailbox_id=self.bo.personal_id, **facts)

    def notices(self) -> int:
        """How many notices of messages Anna has had."""
        outbox = Mails(self.organisation.platform.plugins.host("email_link"))
        return sum(one.mail.to == self.anna.email and "/c/" in one.mail.text for one in outbox.latest())

    def notice(self, after: int) -> str:
        """The notice to Anna that has come after so many, as Outlook shows it: HTML with a link."""
        link = re.search(r"https://\S+/c/\S+", self.mail(self.anna.email, "/c/", after))
        assert link
        return f'<p>Du har fått ett säkert meddelande</p><p><a href="{link[0]}">Läs meddelandet</a></p>'

    def unlink(self) -> None:
        """Forget what has been linked, and every session."""
        for table in ("identities", "sessions"):
            self.organisation.rows(f"DELETE FROM {table}")

    def link(self) -> None:
        """Link Anna's account in Outlook, as she did some other day."""
        subject = f"{self.entra.tenant}.{self.entra.people[self.anna.email]}"
        identity = NewIdentity("outlook", subject, "Microsoft Outlook")
        in_work(self.organisation.platform, self.anna.at(Loa.TWO), link_identity, identity)

    def signed_in(self) -> dict[str, Any]:
        """What Outlook knows of Anna, with a token for our app."""
        oid, tenant = self.entra.people[self.anna.email], self.entra.tenant
        account = {"homeAccountId": f"{oid}.{tenant}", "localAccountId": oid, "tenantId": tenant}
        account |= {"environment": "login.microsoftonline.com", "username": self.anna.email}
        return {"token": self.entra.token(oid, azp=self.entra.client_id), "account": account}


@pytest.fixture(scope="module")
def installation(
    platform: Any, budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OutlookInstallation]:
    """Start everything."""
    folder = tmp_path_factory.mktemp("outlook")
    plugins = folder / "plugins"
    info = plugins / "budkavle_sure-1.dist-info"
    info.mkdir(parents=True)
    (plugins / "budkavle_sure.py").write_text(SURE, "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: budkavle-sure\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text("[budkavle]\nsure = budkavle_sure\n", "utf-8")
    certificate = make_certificate(tmp_path_factory.mktemp("tls"), (OURS,))
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(plugins))
        entra = stack.enter_context(Entra().serving())
        more = MORE.format(tenant=entra.tenant, client=entra.client_id, authority=entra.url)
        enabled = ["outlook", "email_link", "adviser", "sure"]
        made = stack.enter_context(
            installed(budkavle_databases, folder, enabled, more, base_url=f"https://{OURS}", pythonpath=[plugins])
        )
        organisation = SampleOrganisation.create(made.platform, "Habo kommun", password=PASSWORD)
        anna, bo = (
            organisation.add_user(name, email=f"{name.split()[0].lower()}@habo.example")
            for name in ("Anna Ek", "Bo Al")
        )
        organisation.add_user("Eva Åberg", Role.ADMIN, email="eva@habo.example")
        entra.people = {anna.email: str(uuid4())}
        port = int(made.url.rpartition(":")[2])
        stack.enter_context(made.serving())
        stack.enter_context(working(made.platform))
        listening = stack.enter_context(tls_before(port, certificate, free_ports()))
        yield OutlookInstallation(organisation, entra, anna, bo, listening)


@pytest.fixture(scope="module")
def switches(installation: OutlookInstallation) -> tuple[str, ...]:
    """Let the browser find the installation and nothing else; cookies of other sites only partitioned."""
    rules = f"MAP {OURS} 127.0.0.1:{installation.port},MAP * ~NOTFOUND"
    switches = (f"--host-resolver-rules={rules}", "--no-proxy-server", "--test-third-party-cookie-phaseout")
    # Outlook's page is answered by the test, so it seems to be out in the world, and our pages on this machine.
    return (*switches, "--disable-features=LocalNetworkAccessChecks")


@dataclass
class OutlookTab:
    """A tab of a browser, with an item open in Outlook."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @property
    def pane(self) -> FrameLocator:
        """What stands in the pane."""
        return self.page.frame_locator("#pane")

    @property
    def frame(self) -> Frame:
        """The pane's frame itself."""
        return next(one for one in self.page.frames if one.parent_frame)

    def open(self, outlook: Outlook) -> None:
        """Open Outlook with an item, and the pane beside it."""
        outlook.open(self.page)

    def state(self) -> dict[str, Any]:
        """What Outlook has now."""
        state: dict[str, Any] = self.page.evaluate("() => ({...window.outlook, token: null})")
        return state

    def sign_in(self) -> None:
        """Sign in in a window, as somebody does whose Outlook gives no token."""
        self.pane.get_by_role("link", name="Logga in i ett fönster").click()
        self.identify("Lösenord")

    def identify(self, way: str) -> None:
        """Show who one is in the window that the pane opens."""
        with self.context.expect_page() as opened:
            self.pane.get_by_role("button", name="Öppna fönstret").click()
        window = opened.value
        window.get_by_role("button", name=re.compile(way, re.IGNORECASE)).click()
        if way == "Lösenord":
            window.get_by_label("E-post").fill("anna@habo.example")
            window.get_by_label("Lösenord").fill(PASSWORD)
            window.get_by_role("button", name="Logga in").click()
        else:
            window.get_by_label("Kod").fill("1234")
            window.get_by_role("button", name="Fortsätt").click()
        with window.expect_event("close"):
            window.get_by_role("button", name="Fortsätt i Outlook").click()
        expect(self.pane.get_by_role("link", name="Inte nu").or_(self.pane.locator("[data-pane]"))).to_be_visible()
        if self.pane.get_by_role("link", name="Inte nu").is_visible():
            self.pane.get_by_role("link", name="Inte nu").click()


Open = Callable[..., OutlookTab]
Inside = Callable[[OutlookTab], None]


@pytest.fixture
def open_tab(installation: OutlookInstallation, chromium: Browser) -> Iterator[Open]:
    """Open browsers of their own; in the end none has complained."""
    opened: list[OutlookTab] = []

    def open_one(width: int = 1000, height: int = 800, locale: str = "sv-SE") -> OutlookTab:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale=locale,
            ignore_https_errors=True,
            reduced_motion="reduce",
        )
        tab = OutlookTab(context, context.new_page())

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error" and not any(words in message.text for words in EXPECTED):
                tab.complaints.append(message.text)

        context.on("console", on_console)
        context.on("weberror", lambda error: tab.complaints.append(str(error.error)))
        opened.append(tab)
        return tab

    installation.unlink()
    yield open_one
    complaints = [complaint for tab in opened for complaint in tab.complaints]
    for tab in opened:
        tab.context.close()
    assert complaints == []


@pytest.fixture
def inside(axe: str) -> Inside:
    """Look at the pane at the widths that Outlook gives it: nothing is to the side, and axe finds nothing."""

    def look_inside(tab: OutlookTab) -> None:
        for width in WIDTHS:
            tab.page.evaluate(
                "width => document.documentElement.style.setProperty('--pane-width', `${width}px`)", width
            )
            frame = tab.frame
            frame.wait_for_function("width => innerWidth <= width", arg=width)
            frame.wait_for_selector("[aria-busy=true]", state="detached")  # it is paler than it may be
            wide, room = frame.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert wide <= room, f"{frame.url} is {wide} wide in {room}"
            if not frame.evaluate("'axe' in window"):
                frame.evaluate(axe)
            found = frame.evaluate(AXE, RULES)
            told = [f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes']]}" for one in found]
            assert not told, f"{frame.url} at {width}: " + "\n".join(told)
            if pictures := os.environ.get("OUTLOOK_PICTURES"):
                number = len(list(Path(pictures).iterdir()))
                tab.page.screenshot(path=f"{pictures}/{number:02}-{frame.url.rpartition('/')[2][:12]}-{width}.png")

    return look_inside


def draft(to: str, **more: Any) -> dict[str, Any]:
    """A draft as Anna has written it."""
    html = TEXT.replace("\n\n", "<br><br>")
    return {"to": people(to), "subject": "Kallelse till möte", "html": f"<div>{html}</div>", **more}


@pytest.mark.feature("C2", "C3", "C4", "C5", "C6", "X1")
def test_from_a_draft_in_outlook_to_the_guests_phone(
    installation: OutlookInstallation, open_tab: Open, inside: Inside, chromium: Browser
) -> None:
    """Written in Outlook, sent by the pane, gone from the mailbox; read by its link on a phone, files and all."""
    to = f"maria.{uuid4().hex[:8]}@exempel.example"
    files = [attachment("beslut å.pdf", PDF), attachment("bild.png", PNG, inline=True), cloud_attachment("delad.docx")]
    tab = open_tab()
    tab.open(Outlook(PANE, draft(to, attachments=files)))
    expect(tab.pane.get_by_role("heading", name="Logga in")).to_be_visible()
    inside(tab)
    tab.sign_in()
    expect(tab.pane.get_by_text("Saknar konto")).to_be_visible()
    expect(tab.pane.get_by_text("delad.docx följer inte med")).to_be_visible()
    inside(tab)
    tab.pane.get_by_role("radio", name="Tillitsnivå 3").check()
    expect(tab.pane.get_by_label("Personnummer")).to_be_visible()
    tab.pane.get_by_role("radio", name="Tillitsnivå 1").check()
    tab.pane.get_by_role("button", name="Förhandsgranska").click()
    expect(tab.pane.get_by_text("Öppnar länken i notisen och läser")).to_be_visible()
    inside(tab)
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    tab.page.wait_for_function("() => window.outlook.closed")
    state = tab.state()
    assert state["discarded"], "nothing of it stays in the mailbox"
    link = re.search(r"https://\S+/l/\S+", installation.mail(to))
    assert link
    phone = chromium.new_context(viewport={"width": 360, "height": 740}, locale="sv-SE", ignore_https_errors=True)
    maria = phone.new_page()
    maria.goto(link[0])
    maria.get_by_role("button", name="Läs meddelandet").click()
    expect(maria.get_by_role("heading", level=1)).to_have_text("Kallelse till möte")
    expect(maria.get_by_text("Välkommen på torsdag.")).to_be_visible()
    for name, content in (("beslut å.pdf", PDF), ("bild.png", PNG)):
        with maria.expect_download() as loading:
            maria.get_by_role("link", name=f"Ladda ner {name}").click()
        assert loading.value.path().read_bytes() == content
    assert maria.get_by_text("delad.docx").count() == 0
    phone.close()


@pytest.mark.feature("C2", "C4", "C5")
def test_where_outlook_cannot_discard_the_draft_is_emptied(
    installation: OutlookInstallation, open_tab: Open, inside: Inside
) -> None:
    """Mailbox 1.8, signed in by Outlook's own token: advice first, then sent, and one line is left and saved."""
    installation.link()
    tab = open_tab()
    item = draft(installation.bo.email, html="<p>Numret är 19121212-1212.</p>", attachments=[attachment("a.pdf", PDF)])
    tab.open(Outlook(PANE, item, version="1.8", **installation.signed_in()))
    expect(tab.pane.get_by_text("Bo Al")).to_be_visible()
    assert tab.state()["asked"][0]["scope"] == f"api://{OURS}/{installation.entra.client_id}/access_as_user"
    send = tab.pane.get_by_role("button", name="Kryptera och skicka")
    send.click()
    expect(tab.pane.get_by_role("alert")).to_contain_text("Välj hur säkert mottagaren ska legitimera sig.")
    inside(tab)
    assert tab.state()["item"]["subject"] == "Kallelse till möte", "nothing is touched before it is sent"
    tab.pane.get_by_role("radio", name="Tillitsnivå 1").check()
    send.click()
    expect(tab.pane.locator("#advice .notice").first).to_be_visible()
    inside(tab)
    tab.pane.get_by_role("button", name="Kryptera och skicka ändå").click()
    expect(tab.pane.get_by_text("Innehållet är borttaget ur utkastet")).to_be_visible()
    inside(tab)
    state = tab.state()
    line = "Skickat som säkert meddelande. Utkastet kan kastas."
    empty: dict[str, Any] = {"to": [], "cc": [], "bcc": [], "attachments": []}
    assert state["item"] == {**empty, "subject": line, "html": line}
    assert (state["saved"], state["closed"]) == (1, False)


LOSE = """\
() => {
  const real = window.fetch;
  window.fetch = async (address, ...more) => {
    const answer = await real(address, ...more);
    if (!String(address).startsWith("/compose")) return answer;
    window.fetch = real;
    throw new TypeError("the answer is lost");
  };
}"""


def sent_by(installation: OutlookInstallation) -> int:
    """How many messages Anna has sent from her own inbox."""
    query = "SELECT id FROM messages WHERE direction = 'out' AND mailbox_id = :box"
    return len(installation.organisation.rows(query, box=installation.anna.personal_id))


@pytest.mark.feature("C4")
def test_a_send_that_fails_keeps_everything_and_the_next_sends_once(
    installation: OutlookInstallation, open_tab: Open
) -> None:
    """The answer is lost on its way: the draft is whole, its file does not go again, and one message has been sent."""
    installation.link()
    tab = open_tab()
    subject = f"Tappat {uuid4().hex[:6]}"
    item = draft(installation.bo.email, subject=subject, attachments=[attachment("a.pdf", PDF)])
    tab.open(Outlook(PANE, item, **installation.signed_in()))
    tab.pane.get_by_role("radio", name="Tillitsnivå 2").check()
    uploads: list[str] = []
    tab.page.on("request", lambda request: uploads.append(request.url) if "/attachments" in request.url else None)

    before = sent_by(installation)
    tab.frame.evaluate(LOSE)
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    expect(tab.pane.get_by_text("Allt finns kvar i utkastet.")).to_be_visible()
    state = tab.state()
    assert (state["item"]["subject"], len(state["item"]["attachments"]), state["closed"]) == (subject, 1, False)
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    tab.page.wait_for_function("() => window.outlook.closed")
    assert len(uploads) == 1
    assert sent_by(installation) == before + 1


def test_a_draft_that_cannot_be_thrown_away_is_told_of(installation: OutlookInstallation, open_tab: Open) -> None:
    """The message is sent; who wrote it must know that the contents are still in the mailbox."""
    installation.link()
    tab = open_tab()
    tab.open(Outlook(PANE, draft(installation.bo.email), version="1.8", refuses="body.set", **installation.signed_in()))
    tab.pane.get_by_role("radio", name="Tillitsnivå 2").check()
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    expect(tab.pane.get_by_role("alert")).to_contain_text("Utkastet gick inte att ta bort ur Outlook.")


@pytest.mark.feature("C2", "C7", "C8", "C9")
def test_a_notice_opens_in_the_pane(installation: OutlookInstallation, open_tab: Open, inside: Inside) -> None:
    """Level 3 is asked for in a window; read, a file fetched in a tab of its own, answered, and Bo has the answer."""
    file = store_attachment(
        installation.organisation.platform,
        installation.bo.at(Loa.THREE),
        "underlag.pdf",
        "application/pdf",
        iter([PDF]),
    )
    before = installation.notices()
    installation.write_to_anna("Schemat", loa=Loa.THREE, attachments=(file.id,))
    installation.link()
    identity = NewIdentity("sure", "anna", "E-legitimation")
    in_work(installation.organisation.platform, installation.anna.at(Loa.THREE), link_identity, identity)
    tab = open_tab()
    item = {"subject": "Notis", "html": installation.notice(before)}
    tab.open(Outlook(PANE, item, mode="read", version="1.8", **installation.signed_in()))
    expect(tab.pane.get_by_role("link", name="Öppna meddelande")).to_be_visible()
    inside(tab)
    tab.pane.get_by_role("link", name="Öppna meddelande").click()
    expect(tab.pane.get_by_text("kräver tillitsnivå 3")).to_be_visible()
    inside(tab)
    tab.identify("E-legitimation")
    expect(tab.pane.get_by_role("heading", name="Schemat")).to_be_visible()
    inside(tab)
    with tab.context.expect_page() as opened:
        tab.pane.get_by_role("link", name="Öppna ny flik").click()
    files = opened.value
    expect(files.get_by_text("När du är klar stänger du fliken")).to_be_visible()
    with files.expect_download() as loading:
        files.get_by_role("link", name="Hämta underlag.pdf").click()
    assert loading.value.path().read_bytes() == PDF
    files.close()
    tab.pane.get_by_role("button", name="Svara").click()
    tab.pane.get_by_label("Ditt svar").fill("Tack, det blir bra.")
    inside(tab)
    tab.pane.get_by_role("button", name="Skicka svar").click()
    expect(tab.pane.get_by_role("heading", name="Svaret är skickat")).to_be_visible()
    inside(tab)
    installation.mail(installation.bo.email)


@pytest.mark.feature("C7", "C9")
def test_no_answer_where_the_sender_wants_none_and_no_link_where_there_is_none(
    installation: OutlookInstallation, open_tab: Open, inside: Inside
) -> None:
    """In English; the link of a mail filter holds ours; other mails are no notices."""
    before = installation.notices()
    installation.write_to_anna("Ingen retur", reply_allowed=False)
    link = re.search(r"https://\S+?(?=\")", installation.notice(before))
    assert link
    filtered = f'<a href="https://eur01.safelinks.example/?url={quote(link[0], safe="")}&amp;data=05">Read</a>'
    installation.link()
    tab = open_tab()
    tab.open(Outlook(PANE, {"html": "<p>Hej!</p>"}, mode="read", **installation.signed_in()))
    expect(tab.pane.get_by_text("Inget säkert meddelande här")).to_be_visible()
    tab.frame.evaluate("() => fetch('/language/en')")
    for html, words in (
        ("<p>Hej!</p>", "No secure message here"),
        (f'<a href="https://{OURS}/">Inkorg</a>', "The mail leads to Budkavle"),
        (f'<a href="https://{OURS}/l/abc">Läs</a>', "A secure message by a link"),
        (filtered, "A secure message"),
    ):
        tab.open(Outlook(PANE, {"html": html}, mode="read", language="en-GB"))
        expect(tab.pane.get_by_role("heading", name=words, exact=True)).to_be_visible()
        inside(tab)
    tab.pane.get_by_role("link", name="Open message").click()
    expect(tab.pane.get_by_text("The sender takes no answers.")).to_be_visible()
    expect(tab.pane.get_by_role("button", name="Answer")).to_have_count(0)
    inside(tab)


def guard_page(installation: OutlookInstallation) -> str:
    """The page that runs the guard, as the manifests say."""
    host = installation.organisation.platform.plugins.host("outlook")
    return f"https://{OURS}{PATH}/guard/habo-kommun/{code_of(host, installation.organisation.id)}"


@pytest.mark.feature("C3", "C4", "Z5")
def test_an_ordinary_mail_that_should_be_secure(
    installation: OutlookInstallation, open_tab: Open, inside: Inside
) -> None:
    """Outlook asks the guard before it sends; the alert names who has an account, and leads to the pane."""
    installation.link()
    tab = open_tab()
    item = draft(installation.bo.email, html=f"<p>Numret är {NUMBER}.</p>")
    tab.open(Outlook(PANE, item, runtime=guard_page(installation), **installation.signed_in()))
    expect(tab.pane.get_by_text("Bo Al")).to_be_visible()
    tab.page.get_by_role("button", name="Skicka", exact=True).click()
    alert = tab.page.get_by_role("dialog")
    expect(alert).to_contain_text("Mejlet innehåller ett personnummer.")
    expect(alert).to_contain_text(f"De här mottagarna kan få ett säkert meddelande: {installation.bo.email}.")
    assert not tab.state()["sent"]
    alert.get_by_role("button", name="Skicka säkert").click()
    tab.pane.get_by_role("radio", name="Tillitsnivå 3").check()
    tab.pane.get_by_role("button", name="Kryptera och skicka").click()
    tab.page.wait_for_function("() => window.outlook.closed")
    state = tab.state()
    assert (state["sent"], state["discarded"]) == (False, True)


@pytest.mark.feature("C3", "Z5")
def test_the_guard_needs_neither_session_nor_server(installation: OutlookInstallation, open_tab: Open) -> None:
    """Loaded once, it warns by the same rules when the server is gone, in English; harmless mails go."""
    tab = open_tab()
    item = draft("maria@exempel.example", html="<p>Hej!</p>")
    tab.open(Outlook(PANE, item, runtime=guard_page(installation), pane=False, language="en-GB"))
    send = tab.page.get_by_role("button", name="Skicka", exact=True)
    send.click()
    tab.page.wait_for_function("() => window.outlook.sent")
    tab.context.route(f"https://{OURS}/**", lambda route: route.abort())
    tab.page.evaluate("() => { window.outlook.sent = false; window.outlook.item.html = 'Diagnosen bifogas.'; }")
    send.click()
    alert = tab.page.get_by_role("dialog")
    expect(alert).to_contain_text("The mail may contain sensitive information (diagnos…).")
    assert not tab.state()["sent"]
    alert.get_by_role("button", name="Skicka ändå").click()
    assert tab.state()["sent"]
    # The browser tells of what this test has cut off.
    tab.complaints[:] = [complaint for complaint in tab.complaints if "ERR_FAILED" not in complaint]


TELL_OF_COLOUR = """colour => {
  clearInterval(window.telling);
  window.telling = setInterval(() => tell("officeThemeChanged", {officeTheme: {bodyBackgroundColor: colour}}), 200);
}"""
"""Again and again: the pane hears it once its own script is there."""


@pytest.mark.feature("C7")
def test_the_pane_wears_the_colours_of_outlook(installation: OutlookInstallation, open_tab: Open) -> None:
    """Also when they change while it is open (Mailbox 1.14); without them it follows the system."""
    installation.link()
    tab = open_tab()
    tab.open(Outlook(PANE, {}, mode="read", **installation.signed_in()))
    page = tab.pane.locator("html")
    expect(page).to_have_attribute("data-color-scheme", "auto")
    for colour, scheme in (("#1f1f1f", "dark"), ("#ffffff", "light")):
        tab.page.evaluate(TELL_OF_COLOUR, colour)
        expect(page).to_have_attribute("data-color-scheme", scheme)


def test_a_message_is_shown_in_place_of_its_notice(installation: OutlookInstallation, open_tab: Open) -> None:
    """Where Outlook can (Mailbox 1.16) and somebody is signed in in the pane; before that the notice stays."""
    before = installation.notices()
    installation.write_to_anna("I stället", loa=Loa.ONE)
    html = installation.notice(before)
    found = re.search(r"/c/([0-9a-f-]{36})", html)
    assert found
    installation.link()
    item = {"subject": "Notis", "html": html, "header": found[1]}
    notice = Outlook(PANE, item, mode="read", runtime=guard_page(installation), **installation.signed_in())
    tab = open_tab()
    tab.open(replace(notice, pane=False))
    tab.page.wait_for_function("() => window.outlook.completed")
    assert tab.state()["completed"] == {"allowEvent": False}
    tab.open(replace(notice, runtime=""))
    expect(tab.pane.get_by_role("link", name="Öppna meddelande")).to_be_visible()
    tab.open(notice)
    expect(tab.page.locator("#text")).to_contain_text("Hej! Det gäller I stället.")
    assert tab.state()["item"]["html"] == html, "what lies in the mailbox is the notice"


@pytest.mark.feature("C3")
def test_an_administrator_downloads_both_manifests(
    installation: OutlookInstallation, open_tab: Open, look: Callable[[Page], None]
) -> None:
    """From Min organisation to the steps, and two files."""
    page = open_tab().page
    page.complaints = []  # type: ignore[attr-defined]
    page.goto(f"https://{OURS}/organisation/settings")
    page.get_by_role("button", name=re.compile("Lösenord", re.IGNORECASE)).click()
    page.get_by_label("E-post").fill("eva@habo.example")
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    page.get_by_role("link", name="Manifesten och hur de installeras").click()
    expect(page.get_by_text(installation.entra.client_id).first).to_be_visible()
    look(page)
    for words, name in (
        ("Hämta paketet (JSON)", "budkavle-outlook.zip"),
        ("Hämta manifestet (XML)", "budkavle-outlook.xml"),
    ):
        with page.expect_download() as download:
            page.get_by_role("link", name=words).click()
        assert download.value.suggested_filename == name
    for path in ("about", "outlook/open", "outlook/tab"):
        page.goto(f"https://{OURS}/plugin/outlook/{path}")
        look(page)
