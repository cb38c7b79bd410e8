"""Which files from others an organisation accepts in plugins: by name, and by their first bytes."""

from budkavle.accounts.message_settings import FileSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.cases import file_types
from budkavle.model.errors import Invalid
from budkavle.model.sentences import Sentence
from budkavle.storage.platform import Work

_FAULT = "Filen kan inte tas emot."


def require_file_type(work: Work, name: str, content_type: str = "", beginning: bytes = b"") -> None:
    """Require that the organisation accepts files with this name, and of this type if the first bytes are known.

    Args:
        work: In the organisation.
        name: The file's name.
        content_type: Its claimed media type.
        beginning: Its first bytes, if they have arrived.

    Raises:
        Invalid: The organisation does not accept this file type, or it is a program, or of another type than claimed;
            `fields["file"]` says which.

    Example:
        require_file_type(work, file.name, file.content_type, next(FILES.open(work, file.id)))
    """
    if not read_settings(work, FileSettings).allows(name):
        sentence = Sentence("{name} är av en filtyp som organisationen inte tar emot.", name=name)
        raise Invalid(_FAULT, fields={"file": sentence})
    objection = file_types.objection(content_type, beginning[: file_types.HEAD]) if beginning else ""
    if objection:
        raise Invalid(_FAULT, fields={"file": Sentence("{name}: {sentence}", name=name, sentence=objection)})
