"""The common parameters of the plugin's pages."""

from dataclasses import dataclass

from budkavle import Host, Work
from budkavle.web import Visitor
from budkavle_files.pages.pieces import Extras


@dataclass(frozen=True, slots=True)
class View:
    """A request for a page: its visitor and unit of work, and the additions of other parts of the plugin."""

    host: Host
    visitor: Visitor
    work: Work
    extras: Extras

    def say(self, sentence: str, /, **values: object) -> str:
        """Translate a sentence into the visitor's language."""
        return self.visitor.say(sentence, **values)
