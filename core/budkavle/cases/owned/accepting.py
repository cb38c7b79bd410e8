"""Which files from others an organisation accepts in plugins: by name, and by their first bytes."""

from budkavle.accounts.message_settings import FileSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.cases import file_types
from budkavle.model.errors import Invalid
from budkavle.model.sentences import Sentence
from budkavle.storage.platform import Work

_FAULT = "Filen kan inte tas emot."


def require_file_type(work: Work, name: str, content_type: str = "", beginning: bytes = b"") -> None:
    """Require that an organisation takes a file of this name, and of this kind where its beginning is known.

    Args:
        work: In the organisation.
        name: What the file is called.
        content_type: What it says it is.
        beginning: Its first bytes, where they have come.

    Raises:
        Invalid: The organisation takes no files of the name's type, or it is a program, or something else than it
            says; `fields["file"]` says which.

    Example:
        require_file_type(work, file.name, file.content_type, next(FILES.open(work, file.id)))
    """
    if not read_settings(work, FileSettings).allows(name):
        sentence = Sentence("{name} är av en filtyp som organisationen inte tar emot.", name=name)
        raise Invalid(_FAULT, fields={"file": sentence})
    objection = file_types.objection(content_type, beginning[: file_types.HEAD]) if beginning else ""
    if objection:
        raise Invalid(_FAULT, fields={"file": Sentence("{name}: {sentence}", name=name, sentence=objection)})
