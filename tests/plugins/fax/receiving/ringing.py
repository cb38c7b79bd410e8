"""Faxes as the hook of HylaFAX lays them in the folder, and the cases that come of them."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
from PIL import Image, ImageDraw

from budkavle.cases import list_cases
from budkavle.messaging import read_case
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work

CALLER = "0107654321"


def page(number: int = 1, size: tuple[int, int] = (1728, 2292)) -> Image.Image:
    image = Image.new("1", size, 1)
    draw = ImageDraw.Draw(image)
    draw.line((0, 100 * number, size[0], 100 * number + 50), 0, 1)
    draw.rectangle((200, 300, 200 + 40 * number, 700), 0)
    return image


def tiff(pages: int = 2, compression: str = "group4", **more: Any) -> bytes:
    first, *others = [page(number + 1) for number in range(pages)]
    kept = io.BytesIO()
    first.save(kept, "TIFF", compression=compression, save_all=True, append_images=others, dpi=(204, 196), **more)
    return kept.getvalue()


def dots(pdf: bytes) -> list[bytes]:
    """Return the pictures of a PDF, dot by dot."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        images = [pikepdf.PdfImage(image) for one in opened.pages for image in one.get_images().values()]
        return [image.as_pil_image().convert("1").tobytes() for image in images]


def ring(
    inbox: Path,
    content: bytes,
    did: str = "0101234567",
    caller: str = CALLER,
    error: str = "",
    name: str = "1",
) -> Path:
    """Lay a fax in the folder as the hook does."""
    file = inbox / f"ttyA-{name}-fax{name}.tif"
    file.write_bytes(content)
    slip = f"modem=ttyA\ncommid={name}\nerror={error}\ncaller={caller}\ndid={did}\n"
    file.with_suffix(".slip").write_text(slip)
    return file


def found(organisation: SampleOrganisation, mailbox_id: UUID) -> list[Any]:
    """Return the cases of a mailbox, opened."""
    cases = in_work(organisation.platform, organisation.case_worker, list_cases, mailbox_id).items
    return [in_work(organisation.platform, organisation.case_worker, read_case, one.id) for one in cases]


def the_case(organisation: SampleOrganisation) -> Any:
    return found(organisation, organisation.mailbox.id)[0]
