"""The server's entry point: imports and makes the application."""

from typing import TYPE_CHECKING

from budkavle.starts import keep_all, keeping

if TYPE_CHECKING:
    from litestar.types import ASGIApp


def from_settings() -> "ASGIApp":
    """Make the application of the installation that the settings name, in a process of its own."""
    with keeping():
        from budkavle.web import app

        made = app.from_settings()
        keep_all()
    return made
