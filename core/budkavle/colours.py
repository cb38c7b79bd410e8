"""An organisation's own colour: judged so that words in it, and white words on it, are read by everybody.

Source: WCAG 2.2, relative luminance and contrast ratio.
"""

import re
from colorsys import hls_to_rgb, rgb_to_hls

LEAST_CONTRAST = 5.0
"""Of words and what they stand on; WCAG asks for 4.5."""
PAPER, DARK_PANE = "f6f4ef", "182127"
"""The darkest that the colour stands on in the light, and the lightest in the dark (theme.css)."""
STEPS = 200
_HEX = re.compile(r"#?([0-9a-f]{6})", re.ASCII | re.IGNORECASE)


def read_colour(text: str) -> str:
    """Return six hexadecimal digits, small letters; empty where the text is no colour."""
    written = _HEX.fullmatch(text.strip())
    return written[1].lower() if written else ""


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def for_light(colour: str) -> str:
    """Return the colour, or the nearest darker one of its hue that is read on our paper."""
    return _shifted(colour, PAPER, -1)


def for_dark(colour: str) -> str:
    """Return the colour, or the nearest lighter one of its hue that is read in the dark theme."""
    return _shifted(colour, DARK_PANE, 1)


def _shifted(colour: str, ground: str, way: int) -> str:
    hue, lightness, saturation = rgb_to_hls(*_channels(colour))
    shifted, step = colour, 0
    while contrast(shifted, ground) < LEAST_CONTRAST and step < STEPS:
        step += 1
        channels = hls_to_rgb(hue, min(max(lightness + way * step / STEPS, 0), 1), saturation)
        shifted = "".join(f"{round(channel * 255):02x}" for channel in channels)
    return shifted


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4))
    return red, green, blue


def _luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
