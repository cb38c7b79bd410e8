"""Odd pages over T.30: two software fax machines whose sound goes from the one to the other in memory (libspandsp)."""

import ctypes
import ctypes.util
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import pikepdf
import pytest
from PIL import Image, ImageSequence

from budkavle import File
from budkavle_fax.documents import rendering
from budkavle_fax.documents.received import received

SAMPLES = 160
"""A fiftieth of a second at 8 000 samples a second."""
LONGEST = 50 * 60 * 30
ENDED = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)


class Machine:
    """One fax machine, with error correction and the usual compressions."""

    kept: ClassVar[list[Any]] = []

    def __init__(self, library: Any, name: bytes, *, calling: bool) -> None:
        self._library = library
        self.state = library.fax_init(None, int(calling))
        self.t30 = library.fax_get_t30_state(self.state)
        self.outcome: int | None = None
        library.t30_set_tx_ident(self.t30, name)
        library.t30_set_ecm_capability(self.t30, 1)
        library.t30_set_supported_compressions(self.t30, 7)
        library.t30_set_supported_modems(self.t30, 7)
        handler = ENDED(lambda _t30, _user, code: setattr(self, "outcome", code))
        self.kept.append(handler)
        library.t30_set_phase_e_handler(self.t30, handler, None)


@pytest.fixture(scope="module")
def call(missing: Callable[[str], NoReturn]) -> Callable[[Path, Path], tuple[int | None, int | None]]:
    """Call from a machine with a TIFF to one that writes a TIFF; gives how it ended for both (0 is well)."""
    found = ctypes.util.find_library("spandsp")
    if found is None:
        missing("libspandsp is not installed (make peers)")
    library = ctypes.CDLL(found)
    pointer, number = ctypes.c_void_p, ctypes.c_int
    library.fax_init.restype = library.fax_get_t30_state.restype = pointer
    library.fax_init.argtypes, library.fax_get_t30_state.argtypes = [pointer, number], [pointer]
    library.fax_rx.argtypes = library.fax_tx.argtypes = [pointer, pointer, number]
    library.t30_set_tx_file.argtypes = [pointer, ctypes.c_char_p, number, number]
    library.t30_set_rx_file.argtypes = [pointer, ctypes.c_char_p, number]
    library.t30_set_tx_ident.argtypes = [pointer, ctypes.c_char_p]
    for name in ("ecm_capability", "supported_compressions", "supported_modems"):
        getattr(library, f"t30_set_{name}").argtypes = [pointer, number]
    library.t30_set_phase_e_handler.argtypes = [pointer, ENDED, pointer]

    def talk(sent: Path, came: Path) -> tuple[int | None, int | None]:
        ours, theirs = Machine(library, b"Habo", calling=True), Machine(library, b"Vattern", calling=False)
        library.t30_set_tx_file(ours.t30, bytes(sent), -1, -1)
        library.t30_set_rx_file(theirs.t30, bytes(came), -1)
        there, back = (ctypes.c_int16 * SAMPLES)(), (ctypes.c_int16 * SAMPLES)()
        for _ in range(LONGEST):
            if ours.outcome is not None and theirs.outcome is not None:
                break
            for line in (there, back):
                ctypes.memset(line, 0, SAMPLES * 2)
            library.fax_tx(ours.state, there, SAMPLES)
            library.fax_tx(theirs.state, back, SAMPLES)
            library.fax_rx(ours.state, back, SAMPLES)
            library.fax_rx(theirs.state, there, SAMPLES)
        return ours.outcome, theirs.outcome

    return talk


def pdf(*pages: bytes, size: tuple[float, float] = (595, 842)) -> File:
    """Make a PDF of pages drawn so."""
    made, kept = pikepdf.new(), io.BytesIO()
    for content in pages:
        made.add_blank_page(page_size=size)
        made.pages[-1].Contents = made.make_stream(content)
    made.save(kept)
    return File("a.pdf", "application/pdf", kept.getvalue())


def photograph() -> File:
    kept = io.BytesIO()
    Image.effect_noise((500, 700), 90).save(kept, "JPEG", dpi=(120, 120))
    return File("foto.jpg", "image/jpeg", kept.getvalue())


HAIRLINES = b"0.1 w " + b" ".join(b"%d 50 m %d 800 l S" % (x, x + 7) for x in range(50, 550, 25))
PAGES = {
    "blank": [pdf(b"")],
    "thirty": [pdf(*(b"50 %d 100 20 re f" % (20 * number) for number in range(30)))],
    "a5": [pdf(b"50 50 100 100 re f", size=(420, 595))],
    "landscape": [pdf(b"50 50 100 100 re f", size=(842, 595))],
    "photograph": [photograph()],
    "hairlines": [pdf(HAIRLINES)],
}


@pytest.mark.peer("fax", "libspandsp (T.30)")
@pytest.mark.feature("T1", "T6")
@pytest.mark.parametrize(
    "kind", [pytest.param(one, marks=pytest.mark.slow) if one == "thirty" else one for one in PAGES]
)
def test_odd_pages_come_as_they_were_sent(
    kind: str, call: Callable[[Path, Path], tuple[int | None, int | None]], tmp_path: Path
) -> None:
    """Blank, thirty of them, A5, lying down, a photograph, one-dot lines: every dot, also as the PDF that is read."""
    sent, came = tmp_path / "sent.tif", tmp_path / "came.tif"
    sent.write_bytes(rendering.prepare(None, PAGES[kind], 50))
    assert call(sent, came) == (0, 0)
    assert dots(came) == dots(sent)
    got = received(came.read_bytes())
    assert not got.warnings
    with pikepdf.open(io.BytesIO(got.files[0].content)) as opened:
        images = [pikepdf.PdfImage(image) for page in opened.pages for image in page.get_images().values()]
        assert [image.as_pil_image().convert("1").tobytes() for image in images] == dots(sent)


def dots(path: Path) -> list[bytes]:
    with Image.open(path) as opened:
        return [frame.convert("1").tobytes() for frame in ImageSequence.Iterator(opened)]
