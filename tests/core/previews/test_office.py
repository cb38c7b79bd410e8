"""Office documents are looked at by LibreOffice, in a child that reaches a folder in memory alone."""

import io
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from budkavle import Bounds, Invalid, TooLarge, bounded
from budkavle.operations import Preview, preview_file
from budkavle.plugins import closed_child
from budkavle.previews import office
from budkavle.testing.working import wait_until

LETTER = rb"{\rtf1\ansi Hej fr\'e5n Word\par}"
ODT = "application/vnd.oasis.opendocument.text"
NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink"'
)


def look(content: bytes, name: str = "brev.rtf") -> Preview:
    return preview_file(name, "", len(content), [content])


def odt(body: str) -> bytes:
    """Return a text document of OpenDocument."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("mimetype", ODT, zipfile.ZIP_STORED)
        entry = '<manifest:file-entry manifest:full-path="{}" manifest:media-type="{}"/>'
        entries = entry.format("/", ODT) + entry.format("content.xml", "text/xml")
        manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        whole.writestr("META-INF/manifest.xml", f"{manifest}{entries}</manifest:manifest>")
        content = (
            f'<office:document-content {NAMES} office:version="1.2"><office:body><office:text>{body}</office:text>'
        )
        whole.writestr("content.xml", f"{content}</office:body></office:document-content>")
    return out.getvalue()


def reach(paths: list[str], folder: str, port: int) -> list[str]:
    """Tell what a fenced child can do; in the child."""
    closed_child.fence_in([Path("/usr")], [Path(folder)])
    done = []
    for path in paths:
        try:
            Path(path).read_bytes()
            done.append(f"read {path}")
        except OSError:
            pass
    for path in (folder, str(Path(folder).parent)):
        try:
            (Path(path) / "written").write_bytes(b"x")
            done.append(f"wrote {path}")
        except OSError:
            pass
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        done.append("connected")
    except OSError:
        pass
    return done


@pytest.fixture(autouse=True)
def _importable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the child find this file by its name."""
    monkeypatch.syspath_prepend(root)


@pytest.fixture
def writer(program: Callable[..., str], missing: Callable[[str], object]) -> str:
    """LibreOffice, on a machine that can fence it in."""
    if not closed_child.can_fence():
        missing("the kernel has no Landlock")
    return program("soffice", "libreoffice")


@pytest.mark.slow
def test_a_letter_shows_its_pages_and_its_text(writer: str) -> None:
    """Of several kinds; nothing of it is left in memory."""
    before = set(office.SHARED_MEMORY.iterdir())
    for content, name in ((LETTER, "brev.rtf"), (odt("<text:p>Hej från Writer</text:p>"), "BREV.ODT")):
        preview = look(content, name)
        assert preview.count == 1
        assert preview.pages[0].text.startswith("Hej från W")
    left = {path for path in set(office.SHARED_MEMORY.iterdir()) - before if "preview" in path.name}
    wait_until(lambda: not any(path.exists() for path in left))  # those of other tests, too


@pytest.mark.slow
def test_a_document_fetches_nothing(writer: str, tmp_path: Path) -> None:
    """A picture that it only points to, on the net or on our disk, is neither asked for nor shown."""
    Image.new("RGB", (300, 300), "red").save(tmp_path / "ours.png")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.5)
        net = f"http://127.0.0.1:{listening.getsockname()[1]}/theirs.png"
        frames = "".join(
            '<text:p><draw:frame svg:width="3cm" svg:height="3cm" text:anchor-type="as-char">'
            f'<draw:image xlink:href="{url}" xlink:type="simple"/></draw:frame></text:p>'
            for url in (net, (tmp_path / "ours.png").as_uri())
        )
        preview = look(odt(frames), "brev.odt")
        with pytest.raises(TimeoutError):
            listening.accept()
    shown = Image.open(io.BytesIO(preview.pages[0].picture)).convert("RGB")
    reds = [colour for _, colour in shown.getcolors(1 << 24) or () if colour[0] > 200 and colour[1] < 60]
    assert not reds


@pytest.mark.slow
def test_what_is_broken_or_too_much_says_so(writer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain sentence, without the file's name, and within the bounds."""
    with pytest.raises(Invalid, match="skadad eller låst"):
        look(b"\xd0\xcf\x11\xe0 nothing", "a.doc")
    monkeypatch.setattr(office, "BOUNDS", Bounds(cpu=20, wall=1, memory=1_000_000_000))
    with pytest.raises(TooLarge, match="för stor eller för invecklad"):
        look(odt("<text:p>Hej</text:p>" * 100_000), "lång.odt")


def test_without_the_program_or_the_fence_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what to do instead."""
    with monkeypatch.context() as patch:
        patch.setattr(closed_child, "can_fence", lambda: False)
        with pytest.raises(Invalid, match="kan inte förhandsvisas här"):
            look(LETTER)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Invalid, match="kan inte förhandsvisas här"):
        look(LETTER)


def test_a_fenced_child_reaches_its_folder_alone(tmp_path: Path, missing: Callable[[str], object]) -> None:
    """No secret beside it, no parent, no socket; what it is shown it reads."""
    if not closed_child.can_fence():
        missing("the kernel has no Landlock")
    secret, room = tmp_path / "secret", tmp_path / "room"
    secret.write_text("hemligt")
    room.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        done = bounded(reach, [str(secret), "/etc/hostname", "/proc/self/environ"], str(room), port)
    assert done == [f"wrote {room}"]
