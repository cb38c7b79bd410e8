"""What every page of the plugin is made with."""

from dataclasses import dataclass

from budkavle import Host, Work
from budkavle.web import Visitor
from budkavle_files.pages.pieces import Extras


@dataclass(frozen=True, slots=True)
class View:
    """A request for a page: who asks, in which unit of work, and what other parts of the plugin add."""

    host: Host
    visitor: Visitor
    work: Work
    extras: Extras

    def say(self, sentence: str, /, **values: object) -> str:
        """Translate a sentence into the visitor's language."""
        return self.visitor.say(sentence, **values)
