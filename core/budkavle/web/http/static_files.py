"""CSS, scripts and images of the core and the plugins: read and compressed once, cached by browsers for a year.

The URL contains the content's hash, so a new version has a new URL. Scripts import each other by relative URLs, which
inherit the hash of the importing script. So all scripts of the core, or of one plugin, share a hash. A script contains
the modules that only it needs (`joined_scripts.py`).
"""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import cramjam
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from budkavle.model.errors import NotFound
from budkavle.web.http.forms import WebRequest
from budkavle.web.http.joined_scripts import Scripts

YEAR = "public, max-age=31536000, immutable"
PACKED_TYPES = ("text/", "application/json", "image/svg+xml", "text/javascript")
FOR_FRAMES = ("pdf/", "vendor/pdfjs/")
"""Files loaded by the frame of PDF.js: it has an opaque origin, so its requests are cross-origin."""
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("application/wasm", ".wasm")
mimetypes.add_type("image/webp", ".webp")


LARGE = 200_000
"""Above this size the best compression takes seconds."""


@dataclass(frozen=True)
class _File:
    content: bytes
    content_type: str
    version: str

    @property
    def is_packed(self) -> bool:
        """Whether the file is worth compressing."""
        return self.content_type.startswith(PACKED_TYPES)

    @cached_property
    def as_brotli(self) -> bytes:
        """Compressed at the first request, for browsers over TLS; takes at most a tenth of a second."""
        return bytes(cramjam.brotli.compress(self.content, level=11 if len(self.content) < LARGE else 9))

    @cached_property
    def as_gzip(self) -> bytes:
        """Compressed for all others."""
        return gzip.compress(self.content, 9, mtime=0)

    def packed(self, accepted: str) -> tuple[bytes, str]:
        """Return the content in an encoding that the browser accepts, and the encoding; empty if not compressed."""
        encodings = {part.partition(";")[0].strip() for part in accepted.split(",")}
        if self.is_packed and "br" in encodings:
            return self.as_brotli, "br"
        if self.is_packed and "gzip" in encodings:
            return self.as_gzip, "gzip"
        return self.content, ""


class StaticFiles:
    """All static files by name.

    Args:
        folders: The folders by prefix; the core's is empty, a plugin's is `plugin/NAME/`.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._files: dict[str, _File] = {}
        for prefix, folder in folders.items():
            self._files.update(_read_folder(prefix, folder))

    def url(self, name: str) -> str:
        """Return the URL of a file.

        Raises:
            KeyError: There is no such file: an error in a template.
        """
        return f"/static/{self._files[name].version}/{name}"

    def handler(self) -> HTTPRouteHandler:
        """Return the route that serves them."""

        @get("/static/{version:str}/{name:path}", media_type=MediaType.TEXT, sync_to_thread=False)
        def static_file(
            request: WebRequest,
            name: FromPath[str],
        ) -> Response[bytes]:
            """Serve one static file, compressed if the browser accepts that."""
            file = self._files.get(str(name).lstrip("/"))
            if file is None:
                raise NotFound("Filen finns inte.")
            headers = {"cache-control": YEAR, "vary": "accept-encoding"}
            if str(name).lstrip("/").startswith(FOR_FRAMES):
                headers["access-control-allow-origin"] = "*"
            content, encoding = file.packed(request.headers.get("accept-encoding", ""))
            if encoding:
                headers["content-encoding"] = encoding
            return Response(content, media_type=file.content_type, headers=headers)

        return static_file


def _read_folder(prefix: str, folder: Path) -> dict[str, _File]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return _read_files(prefix, folder, tuple((path, path.stat().st_mtime_ns) for path in paths))


@lru_cache(maxsize=256)
def _read_files(prefix: str, folder: Path, changed: tuple[tuple[Path, int], ...]) -> dict[str, _File]:
    """Read a folder's files once, even if a process has several applications, as in tests."""
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path, _ in changed}
    scripts = _version(b"".join(content for name, content in contents.items() if name.endswith(".js")))
    modules = {name: contents[name].decode() for name in contents if name.endswith(".js") and not _is_foreign(name)}
    joined = {name: script.encode() for name, script in Scripts(modules).joined().items()}
    joined |= {name: _with_imports(name, contents) for name in contents if name.endswith(".css")}
    return {
        prefix + name: _file(name, joined.get(name, content), scripts if name.endswith(".js") else "")
        for name, content in contents.items()
    }


def _with_imports(name: str, contents: Mapping[str, bytes]) -> bytes:
    """Inline the style sheets that a style sheet imports, as `@import "./other.css";`."""
    return re.sub(rb'@import "\./([\w.-]+)";\n', lambda line: contents[line[1].decode()] + b"\n", contents[name])


def _is_foreign(name: str) -> bool:
    return "vendor" in Path(name).parts


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _file(name: str, content: bytes, version: str = "") -> _File:
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    content = content if _is_foreign(name) else _bare(Path(name).suffix, content)
    return _File(content, content_type, version or _version(content))


def _bare(suffix: str, content: bytes) -> bytes:
    """Remove whole-line comments of scripts, and all comments and indentation of style sheets."""
    if suffix == ".js":
        return re.sub(rb"^[ \t]*//.*\n", b"", content, flags=re.MULTILINE)
    if suffix == ".css":
        return re.sub(rb"\n\s*", b"\n", re.sub(rb"/\*.*?\*/", b"", content, flags=re.DOTALL))
    return content
