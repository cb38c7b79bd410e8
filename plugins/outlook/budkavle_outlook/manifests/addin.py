"""What both manifests are made of: one organisation's add-in in one installation."""

import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from budkavle_outlook.apps import resource
from budkavle_outlook.settings import AppSettings

LEAST_SET = "1.8"
"""The set of Mailbox that the pane needs; what is newer is found by its script."""
GUARD_SET = "1.12"
"""The set that the guard needs: Outlook asks it before it sends a mail."""
ON_SEND = "onMessageSend"
"""The guard's function, in both manifests and in its file."""
ON_DECRYPT = "onMessageDecrypt"
"""The function that shows a message in place of its notice, there too."""
ICON_SIZES = (16, 32, 64, 80, 128)


@dataclass(frozen=True, slots=True)
class AddIn:
    """One organisation's add-in.

    Attributes:
        base_url: Where the installation is.
        app: The app of the settings.
        organisation: The organisation's name.
        slug: Its word in addresses.
        guard_code: The word in the guard's address that nobody guesses.
    """

    base_url: str
    app: AppSettings
    organisation: str
    slug: str
    guard_code: str

    @property
    def base(self) -> str:
        """Where the installation is, without a slash at the end."""
        return self.base_url.rstrip("/")

    @property
    def host(self) -> str:
        """The installation's host."""
        return urlsplit(self.base_url).netloc

    @property
    def id(self) -> str:
        """The add-in's id, the same for as long as installation, app and organisation are."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.base}{self.app.path}#{self.slug}"))

    @property
    def developer(self) -> str:
        """Whose add-in it is."""
        return self.app.developer or self.organisation

    @property
    def pane_url(self) -> str:
        """What Outlook opens in the pane."""
        return f"{self.base}{self.app.path}/open"

    @property
    def guard_url(self) -> str:
        """The page that runs the guard, where Outlook has one for it."""
        return f"{self.base}{self.app.path}/guard/{self.slug}/{self.guard_code}"

    @property
    def guard_script_url(self) -> str:
        """The guard's file, for an Outlook that loads nothing else."""
        return f"{self.guard_url}/send.js"

    @property
    def about_url(self) -> str:
        """The page about the add-in."""
        return f"{self.base}/plugin/outlook/about"

    @property
    def resource(self) -> str:
        """The app's address in Entra ID."""
        return resource(self.base_url, self.app)

    def icon_url(self, size: int) -> str:
        """Return where a picture is."""
        return f"{self.base}/plugin/outlook/icon/{size}.png"
