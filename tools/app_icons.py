"""Draws the app's icons from the mark: `python tools/app_icons.py` writes them to the phone plugin.

The numbers are those of core/budkavle/web/static/mark.svg, since home screens do not accept SVG.
"""

from pathlib import Path

from PIL import Image, ImageDraw

STATIC = Path(__file__).parents[1] / "plugins/phone/budkavle_phone/static"
PAPER, BATON, RING, LINES = "#f6f4ef", "#a35a10", "#0b5566", "#ffffff"
MARK, FINER = 32, 4
"""The side of the mark's own drawing, and how many times larger it is drawn before scaling."""
ICONS = {"icon-192": (192, 0.78), "icon-512": (512, 0.78), "maskable-512": (512, 0.58), "apple-180": (180, 0.72)}
"""By name: the side, and the share of it that the mark takes. Maskable icons may be cut to a circle of four fifths."""


def draw(side: int, share: float, *, silhouette: bool = False) -> Image.Image:
    """Return the mark in the middle of a square.

    Args:
        side: In pixels.
        share: The share of the side that the mark takes.
        silhouette: Whether it is white on transparent, as a badge in the status bar.
    """
    whole = side * FINER
    scale, edge = whole * share / MARK, whole * (1 - share) / 2
    picture = Image.new("RGBA", (whole, whole), "#00000000" if silhouette else PAPER)
    pen = ImageDraw.Draw(picture)

    def at(x: float, y: float) -> tuple[float, float]:
        return edge + x * scale, edge + y * scale

    def ball(x: float, y: float, radius: float, **how: object) -> None:
        pen.ellipse((*at(x - radius, y - radius), *at(x + radius, y + radius)), **how)  # type: ignore[arg-type]

    baton, ring = ("#ffffff", "#ffffff") if silhouette else (BATON, RING)
    pen.polygon([at(4.6, 23.6), at(20.8, 7.4), at(24.6, 11.2), at(8.4, 27.4)], fill=baton)
    ball(6.5, 25.5, 2.69, fill=baton)
    ball(25.2, 6.8, 4.5, outline=ring, width=round(2.4 * scale))
    for x, y in () if silhouette else ((9.3, 18.9), (12.9, 15.3), (16.5, 11.7)):
        pen.line([at(x, y), at(x + 2.2, y + 2.2)], fill=LINES, width=round(1.8 * scale))
        for end in ((x, y), (x + 2.2, y + 2.2)):
            ball(*end, 0.9, fill=LINES)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def main() -> None:
    """Write the icons."""
    for name, (side, share) in ICONS.items():
        draw(side, share).convert("RGB").quantize(64).save(STATIC / f"{name}.png", optimize=True)
    draw(96, 0.9, silhouette=True).save(STATIC / "badge-96.png", optimize=True)


if __name__ == "__main__":
    main()
