"""What an administrator has begun under Min organisation, by the same forms as on the pages."""

from datetime import date, timedelta
from uuid import UUID

from budkavle import Actor, Host, Unavailable
from budkavle.approvals import approve, list_approvals
from budkavle.testing import Browser
from budkavle_demo.scenes import ARCHIVE_REASON, ASKING, LIST_NAME, STAFF

DISCLOSURE, ARCHIVE, USERS = "/plugin/disclosure", "/plugin/records/archive", "/organisation/users"
GROUND = "OSL 26 kap. 1 §"


def list_messages(desk: Browser, mailbox_id: UUID, today: date) -> None:
    """Make a list of a mailbox's messages, and mask who sent the first and what it is about."""
    days = {"since": (today - timedelta(days=6)).isoformat(), "until": today.isoformat()}
    made = _post(desk, f"{DISCLOSURE}/lists", name=LIST_NAME, mailboxes=str(mailbox_id), **days)
    masked = ["sender", "subject"]
    _post(desk, made, do="mask", position="1", fields=masked, ground=GROUND, page="1")


def ask_for_own_data(desk: Browser, today: date) -> None:
    """Keep what Eva Sjö has asked for by GDPR article 15."""
    _post(desk, f"{DISCLOSURE}/requests", received_on=(today - timedelta(days=6)).isoformat(), **ASKING)


def ask_for_archive(desk: Browser, host: Host, second: Actor) -> None:
    """Ask for a transfer of the closed cases, and let another administrator approve it; a worker makes the packages."""
    _post(desk, f"{ARCHIVE}/new", reason=ARCHIVE_REASON)
    with host.work(second) as work:
        for request in list_approvals(work):
            if request.may_decide:
                approve(work, request.id)


def let_staff_come_and_go(desk: Browser) -> None:
    """Invite those who begin soon, and close the account of somebody who has left."""
    for name, email, has_left in STAFF:
        typed = {"name": name, "email": email, "role": "user", "language": "sv", "over_licence": "1"}
        typed["open"] = "now" if has_left else "invite"
        made = _post(desk, f"{USERS}/new", **typed)
        if has_left:
            _post(desk, f"{made.partition('?')[0]}/close")


def _post(desk: Browser, path: str, **fields: str | list[str]) -> str:
    """Send a form, and return where the page leads.

    Raises:
        Unavailable: The page did not take it.
    """
    answer = desk.post(path, None, None, **fields)
    target = str(answer.headers.get("location", ""))
    if answer.status_code != 303 or not target.startswith(("/plugin/", USERS)):  # elsewhere it asks to sign in anew
        raise Unavailable("Demon kunde inte fylla i sidan {path}.", path=path)
    return target
