"""Simplifies requests before the library sees them: their XML, and the destination of COPY and MOVE."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit

from lxml import etree
from wsgidav.dav_error import DAVError
from wsgidav.mw.base_mw import BaseMiddleware

from budkavle_files.webdav.bridge import decoded_path
from budkavle_files.webdav.visits import KEY, Visit

BAD, ELSEWHERE = 400, 502
WITH_XML: Final = frozenset({"LOCK", "PROPFIND", "PROPPATCH"})
_OWN_SCHEME: Final = "dav"


class PlainRequests(BaseMiddleware):  # type: ignore[misc] # the library is not typed
    """Parses a request's XML without entities, comments and instructions, and its destination as a path of ours."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        """Answer a request.

        Raises:
            DAVError: The XML or the destination is not valid.
        """
        visit: Visit = environ[KEY]
        environ.setdefault("HTTP_HOST", visit.netloc)  # HTTP/2 has no such header
        if environ["REQUEST_METHOD"] in WITH_XML:
            body = plain_xml(environ["wsgi.input"].read())
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
        if "HTTP_DESTINATION" in environ:
            # The library decodes the header before it parses it, and would read `;` in a name as a parameter of http.
            # With another scheme it knows no parameters, and it accepts that scheme as ours if a proxy's header names
            # it.
            path = own_path(environ["HTTP_DESTINATION"], {environ["HTTP_HOST"], visit.netloc})
            environ["HTTP_DESTINATION"] = f"{_OWN_SCHEME}://{_OWN_SCHEME}{path}"
            environ["HTTP_X_FORWARDED_PROTO"] = environ["HTTP_X_FORWARDED_HOST"] = _OWN_SCHEME
        return self.next_app(environ, start_response)  # type: ignore[no-any-return]


def plain_xml(body: bytes) -> bytes:
    """Return a request's XML with only elements and text; an empty body stays empty.

    Raises:
        DAVError: It is not XML, or declares a document type, which WebDAV does not have.
    """
    if not body.strip():
        return b""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise DAVError(BAD) from error
    if root.getroottree().docinfo.doctype:
        raise DAVError(BAD)
    return etree.tostring(root)


def own_path(destination: str, hosts: set[str]) -> str:
    """Return the path of a destination, still encoded.

    Args:
        destination: An address of ours, or a path.
        hosts: Our host names.

    Raises:
        DAVError: It is on another host, a name in it has a slash, or it has more than a path.
    """
    try:
        parts = urlsplit(destination)
    except ValueError as error:
        raise DAVError(BAD) from error
    if parts.netloc and parts.netloc.lower() not in {host.lower() for host in hosts}:
        raise DAVError(ELSEWHERE)
    path = parts.path
    decoded = decoded_path(path.encode("latin-1", "replace"))
    # The library would take what follows `?` in a decoded name for a query.
    if decoded is None or "?" in decoded or parts.query:
        raise DAVError(BAD)
    return path
