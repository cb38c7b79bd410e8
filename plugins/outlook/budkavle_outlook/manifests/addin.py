"""What both manifests are made of: one organisation's add-in in one installation."""

import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from budkavle_outlook.apps import resource
from budkavle_outlook.settings import AppSettings

LEAST_SET = "1.8"
"""The set of Mailbox that the pane needs; what is newer is found by its script."""
ICON_SIZES = (16, 32, 64, 80, 128)


@dataclass(frozen=True, slots=True)
class AddIn:
    """One organisation's add-in.

    Attributes:
        base_url: Where the installation is.
        app: The app of the settings.
        organisation: The organisation's name.
        slug: Its word in addresses.
    """

    base_url: str
    app: AppSettings
    organisation: str
    slug: str

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
