"""Converts a draft's HTML to the format of messages: the SDK's subset of Markdown."""

from collections.abc import Mapping

from budkavle_outlook.markdown.blocks import document
from budkavle_outlook.markdown.reader import read


def markdown_of(html: str, pictures: Mapping[str, str] | None = None) -> str:
    """Convert a mail's HTML to Markdown.

    Args:
        html: The draft's body from Outlook.
        pictures: File names of pictures in the text, by Content-ID.

    Example:
        markdown_of("<p>Hej <b>Bo</b></p>") == "Hej **Bo**"
    """
    return document(read(html, pictures or {}))
