"""Numbers as texts write them: rates of interest, multiples and sums, in figures and in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialer.screening.reading import Reading
from dialer.screening.trie import Hit, Word

# The flat form holds no spaces and no points, hence `65%` for 6.5 %: only whether there is a number matters here.
_HAN = "零〇一二三四五六七八九十百千两壹贰叁肆伍陆柒捌玖拾点半几"
_EN = (
    "(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    "seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|point|half|and|a)"
)
_PERCENT = "(?:%|percent|percentage|pct|‰)"
_RATE = (
    rf"\d{{1,9}}{_PERCENT}",
    rf"(?:百分之|百分|千分之|万分之)[{_HAN}\d]{{1,9}}",
    rf"[{_HAN}\d]{{1,9}}(?:个百分点|个点|分利|厘|个percent|{_PERCENT})",
    rf"{_EN}{{1,6}}{_PERCENT}",
)
_TIMES = (
    rf"[{_HAN}\d]{{1,9}}倍",
    r"翻[一二两三四五六七八九十几\d]{0,3}[倍番翻]",
    r"(?:double|triple|quadruple|tenfold|twice)(?:d|s|ing)?",
)
_NUMBER = rf"(?:\d{{1,9}}|{_EN}{{1,6}})"
_RANGE = (
    rf"(?:{_NUMBER}(?:{_PERCENT})?(?:to|and){_NUMBER}{_PERCENT})",
    rf"(?:百分之)?[{_HAN}\d]{{1,9}}%?(?:至|到)(?:百分之)?[{_HAN}\d]{{1,9}}%?",
)
_SUM = (
    rf"[{_HAN}\d]{{1,9}}[万千百亿]?(?:元|块|美金|美元|刀|万|千)",
    r"日(?:入|赚|结)?[上过]?[千万百]",
    r"\d{2,9}(?:dollar|pound|euro|yuan|rmb|usd)s?",
)
_PATTERNS = {
    "$rate": re.compile("|".join(_RATE)),
    "$times": re.compile("|".join(_TIMES)),
    "$range": re.compile("|".join(_RANGE)),
    "$sum": re.compile("|".join(_SUM)),
}


def numbers_in(reading: Reading) -> Iterator[Hit]:
    """Every rate, range of two, multiple and sum, as hits of `$rate`, `$range`, `$times` and `$sum`."""
    for name, pattern in _PATTERNS.items():
        word = Word(name, name, open_end=False, han=False)
        for found in pattern.finditer(reading.flat):
            first, last = found.start(), found.end() - 1
            yield Hit(word, first, last, disguised=False, broken=False)
