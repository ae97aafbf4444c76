"""What the signs of Word's symbol fonts mean, as characters that every font has.

A tick from Wingdings is stored as a letter or as a character for private use: read as stored, it says nothing or
something else ("ü"). Listed are the Symbol font, whole, and of the fonts of pictures what councils' tables use.
"""

from __future__ import annotations

from typing import Final

_GREEK = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}~"
_MATHS = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑"
_ARROWS = {0x66: "←", 0x67: "→", 0x68: "↑", 0x69: "↓", 0x6A: "↖", 0x6B: "↗", 0x6C: "↙", 0x6D: "↘"}
_FONTS: Final[dict[str, dict[int, str]]] = {
    "symbol": {
        **{0x20 + at: sign for at, sign in enumerate(_GREEK)},
        **{0xA0 + at: sign for at, sign in enumerate(_MATHS)},
    },
    "wingdings": {
        0x43: "👍", 0x44: "👎", 0x4A: "☺", 0x4B: "😐", 0x4C: "☹", 0x6C: "●", 0x6D: "○", 0x6E: "■", 0x6F: "□",
        0x70: "□", 0x71: "❑", 0x72: "❒", 0x74: "◆", 0x75: "◆", 0x76: "❖", 0x77: "◆", 0x78: "☒", 0x9E: "·", 0x9F: "•",
        0xA0: "▪", 0xA1: "○", 0xA7: "▪", 0xA8: "☐", 0xAB: "★", 0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓",
        0xE3: "↖", 0xE4: "↗", 0xE5: "↙", 0xE6: "↘", 0xE7: "←", 0xE8: "→", 0xE9: "↑", 0xEA: "↓", 0xEF: "⇦", 0xF0: "⇨",
        0xF1: "⇧", 0xF2: "⇩", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
        **{0x80 + at: str(at) for at in range(11)}, **{0x8B + at: str(at) for at in range(11)},
    },
    "wingdings 2": {
        0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x97: "●", 0x98: "●", 0x99: "○", 0xA2: "■",
        0xA3: "☐", 0xA4: "□", **{0x69 + at: str(at) for at in range(11)}, **{0x74 + at: str(at) for at in range(11)},
    },
    "wingdings 3": {**_ARROWS, 0x70: "▲", 0x71: "▼", 0x72: "△", 0x73: "▽", 0x74: "◀", 0x75: "▶", 0x80: "▲",
                    0x81: "▲", 0x82: "▼", 0x83: "◀", 0x84: "▶"},
    "webdings": {0x61: "✓", 0x63: "□", 0x67: "■", 0x6E: "●", 0x72: "✗", 0x33: "◀", 0x34: "▶", 0x35: "▲", 0x36: "▼"},
}  # fmt: skip
PRIVATE: Final = "\uf000"
"""Where the private characters begin that Word stores a symbol font's signs as."""


def is_symbol_font(font: str) -> bool:
    """Whether the letters of this font are signs."""
    return font.lower() in _FONTS


def symbol(font: str, code: int) -> str:
    """Give the character that a sign of a font stands for; a space where it is a picture without a meaning here."""
    known = _FONTS.get(font.lower(), {})
    return known.get(code & 0xFF, " ")


def with_symbols(font: str, text: str) -> str:
    """Give words of a run in `font` as they look: all of a symbol font's, of another's the private characters."""
    if is_symbol_font(font):
        return "".join(sign if sign.isspace() else symbol(font, ord(sign)) for sign in text)
    if text.isascii() or not any("\uf020" <= sign <= "\uf0ff" for sign in text):
        return text
    return "".join(_private(sign) if "\uf020" <= sign <= "\uf0ff" else sign for sign in text)


def _private(sign: str) -> str:
    """What a private character means where its font isn't named: bullets are Symbol's, all else is Wingdings'."""
    return "•" if sign == "\uf0b7" else symbol("wingdings", ord(sign))
