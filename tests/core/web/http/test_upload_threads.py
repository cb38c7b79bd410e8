"""Files of one person that take long to finish leave threads for those of others."""

import asyncio
import threading
from collections.abc import Generator
from types import SimpleNamespace
from typing import Any

from litestar import Request

from budkavle.web.http.forms import OWN_THREADS, UPLOAD_THREADS, Form, UploadThreads, read_multipart

PATIENCE = 20.0
BODY = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc\r\n--b--\r\n'


def sent(threads: UploadThreads) -> Request[Any, Any, Any]:
    """Return a request with one file."""

    async def receive() -> Any:
        return {"type": "http.request", "body": BODY, "more_body": False}

    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"content-type", b'multipart/form-data; boundary="b"')],
        "query_string": b"",
        "state": {},
        "litestar_app": SimpleNamespace(state=SimpleNamespace(upload_threads=threads)),
        "route_handler": SimpleNamespace(resolve_request_max_body_size=lambda: None),
    }
    return Request(scope, receive)


def test_many_files_of_one_leave_threads_for_another() -> None:
    """As many come at once as there are threads in all; the other's is finished while each of them waits."""
    go, begun = threading.Event(), threading.Semaphore(0)

    def slow(_name: str, _kind: str) -> Generator[None, bytes, str]:
        while (yield):
            pass
        begun.release()
        assert go.wait(PATIENCE)
        return "Kim"

    def quick(_name: str, _kind: str) -> Generator[None, bytes, str]:
        while (yield):
            pass
        return "Ada"

    async def run() -> list[Form]:
        threads = UploadThreads()
        several = [asyncio.ensure_future(read_multipart(sent(threads), slow, "Kim")) for _ in range(2 * UPLOAD_THREADS)]
        try:
            for _ in range(OWN_THREADS):
                assert await asyncio.to_thread(begun.acquire, timeout=PATIENCE)
            other = await asyncio.wait_for(read_multipart(sent(threads), quick, "Ada"), PATIENCE / 2)
            assert not begun.acquire(blocking=False), "more of one's are being finished than may be"
        finally:
            go.set()
        return [other, *await asyncio.gather(*several)]

    forms = asyncio.run(run())
    assert [form.files for form in forms] == [["Ada"], *[["Kim"]] * 2 * UPLOAD_THREADS]
