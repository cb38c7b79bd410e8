"""The icons of an app: our own mark, drawn here in the sizes that Microsoft 365 requires.

Source: Microsoft Learn, "Design your app icon" (colour 192x192 on a background, outline 32x32 white on transparent).
"""

import io

from PIL import Image, ImageDraw

COLOR, OUTLINE = 192, 32
FINE = 8
"""How many times larger it is drawn before it is reduced, which makes the edges smooth."""
GROUND, BATON, RING, WHITE = (11, 85, 102, 255), (240, 168, 84, 255), (255, 255, 255, 255), (255, 255, 255, 255)
NOTHING = (255, 255, 255, 0)
START, END = (6.5, 25.5), (22.7, 9.3)
"""The baton, in the 32 units of the mark (`mark.svg`)."""
NOTCHES = (((9.3, 18.9), (11.5, 21.1)), ((12.9, 15.3), (15.1, 17.5)), ((16.5, 11.7), (18.7, 13.9)))
EYE, EYE_RADIUS = (25.2, 6.8), 4.5


def color_icon(size: int = COLOR) -> bytes:
    """Return the icon for the list of apps, or for a button, as PNG."""
    return _png(_drawn(size, GROUND, BATON, RING, inset=0.12))


def outline_icon() -> bytes:
    """Return the icon for the side bar, as PNG: white on transparent, since Teams colours it itself."""
    drawn = _drawn(OUTLINE, NOTHING, WHITE, WHITE, inset=0.0)
    white = Image.new("RGBA", drawn.size, WHITE)
    white.putalpha(drawn.getchannel("A"))
    return _png(white)


Colour = tuple[int, int, int, int]


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _drawn(size: int, ground: Colour, baton: Colour, ring: Colour, *, inset: float) -> Image.Image:
    picture = Image.new("RGBA", (size * FINE, size * FINE), ground)
    scale = size * FINE * (1 - 2 * inset) / 32
    _mark(ImageDraw.Draw(picture), scale, size * FINE * inset, (ground, baton, ring))
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def _mark(draw: ImageDraw.ImageDraw, scale: float, left: float, colours: tuple[Colour, Colour, Colour]) -> None:
    ground, baton, ring = colours

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return point[0] * scale + left, point[1] * scale + left

    draw.line([at(START), at(END)], baton, round(5.4 * scale))
    _disc(draw, at(START), 2.7 * scale, baton)
    for begin, end in NOTCHES:
        draw.line([at(begin), at(end)], ground, round(1.9 * scale))
    _disc(draw, at(EYE), EYE_RADIUS * scale, ring)
    _disc(draw, at(EYE), (EYE_RADIUS - 2.4) * scale, ground)


def _disc(draw: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    x, y = centre
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], colour)
