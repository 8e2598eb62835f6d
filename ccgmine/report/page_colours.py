"""The heat scale of the page: one hue, a step a tenth, the text on it always readable.

Three scales: on a light and a dark screen, and on paper, where the ink stays black because a
printer may leave backgrounds out.
"""

from __future__ import annotations

INK, PAPER = "#101820", "#ffffff"
# Hue 248 in OKLCH; lightness falls (on dark: rises) from nobody to everybody. The sixth and seventh
# step lie apart so that each has a text colour with enough contrast.
LIGHT = (
    "#f8fafd", "#e6f2fd", "#d1e6fa", "#b8d8f7", "#9ec9f3", "#81b8ed",
    "#61a4e2", "#2573b3", "#035e9d", "#004a84", "#003768",
)  # fmt: skip
DARK = (
    "#171b1f", "#1b2835", "#1d354b", "#1e4263", "#225079", "#255e90",
    "#2d6da5", "#5e9ed9", "#7ab4ea", "#9bc9f6", "#bcdfff",
)  # fmt: skip
PRINT = (
    "#ffffff", "#f1f6fc", "#e3eef9", "#d5e5f6", "#c7ddf3", "#b9d4ef",
    "#abccec", "#9ec3e8", "#90bbe5", "#82b2e1", "#74aade",
)  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of ``#rrggbb``."""

    def linear(value: int) -> float:
        v = value / 255
        return v / 12.92 if v <= 0.04045 else float(((v + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2), from 1 to 21.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def text_on(background: str) -> str:
    """Ink or paper, whichever reads better.

    >>> text_on("#ffffff"), text_on("#003768")
    ('#101820', '#ffffff')
    """
    return max((INK, PAPER), key=lambda text: contrast(text, background))


def heat_css() -> str:
    """The rules for ``.h0`` to ``.h10``."""
    return "\n".join(
        [
            _rules(LIGHT),
            "@media screen and (prefers-color-scheme: dark) {\n" + _rules(DARK) + "\n}",
            "@media print {\n" + _rules(PRINT) + "\n}\n",
        ]
    )


def _rules(scale: tuple[str, ...]) -> str:
    return "\n".join(
        f".h{step} {{ background: {colour}; color: {text_on(colour)}; }}"
        for step, colour in enumerate(scale)
    )
