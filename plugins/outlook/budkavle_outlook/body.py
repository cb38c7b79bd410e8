"""A draft's HTML as the product's messages have it: the SDK's subset of Markdown."""

from collections.abc import Mapping

from budkavle_outlook.markdown.blocks import document
from budkavle_outlook.markdown.reader import read


def markdown_of(html: str, pictures: Mapping[str, str] | None = None) -> str:
    """Return a mail's HTML as Markdown.

    Args:
        html: What Outlook gives as the draft's body.
        pictures: The names of the files of pictures in the text, by their Content-ID.

    Example:
        markdown_of("<p>Hej <b>Bo</b></p>") == "Hej **Bo**"
    """
    return document(read(html, pictures or {}))
