"""What an administrator has begun under Min organisation, through the same forms as on the pages."""

from datetime import date, timedelta
from uuid import UUID

from budkavle import Actor, Host, Unavailable
from budkavle.approvals import approve, list_approvals
from budkavle.testing import Browser
from budkavle_demo.content import pdf
from budkavle_demo.scenes import ARCHIVE_REASON, ASKING, CATALOGUES, LIST_NAME, MEETING, STAFF, Catalogue

DISCLOSURE, ARCHIVE, USERS = "/plugin/disclosure", "/plugin/records/archive", "/organisation/users"
FILES, MEETINGS = "/plugin/files", "/plugin/meetings"
GROUND = "OSL 26 kap. 1 §"


def list_messages(desk: Browser, mailbox_id: UUID, today: date) -> None:
    """Make a list of a mailbox's messages, and mask the sender and the subject of the first."""
    days = {"since": (today - timedelta(days=6)).isoformat(), "until": today.isoformat()}
    made = _post(desk, f"{DISCLOSURE}/lists", name=LIST_NAME, mailboxes=str(mailbox_id), **days)
    masked = ["sender", "subject"]
    _post(desk, made, do="mask", position="1", fields=masked, ground=GROUND, page="1")


def ask_for_own_data(desk: Browser, today: date) -> None:
    """Save Eva Sjö's request under GDPR article 15."""
    _post(desk, f"{DISCLOSURE}/requests", received_on=(today - timedelta(days=6)).isoformat(), **ASKING)


def ask_for_archive(desk: Browser, host: Host, second: Actor) -> None:
    """Request a transfer of the closed cases, and let a second administrator approve it. A worker packs them."""
    _post(desk, f"{ARCHIVE}/new", reason=ARCHIVE_REASON)
    with host.work(second) as work:
        for request in list_approvals(work):
            if request.may_decide:
                approve(work, request.id)


def let_staff_come_and_go(desk: Browser) -> None:
    """Invite those who start soon, and close the account of somebody who has left."""
    for name, email, has_left in STAFF:
        typed = {"name": name, "email": email, "role": "user", "language": "sv", "over_licence": "1"}
        typed["open"] = "now" if has_left else "invite"
        made = _post(desk, f"{USERS}/new", **typed)
        if has_left:
            _post(desk, f"{made.partition('?')[0]}/close")


def keep_files(desk: Browser, mailbox_id: UUID) -> None:
    """Create personal catalogues and catalogues of a mailbox, with notes and files in them."""
    for catalogue in CATALOGUES:
        _make_catalogue(desk, catalogue, {"mailbox": str(mailbox_id)} if catalogue.is_shared else {})


def _make_catalogue(desk: Browser, catalogue: Catalogue, place: dict[str, str]) -> None:
    made = _post(desk, f"{FILES}/new", name=catalogue.name, **place)
    catalogue_id = made.partition("?")[0].rpartition("/")[2]
    for name, text in catalogue.notes:
        _post(desk, f"{FILES}/notes/new", catalogue=catalogue_id, name=name, text=text)
    for name, title in catalogue.files:
        _post(desk, f"{FILES}/{catalogue_id}/add", files={"file": (name, pdf(title), "application/pdf")})
    for inner in catalogue.catalogues:
        _make_catalogue(desk, inner, {"parent": catalogue_id})


def book_meeting(desk: Browser, mailbox_id: UUID, today: date) -> None:
    """Book a meeting for tomorrow, with somebody who identifies herself by e-mail."""
    tomorrow = (today + timedelta(days=1)).isoformat()
    _post(desk, f"{MEETINGS}/new", mailbox=str(mailbox_id), day=tomorrow, step="2", **MEETING)


def _post(desk: Browser, path: str, files: object = None, **fields: str | list[str]) -> str:
    """Submit a form, and return the address that the page redirects to.

    Raises:
        Unavailable: The page did not accept it.
    """
    answer = desk.post(path, None, files, **fields)
    target = str(answer.headers.get("location", ""))
    if answer.status_code != 303 or not target.startswith(("/plugin/", USERS)):  # elsewhere it asks to sign in again
        raise Unavailable("Demon kunde inte fylla i sidan {path}.", path=path)
    return target
