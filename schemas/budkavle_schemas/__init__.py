"""The XSD files of the formats that Budkavle uses, and their catalogue. Imports nothing of Budkavle.

The schemas are Budkavle's own, written from the specifications that each file names. They accept the same as the
official ones, as far as the Swedish profiles use them; tests compare them.
"""

import threading
from pathlib import Path
from typing import Final

from lxml import etree

MESSAGE: Final = "message"
ENVELOPE: Final = "xhe"
RECEIPT: Final = "receipt"
SMP: Final = "smp"
NAMES: Final = (MESSAGE, ENVELOPE, RECEIPT, SMP)

_FOLDER: Final = Path(__file__).parent
_compiled: Final = threading.local()
_compiling: Final = threading.Lock()
"""The first compilation of a process creates libxml2's table of built-in types, and must finish before another."""


def load(name: str) -> etree.XMLSchema:
    """Return the compiled schema of a document type. It is compiled once per thread (1 to 3 ms).

    A compiled schema stores the log of its last validation, so threads must not share one.

    Args:
        name: One of ``NAMES``.

    Raises:
        KeyError: The catalogue has no schema with that name.
    """
    if name not in NAMES:
        raise KeyError(f"No schema is called {name!r}; the catalog has {', '.join(NAMES)}.")
    schema = getattr(_compiled, name, None)
    if schema is None:
        with _compiling:
            schema = etree.XMLSchema(etree.parse(_FOLDER / f"{name}.xsd", _parser()))
        setattr(_compiled, name, schema)
    return schema


def source(file_name: str) -> bytes:
    """Return the bytes of a schema file of this package.

    Raises:
        KeyError: The package has no such file.
    """
    file = _FOLDER / file_name
    if "/" in file_name or not file_name.endswith(".xsd") or not file.is_file():
        raise KeyError(f"The package has no schema file {file_name!r}.")
    return file.read_bytes()


def _parser() -> etree.XMLParser:
    """Return a parser for our own files, whose imports name each other. A resolver in Python would sometimes be lost.

    libxml2 has one loader of imports for the whole process, and lxml sets its own only while a thread parses.
    """
    return etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
