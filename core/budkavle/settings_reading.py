"""One section of the settings into its type: unknown keys are errors, and `NAME_file` names a file with the value."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import Struct

from budkavle.model.errors import Misconfigured
from budkavle.model.sentences import Sentence

S = TypeVar("S", bound=Struct)


def convert(values: Mapping[str, Any], kind: type[S], where: str) -> S:
    """Turn one section into its type, reading `NAME_file` keys from their files.

    Args:
        values: The section as it stands in the file.
        kind: The section's type.
        where: The section's name for error sentences, such as `plugins.sdk`; empty for the whole file.

    Raises:
        Misconfigured: Names the key, the section and the keys that exist.
    """
    _refuse_unknown(values, kind, where)
    try:
        return msgspec.convert(_with_secrets(values, kind, where), kind, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise Misconfigured(
            "Ett värde under {section} går inte att använda: {reason}. Rätta det i inställningarna.",
            section=_name(where),
            reason=str(error),
        ) from error


def _decode(kind: type[Any], value: Any) -> Any:
    """Make a path of a text, which msgspec does not know by itself."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")


def _refuse_unknown(values: Mapping[str, Any], kind: type[Struct], where: str) -> None:
    fields = {one.encode_name: one.type for one in msgspec.structs.fields(kind)}
    for key, value in values.items():
        if key not in fields and key.removesuffix("_file") not in fields:
            raise Misconfigured(
                "Inställningen {key} under {section} är okänd. Det som finns är: {known}.",
                key=key,
                section=_name(where),
                known=", ".join(sorted(fields)),
            )
        inner = fields.get(key)
        if isinstance(inner, type) and issubclass(inner, Struct) and isinstance(value, Mapping):
            _refuse_unknown(value, inner, f"{where}.{key}".lstrip("."))


def _with_secrets(values: Mapping[str, Any], kind: type[Struct], where: str) -> dict[str, Any]:
    """Replace each `NAME_file` by what its file holds, unless the type has such a field itself."""
    fields = {one.encode_name: one.type for one in msgspec.structs.fields(kind)}
    result: dict[str, Any] = {}
    for key, value in values.items():
        inner = fields.get(key)
        if key not in fields:
            result[key.removesuffix("_file")] = read_secret(Path(value), key, where)
        elif isinstance(inner, type) and issubclass(inner, Struct) and isinstance(value, Mapping):
            result[key] = _with_secrets(value, inner, f"{where}.{key}".lstrip("."))
        elif (listed := _listed(inner)) and isinstance(value, list):
            result[key] = [_inner(one, listed, f"{where}.{key}") for one in value]
        else:
            result[key] = value
    return result


def _listed(inner: Any) -> type[Struct] | None:
    """Return the type of the sections of a list of sections (`[[plugins.NAME.KEY]]`), if it is one."""
    kinds = get_args(inner) if get_origin(inner) is tuple else ()
    return kinds[0] if kinds and isinstance(kinds[0], type) and issubclass(kinds[0], Struct) else None


def _inner(value: Any, kind: type[Struct], where: str) -> Any:
    if not isinstance(value, Mapping):
        return value
    _refuse_unknown(value, kind, where)
    return _with_secrets(value, kind, where)


def read_secret(path: Path, key: str, where: str) -> str:
    """Return what the file holds that a key `NAME_file` names.

    Raises:
        Misconfigured: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Misconfigured(
            "Filen {path}, som {key} under {section} pekar på, går inte att läsa ({reason}).",
            path=str(path),
            key=key,
            section=_name(where),
            reason=error.strerror or Sentence("okänt fel"),
        ) from error


def _name(where: str) -> str:
    return f"[{where}]" if where else "översta nivån"
