"""Numbers as people write them (1 450, 14,700, 1.234,50, $12.5, 40 %); a column tells what a mark means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_CURRENCY = (
    r"(?:(?:US|AU?|CA?|NZ|HK|S|R)?\$|[€£¥₹₽₩₺₴₫₪¢]|kr\.?|zł|Kč|Fr\.|Rs\.?"
    r"|USD|EUR|GBP|CHF|JPY|INR|CNY|AUD|CAD|SEK|NOK|DKK|PLN|CZK|BRL)"
)
_NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+−–]?)\s*{_CURRENCY}?\s*(?P<sign2>[-+−–]?)"
    r"(?P<digits>\d[\d.,'’\s]*|[.,]\d+)(?P<power>[eE][-+]?\d+)?"
    rf"\s*(?:%|‰|{_CURRENCY})?(?P<after>-?)\s*(?P<close>\))?",
)
_PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_GROUPS = re.compile(r"\d{1,3}(?:[.,'’\s]\d{2,3})*[.,'’\s]\d{3}")
_UNIT = re.compile(r"[-+]?\d[\d.,]*\s*([^\W\d_°µ][^\W\d_]{0,9}[²³]?|[°µ][^\W\d_]{0,9})")
MAX_LENGTH = 60  # of a text that can be a number
MIN_UNITS = 0.9  # share of values that end with the same unit
SPACES = re.compile(r"['’\s]")


def parse_number(text: str, form: str = ".") -> float | None:
    """Return the number a text says; `form` is the decimal mark, "." or ",", and a unit that may follow (".kg").

    None where it says none.
    """
    if len(text) > MAX_LENGTH:
        return None
    decimal, unit = form[:1] or ".", form[1:]
    if unit and text.endswith(unit):
        text = text.removesuffix(unit).rstrip()
    if decimal == "." and _PLAIN.fullmatch(text):
        return float(text)
    match = _NUMBER.fullmatch(text.strip('"'))  # of a broken row
    if not match or bool(match["open"]) != bool(match["close"]):
        return None
    whole, mark, fraction = match["digits"].strip().partition(decimal)
    if (mark and fraction and not fraction.isdigit()) or not fraction.isascii():
        return None
    thousands = {char for char in whole if not char.isdigit()}
    if thousands and (len(thousands) > 1 or not _GROUPS.fullmatch(whole)):
        return None
    digits = re.sub(r"\D", "", whole) or "0"
    if not digits.isascii():
        return None
    size = float(f"{digits}.{fraction or '0'}{match['power'] or ''}")
    negative = match["open"] or match["after"] or {match["sign"], match["sign2"]} & {"-", "−", "–"}
    return -size if negative and size else size


def common_unit(texts: Sequence[str]) -> str:
    """Return the unit that nearly all texts end with after a number ("12 kg"); "" where there is none."""
    found = Counter(match[1] for text in texts if (match := _UNIT.fullmatch(text[:MAX_LENGTH])))
    unit, count = found.most_common(1)[0] if found else ("", 0)
    return unit if count >= MIN_UNITS * len(texts) else ""


def mixed_units(texts: Sequence[str]) -> list[str]:
    """Return the units that nearly all texts end with after a number, where they are several ("12 kg", "800 g")."""
    found = Counter(match[1] for text in texts if (match := _UNIT.fullmatch(text[:MAX_LENGTH])))
    units = [unit for unit, count in found.most_common() if count > 1]
    return units if len(units) > 1 and found.total() >= MIN_UNITS * len(texts) else []


def decimal_mark(texts: Iterable[str]) -> tuple[str, bool]:
    """Return the decimal mark of a column, and whether its texts settle it ("1.234" alone, and "1,234", do not)."""
    votes = {".": 0, ",": 0}
    for text in texts:
        if vote := _vote_of(text):
            votes[vote] += 1
    if votes["."] == votes[","] == 0:
        return ".", False
    return (",", True) if votes[","] > votes["."] else (".", True)


def _vote_of(text: str) -> str:
    match = _NUMBER.fullmatch(text) if len(text) <= MAX_LENGTH else None
    return _vote(SPACES.sub("", match["digits"])) if match else ""


def _vote(digits: str) -> str:
    """Return the mark that must be the decimal one in one number; "" where it could be either."""
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "." if digits.rfind(".") > digits.rfind(",") else ","
    if points + commas == 0:
        return ""
    mark = "." if points else ","
    other = "," if points else "."
    if points + commas > 1:
        return other
    whole, _, fraction = digits.partition(mark)
    return "" if len(fraction) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0") else mark


def is_ambiguous(text: str) -> bool:
    """Return whether a text holds one mark that could group thousands or begin a fraction: 14,700."""
    return (
        len(text) <= MAX_LENGTH
        and bool(_NUMBER.fullmatch(text))
        and ("." in text or "," in text)
        and not _vote_of(text)
    )


def is_decorated(text: str) -> bool:
    """Return whether a text is a number only by our reading: with grouped digits, a currency, a percent sign."""
    return not _PLAIN.fullmatch(text)


def find_missing_code(numbers: Sequence[float]) -> float:
    """Return a number of nines (-999, 9999) that recurs and lies farther off than the others spread; 0 for none."""
    for code in {min(numbers), max(numbers)}:
        others = [one for one in numbers if one != code]
        if re.fullmatch(r"-?99+", f"{code:.0f}") and others and len(numbers) - len(others) > 1:
            low, high = min(others), max(others)
            if min(abs(code - low), abs(code - high)) > max(high - low, 1.0):
                return code
    return 0.0
