#!/usr/bin/env python3
"""Recomputes the sizes that ERRATA.md states from the cases that it names, and holds the page to them.

    errata_sizes.py

Prints every figure as computed and as it stands on the page, those that are not computed with the reason, and what does not fit:
a figure that differs in the digits printed, words that the page no longer has, an entry or a figure without a computation or a reason
in `errata_lm2.py` or `errata_infinity_former.py`. Exit code 1 where anything does not fit. The table of what runs wrong is not read:
it reports what was observed of the code, and has no sizes.
"""

import pathlib
import re
import sys
from decimal import Decimal
from fractions import Fraction

from mpmath import mp

import errata_infinity_former
import errata_lm2

PAGE = pathlib.Path(__file__).resolve().parent.parent / "ERRATA.md"
READINGS = errata_lm2.READINGS | errata_infinity_former.READINGS
NOT_COMPUTED = errata_lm2.NOT_COMPUTED | errata_infinity_former.NOT_COMPUTED

NUMBER = r"[−-]?(?:\d+/\d+|(?:\d+\.?\d*|\.\d+)(?:e[−-]?\d+)?)"
# What must be a size where it stands among them: numbers with a point or an exponent, fractions, per cents. Other integers are extents.
SIZE = re.compile(r"(?<![\w.])(?:\d*\.\d+(?:e[−-]?\d+)?|\d+e[−-]?\d+|\d+/\d+|\d+(?= %))(?!\d)")


class Entry:
    """A row of the page: its number, and the text in which no figure has been accounted for yet."""

    def __init__(self, row, titles):
        self.row = self.rest = row
        self.id = cells(row)[0]
        self.has_size = "size" in titles
        self.column = titles.index("size" if self.has_size else "reading")

    def account_for(self, words):
        """The figures in place of each {}, as printed; None where the page has not these words, or more than once."""
        pattern = re.escape(words).replace(r"\{\}", f"(?<![\\w.])({NUMBER})(?!\\w)")
        matches = list(re.finditer(pattern, self.row))
        if len(matches) != 1:
            return None
        first, end = matches[0].span()
        self.rest = self.rest[:first] + " " * (end - first) + self.rest[end:]
        return matches[0].groups()

    def left(self):
        return SIZE.findall(cells(self.rest)[self.column])


def cells(row):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def entries_of(page):
    """The rows of the tables of departures and of ambiguities, by their numbers."""
    entries = {}
    for title in ("## Departures", "## Where the papers are ambiguous"):
        header, _, *rows = (line for line in page.split(title)[1].split("\n## ")[0].splitlines() if line.startswith("|"))
        entries |= {entry.id: entry for entry in (Entry(row, cells(header)) for row in rows)}
    return entries


def number(printed):
    return Decimal(printed.replace("−", "-"))


def fits(value, printed):
    """Whether the value, rounded to the digits that are printed, is the printed one."""
    if "/" in printed:
        return Fraction(float(value)).limit_denominator(10**6) == Fraction(printed)
    unit = Decimal((0, (1,), number(printed).as_tuple().exponent))
    return Decimal(mp.nstr(mp.mpf(value), 20)).quantize(unit) == number(printed)


def shown(value, printed):
    """Three significant digits, or as many as are printed, written as on the page: no 0 before the point."""
    if isinstance(value, int):
        return str(value)
    digits = 3 if "/" in printed else max(3, len(number(printed).as_tuple().digits))
    text = f"{float(value):#.{digits}g}".rstrip(".").replace("e-0", "e-")
    return re.sub("^-", "−", re.sub(r"^(-?)0\.", r"\1.", text))


def checks(entry):
    """Prints what is computed of an entry and what is not; a problem or None for each."""
    for words, figures in READINGS[entry.id]() if entry.id in READINGS else ():
        found = entry.account_for(words)
        if found is None:
            yield missing(words)
            continue
        for figure, printed in zip(figures, found, strict=True):
            same = fits(figure.value, printed)
            verdict = "ok" if same else "DIFFERENT"
            print(f"{entry.id:4} {figure.case:52} {figure.output:14} {shown(figure.value, printed):>9} {printed:>9} {verdict}")
            value = mp.nstr(mp.mpf(figure.value), 6)
            yield None if same else f"{figure.output} of {figure.case}: ERRATA.md says {printed}, computed {value}"
    for words, reason in NOT_COMPUTED.get(entry.id, ()):
        found = entry.account_for(words)
        print(f"{entry.id:4} '{words}': not computed: {reason}")
        yield None if found is not None else missing(words)
    for figure in entry.left():
        yield f"{figure} is neither computed nor excused"
    if entry.has_size and entry.id not in READINGS | NOT_COMPUTED:
        yield "its size is neither computed nor excused"


def missing(words):
    return f"'{words}' is not in its row of ERRATA.md, or not once; the words are those of errata_lm2.py or errata_infinity_former.py"


def main():
    entries = entries_of(PAGE.read_text())
    results = [(entry.id, problem) for entry in entries.values() for problem in checks(entry)]
    results += [(unknown, "not an entry of ERRATA.md") for unknown in READINGS | NOT_COMPUTED if unknown not in entries]
    problems = [f"{id}: {problem}" for id, problem in results if problem]
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"{len(results) - len(problems)} passed, {len(problems)} failed")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
