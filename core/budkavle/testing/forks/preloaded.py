"""Imported once by the process that web servers are forked from: they all have what this brings.

It imports what a web server with all of the project's plugins imports while it starts, and reads the texts of pages.
"""

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from budkavle.host import host_of
from budkavle.plugins.loader import installed
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.starts import keep_all, keeping
from budkavle.web.views import render


def _no_platform() -> NoReturn:
    raise RuntimeError("There is no installation yet.")


def _load(data: Path) -> None:
    """Let the project's plugins register; those that need settings of their own are left out."""
    names = tuple(name for name, offers in installed().items() if offers[0].distribution == "budkavle")
    settings = Settings(data=data, enabled=names)
    plugins = Plugins(settings)
    plugins.register(lambda plugin: host_of(plugin, settings, _no_platform))
    folders = (tuple(plugins.folders(kind).items()) for kind in ("static", "templates", "locale"))
    render._pages(*folders, ())
    keep_all()


with suppress(Exception), keeping(), tempfile.TemporaryDirectory() as folder:  # it only saves time
    _load(Path(folder))
