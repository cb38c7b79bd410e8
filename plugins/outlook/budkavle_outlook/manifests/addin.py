"""The values that both manifests are built from: one organisation's add-in in one installation."""

import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from budkavle_outlook.apps import resource
from budkavle_outlook.settings import AppSettings

LEAST_SET = "1.8"
"""The version of the Mailbox requirement set that the pane needs; its script detects newer features."""
GUARD_SET = "1.12"
"""The version that the guard needs: Outlook runs it before sending a mail."""
ON_SEND = "onMessageSend"
"""The guard's function, in both manifests and in its file."""
ON_DECRYPT = "onMessageDecrypt"
"""The function that shows a message in place of its notice, likewise."""
ICON_SIZES = (16, 32, 64, 80, 128)


@dataclass(frozen=True, slots=True)
class AddIn:
    """One organisation's add-in.

    Attributes:
        base_url: The URL of the installation.
        app: The app of the settings.
        organisation: The organisation's name.
        slug: Its slug, for paths.
        guard_code: The secret part of the guard's path.
    """

    base_url: str
    app: AppSettings
    organisation: str
    slug: str
    guard_code: str

    @property
    def base(self) -> str:
        """The URL of the installation, without a trailing slash."""
        return self.base_url.rstrip("/")

    @property
    def host(self) -> str:
        """The installation's host."""
        return urlsplit(self.base_url).netloc

    @property
    def id(self) -> str:
        """The add-in's id; it stays the same for an installation, app and organisation."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.base}{self.app.path}#{self.slug}"))

    @property
    def developer(self) -> str:
        """The developer's name."""
        return self.app.developer or self.organisation

    @property
    def pane_url(self) -> str:
        """The URL that Outlook opens in the pane."""
        return f"{self.base}{self.app.path}/open"

    @property
    def guard_url(self) -> str:
        """The page that runs the guard, in Outlooks that load a page for it."""
        return f"{self.base}{self.app.path}/guard/{self.slug}/{self.guard_code}"

    @property
    def guard_script_url(self) -> str:
        """The guard's file, for Outlooks that only load a script."""
        return f"{self.guard_url}/send.js"

    @property
    def about_url(self) -> str:
        """The page about the add-in."""
        return f"{self.base}/plugin/outlook/about"

    @property
    def resource(self) -> str:
        """The app's identifier in Entra ID."""
        return resource(self.base_url, self.app)

    def icon_url(self, size: int) -> str:
        """Return the URL of an icon."""
        return f"{self.base}/plugin/outlook/icon/{size}.png"
