"""The notifier for push: hands any plugin's notices to the push service of a browser."""

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from budkavle import Backoff, Host, Invalid, Permanent
from budkavle.notices import Notice, NoticeAttempt, NoticeKind, NoticeState, NotifierTraits
from budkavle_phone.push.devices import drop_subscription, is_known, note_told
from budkavle_phone.push.server_keys import signing_key
from budkavle_phone.push.subscription import read_subscription
from budkavle_phone.push.web_push import GONE, Gone, push

BACKOFF = Backoff(timedelta(seconds=10), timedelta(minutes=30), tries=40, deadline=timedelta(seconds=30))
LASTS = timedelta(hours=12)
MOST_BYTES = 120
"""For the title and for the text; longer ones are cut rather than refused."""
LONGEST_PATH = 300
FOREIGN_LINK = "En avisering leder bara till sidor här."


class PushNotifier:
    """A `Notifier` for push.

    Args:
        host: The plugin's host.
    """

    name = "push"
    kind = NoticeKind.PUSH
    traits = NotifierTraits(BACKOFF, at_once=4)

    def __init__(self, host: Host) -> None:
        self._host = host

    def check(self, notice: Notice) -> None:
        """Refuse an invalid subscription, and a link to another site.

        Raises:
            Invalid: The message says what is wrong.
        """
        read_subscription(notice.address)
        base = self._host.platform.settings.base_url.rstrip("/")
        if notice.link is not None and not notice.link.url.startswith(f"{base}/"):
            raise Invalid(FOREIGN_LINK)

    def send(self, attempt: NoticeAttempt) -> NoticeState:
        """Send a notice; a repetition replaces the first one on the phone.

        Raises:
            NotYet: The service asks for a pause.
            Temporary: The service does not answer.
            Permanent: The browser no longer gets notices, or never accepts this one.
        """
        organisation_id, notice = attempt.organisation_id, attempt.notice
        subscription = read_subscription(notice.address)
        if not is_known(self._host, organisation_id, subscription):
            raise Permanent(GONE)
        now = datetime.now(UTC)
        lasts = (notice.expires_at - now) if notice.expires_at else LASTS
        key = signing_key(self._host, organisation_id)
        try:
            push(self._host.platform, key, subscription, content_of(notice), topic=topic_of(notice), lasts=lasts)
        except Gone:
            drop_subscription(self._host, organisation_id, subscription)
            raise
        note_told(self._host, organisation_id, subscription)
        return NoticeState.SENT


def content_of(notice: Notice) -> bytes:
    """Return what the service worker shows: a title, a line, the target of a tap, and the tag that it replaces."""
    shown = {
        "title": _cut(notice.subject),
        "body": _cut(notice.text),
        "path": _path(notice.link.url) if notice.link else "/",
        "tag": topic_of(notice),
        "lang": notice.language,
    }
    return msgspec.json.encode(shown)


def topic_of(notice: Notice) -> str:
    """Return a name for all notices that link to the same page; it reveals nothing of the page (RFC 8030, 5.4)."""
    where = notice.link.url if notice.link else str(notice.id)
    return hashlib.sha256(where.encode()).hexdigest()[:32]


def _cut(text: str) -> str:
    return text.encode()[:MOST_BYTES].decode("utf-8", "ignore")


def _path(url: str) -> str:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return path if len(path) <= LONGEST_PATH else "/"
