"""Compiled templates, kept beside the templates as Python keeps compiled modules: compiling one takes 10 ms."""

import hashlib
import importlib.util
import marshal
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import CodeType

import jinja2
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """A cache of compiled templates by file and content, in memory and in files; shared by all languages and processes.

    The files are where Python would keep a compiled module of the same folder, so whoever could write there can change
    what Budkavle runs anyway. None is written where the process may not, or if Python is told not to.

    Args:
        compiler: The code that decides how templates are compiled, such as the filters: after it has changed, all are
            compiled again.
    """

    def __init__(self, compiler: bytes) -> None:
        self._codes: dict[str, tuple[str, CodeType]] = {}
        self._mark = hashlib.sha256(jinja2.__version__.encode() + compiler).digest()

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the template's file."""
        return filename or name

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load what was compiled from the same source."""
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum != bucket.checksum:
            code = self._read(bucket)
        if code is not None:
            self._codes[bucket.key] = bucket.checksum, code
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store compiled code."""
        if bucket.code is None:
            return
        self._codes[bucket.key] = bucket.checksum, bucket.code
        if not sys.dont_write_bytecode:
            with suppress(OSError):  # the folder is not the process's own
                _write(_place(bucket), self._head(bucket) + marshal.dumps(bucket.code), Path(bucket.key))

    def _head(self, bucket: Bucket) -> bytes:
        return self._mark + bucket.checksum.encode()

    def _read(self, bucket: Bucket) -> CodeType | None:
        head = self._head(bucket)
        with suppress(OSError, EOFError, ValueError, TypeError):  # there is none, or a damaged one
            content = _place(bucket).read_bytes()
            if content.startswith(head):
                code: CodeType = marshal.loads(content[len(head) :])  # noqa: S302 - as Python loads a compiled module
                return code
        return None


def _write(place: Path, content: bytes, template: Path) -> None:
    """Write a file as a whole, since other processes read it; who may read the template may read it too."""
    place.parent.mkdir(exist_ok=True, parents=True)
    with NamedTemporaryFile(dir=place.parent, delete=False) as file:
        file.write(content)
    Path(file.name).chmod(template.stat().st_mode & 0o666)
    Path(file.name).replace(place)


def _place(bucket: Bucket) -> Path:
    file = Path(bucket.key)
    return Path(importlib.util.cache_from_source(bucket.key)).with_name(f"{file.name}.{sys.implementation.cache_tag}")
