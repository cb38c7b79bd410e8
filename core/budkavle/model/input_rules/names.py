"""Names that are typed or come from a directory: what is seen of a name is all that it is."""

from budkavle.model.sentences import Sentence

LONGEST_NAME = 200


def one_line(typed: str) -> str:
    """Return typed text with each run of white space as one blank, and none around it."""
    return " ".join(typed.split())


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text is seen: it is empty, or white space and characters of no width."""
    return not any(letter.isprintable() and not letter.isspace() for letter in text)


def has_hidden(text: str) -> bool:
    """Tell whether a text has characters that nobody sees, beside blanks and line breaks."""
    return any(not (letter.isprintable() or letter.isspace()) for letter in text)


def visible(text: str) -> str:
    """Return a program's text on one line without characters that nobody sees; nobody is there to type it again."""
    return one_line("".join(letter for letter in text if not has_hidden(letter)))


def name_fault(name: str, missing: str) -> str:
    """Validate a name.

    A name is shown beside what its owner does. So it has no characters that nobody sees: they would make it look
    empty or like another one, or turn what stands beside it.

    Args:
        name: The name, as `one_line` returns it.
        missing: The sentence for an empty name.

    Returns:
        A sentence for the user; empty if the name is valid.
    """
    if not name:
        return missing
    if len(name) > LONGEST_NAME:
        return Sentence("Namnet får ha högst {longest_name} tecken.", longest_name=LONGEST_NAME)
    return "" if name.isprintable() else "Namnet har tecken som inte syns. Skriv det på nytt."
