"""Limits and amounts: a comparator with its strictness, a value and a unit, whatever the wording.

``≥ 18``, ``18 or older`` and ``no less than 18`` read the same; so do ``0-1`` and ``0 or 1``, ``≤ 2`` and
``must not have had more than 2``. Numbers are found first; comparators, units and the words that join two
numbers are read around them.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from translator.reading.ages import AGE_UNITS, Stretch, is_age
from translator.reading.comparators import Comparators, Limit
from translator.reading.counts import counts_nothing
from translator.reading.numerals import Number
from translator.reading.units import dimension_of, limit_at, names_limit, rate_at, unit_at
from translator.records import Comparator

_SORT_UNITS = {"ordinal": "ordinal", "daily": "/day"}
_SCALE = r"(?:ages?\s|grades?\s|class\s|stages?\s|ECOG\s|scores?\s(?:of\s)?|NYHA\s|a\s)?"
_RANGE = re.compile(rf"\s?(?:[-–—~]|to|through|thru|until|up\sto|-\sto)\s?{_SCALE}", re.IGNORECASE)
_AND = re.compile(rf"\s?,?\s?(?:and|&|or)\s{_SCALE}", re.IGNORECASE)
_LIST = re.compile(
    rf"\s?(?:,\s?(?:and/or\s|and\s|or\s)?|/|\s?(?:or|and|and/or|&)\s|\s&\s)\s?{_SCALE}", re.IGNORECASE
)
_BETWEEN = re.compile(r"\b(?:between|from|range\sof|ranging)\b[^.;\d]{0,24}$", re.IGNORECASE)
_LIMIT_BEFORE = re.compile(
    r"\b(?:(?P<upper>ULN|UNL|upper\slimit\sof\snormal)|(?P<lower>LLN|"
    r"lower\slimit\sof\snormal))\)?\s?[x×*]\s?$"
)
_PLUS = re.compile(r"\+(?![\w+])|\sor\smore(?=\s)")
_DAILY = re.compile(r"\b(?P<often>daily|weekly)\b[^.;]{0,80}$", re.IGNORECASE)
_INCLUDING = re.compile(
    r"\b(?:including|includes|inclusive of|both|with)\s(?:both\s|ages?\s)?$", re.IGNORECASE
)
_INCLUDED = re.compile(r"\s(?:are\s|is\s)?(?:both\s)?(?:included|allowed)\b", re.IGNORECASE)
_LOOK_BACK = 48
_DOSED = {"mass", "activity", "exposure", "volume"}
_MAX_CHAIN = 12


class Quantity(NamedTuple):
    """A limit or an amount in a clean text; a range is two of them.

    Attributes:
        comparator: A bare number is ``=``.
        is_age: Whether it tells how old somebody is.
        start: Where it begins, a comparator before it included.
        end: Where it ends, its unit and a comparator after it included.
        phrase: Where the range or list that it belongs to begins and ends.
    """

    comparator: Comparator
    value: Decimal
    unit: str | None
    is_age: bool
    start: int
    end: int
    phrase: tuple[int, int]


class _Item(NamedTuple):
    number: Number
    limit: Limit | None
    unit: str | None
    end: int

    @property
    def start(self) -> int:
        return self.limit.start if self.limit else self.number.start


class _Reader:
    def __init__(self, text: str, numbers: Sequence[Number]) -> None:
        self._text = text
        self._items: list[_Item] = []
        end = 0
        for number in numbers:
            if number.start < end:
                continue  # inside the unit before it: 1.73 m2, 24 h
            unit = _SORT_UNITS.get(number.sort)
            end = number.end
            if unit is None and (found := unit_at(text, end)):
                unit, end = found.name, found.end
            elif unit is None and (
                reverse := _LIMIT_BEFORE.search(text, max(0, number.start - _LOOK_BACK), number.start)
            ):
                unit = "ULN" if reverse["upper"] else "LLN"
            limit = self._comparators.before(number.start)
            if plus := _PLUS.match(text, number.end):
                limit = limit or Limit(">=", number.start, number.end)
                if found := unit_at(text, plus.end()):
                    unit, end = found.name, found.end
            self._items.append(_Item(number, limit, unit, end))
        self._share_units()

    @cached_property
    def _comparators(self) -> Comparators:
        """Looked for where a number or a limit of normal asks; most texts of a registry have neither."""
        return Comparators(self._text)

    def _share_units(self) -> None:
        """In "at least 15 and at most 70 mL" the unit is said once."""
        for index in range(len(self._items) - 2, -1, -1):
            item, later = self._items[index], self._items[index + 1]
            gap = (item.end, later.start)
            if item.unit or not later.unit or not item.limit or not later.limit:
                continue
            if gap[0] + 3 < gap[1] <= gap[0] + 12 and self._joins(*gap):
                self._items[index] = item._replace(unit=later.unit)

    def _joins(self, start: int, end: int) -> bool:
        return bool(_LIST.fullmatch(self._text, start, end) or _RANGE.fullmatch(self._text, start, end))

    def read(self) -> list[Quantity]:
        found: list[Quantity] = []
        index = 0
        while index < len(self._items):
            chain, is_range = self._chain(index)
            values = {item.number.value for item in chain}
            repeated = len(chain) > 1 and len(found) > 1 and values <= {found[-2].value, found[-1].value}
            told = self._before(_INCLUDING, chain[0].start) or _INCLUDED.match(self._text, chain[-1].end)
            if not (repeated and told):
                found += self._quantities(chain, is_range, self._next_limit(index + len(chain)))
            index += len(chain)
        found = self._joined_ages(found)
        return sorted([*found, *self._bare_limits()], key=lambda quantity: (quantity.start, quantity.end))

    def _joined_ages(self, found: list[Quantity]) -> list[Quantity]:
        """In "age ≥ 12 and ≤ 17 years" both limits are ages."""
        for steps in (range(1, len(found)), range(len(found) - 1, 0, -1)):
            for index in steps:
                one, other = found[index - 1], found[index]
                gap = (one.end, other.start)
                if (
                    one.is_age == other.is_age
                    or not gap[0] <= gap[1] <= gap[0] + 16
                    or not {one.unit, other.unit} <= AGE_UNITS
                ):
                    continue
                if self._joins(*gap):
                    unit = one.unit or other.unit
                    found[index - 1] = one._replace(is_age=True, unit=one.unit or unit)
                    found[index] = other._replace(is_age=True, unit=other.unit or unit)
        return found

    def _next_limit(self, index: int) -> Limit | None:
        return self._items[index].limit if index < len(self._items) else None

    def _chain(self, index: int) -> tuple[list[_Item], bool]:
        """The numbers that belong together from here: a range, or a list of values."""
        first = self._items[index]
        chain = [first]
        between = bool(_BETWEEN.search(self._text, max(0, first.start - _LOOK_BACK), first.number.start))
        for item in self._items[index + 1 : index + _MAX_CHAIN]:
            last = chain[-1]
            gap = (last.end, item.start)
            if gap[1] < gap[0] or gap[1] - gap[0] > 24 or first.number.sort == "ordinal":
                break
            upper = item.limit is None or item.limit.comparator in {"<", "<="}
            lower = first.limit is None or first.limit.comparator in {">", ">=", "="}
            joined = _RANGE.fullmatch(self._text, *gap) or (between and _AND.fullmatch(self._text, *gap))
            if len(chain) == 1 and upper and lower and joined:
                return [first, item], True
            if (
                item.unit not in AGE_UNITS
                and first.unit is None
                and is_age(self._text, _stretch(chain), None)
            ):
                break
            if (last.unit and item.unit is None) or item.limit or not _LIST.fullmatch(self._text, *gap):
                break
            chain.append(item)
        return chain, False

    def _quantities(self, chain: list[_Item], is_range: bool, following: Limit | None) -> list[Quantity]:
        text, first, last = self._text, chain[0], chain[-1]
        unit = next((item.unit for item in reversed(chain) if item.unit), None)
        values = [item.number.value for item in chain]
        after = self._comparators.after(last.end)
        if after and following and after.start == following.start:
            after = None
        end = after.end if after else last.end
        phrase = (first.start, end)
        bare = not first.limit and not after
        if len(chain) == 1 and unit is None and counts_nothing(text, first.number, bare=bare):
            return []
        age = is_age(text, _stretch(chain), unit)
        if unit and not age:
            unit = self._by_the_day(unit, first.start)
        if age and unit is None:
            unit = "year"
        steps = {later - earlier for earlier, later in pairwise(values)}
        if is_range or (
            len(chain) > 1
            and steps == {Decimal(1)}
            and not (first.limit and first.limit.comparator != "=")
            and not after
            and self._plain(chain)
        ):
            low = first.limit.comparator if first.limit and first.limit.comparator != "=" else ">="
            high = last.limit.comparator if last.limit else "<="
            return [
                Quantity(low, values[0], self._own(first, unit), age, first.start, first.end, phrase),
                Quantity(high, values[-1], self._own(last, unit), age, last.start, end, phrase),
            ]
        if after and unit and "/" not in unit and (rate := rate_at(text, after.end)):
            unit = f"{unit}/{rate}"  # "20 mg or more of prednisone a day"
        result = []
        for item in chain:
            limit = item.limit or (first.limit if unit == "mmHg" else None)
            comparator = limit.comparator if limit else "="
            if limit and unit in {"hour", "minute"} and text[limit.start : limit.end].lower() == "over":
                comparator = "="  # an infusion over 2 hours lasts 2 hours
            if after and item is last and (not item.limit or item.limit.start == item.number.start):
                comparator = after.comparator
            stop = end if item is last else item.end
            result.append(
                Quantity(comparator, item.number.value, self._own(item, unit), age, item.start, stop, phrase)
            )
        return result

    def _by_the_day(self, unit: str, start: int) -> str:
        """A "daily dose of 40 mg" is 40 mg/day."""
        often = _DAILY.search(self._text, max(0, start - _LOOK_BACK), start)
        if "/" in unit or often is None or dimension_of(unit) not in _DOSED:
            return unit
        return f"{unit}/{'day' if often['often'].lower() == 'daily' else 'week'}"

    def _own(self, item: _Item, unit: str | None) -> str | None:
        """The unit of one number of a list: its own, unless the list's is the same by the day."""
        return item.unit if item.unit and not (unit or "").startswith(f"{item.unit}/") else unit

    def _before(self, pattern: re.Pattern[str], start: int) -> bool:
        return bool(pattern.search(self._text, max(0, start - _LOOK_BACK), start))

    def _plain(self, chain: list[_Item]) -> bool:
        return all(
            item.unit in {None, chain[-1].unit} and item.number.value == int(item.number.value)
            for item in chain
        )

    def _bare_limits(self) -> list[Quantity]:
        """``≤ ULN``: one time the limit of normal, though no number says so."""
        found: list[Quantity] = []
        if not names_limit(self._text):
            return found
        for limit in self._comparators.all_before():
            unit = limit_at(self._text, limit.end)
            if unit and unit.name in {"ULN", "LLN"} and (resolved := self._comparators.before(limit.end)):
                found.append(
                    Quantity(
                        resolved.comparator,
                        Decimal(1),
                        unit.name,
                        False,
                        resolved.start,
                        unit.end,
                        (resolved.start, unit.end),
                    )
                )
        return found


def _stretch(chain: Sequence[_Item]) -> Stretch:
    return Stretch(
        chain[0].start,
        tuple((item.number.start, item.number.end) for item in chain),
        chain[-1].end,
        chain[0].limit,
        chain[0].number.value,
    )


def read_quantities(text: str, numbers: Sequence[Number]) -> list[Quantity]:
    """Reads the limits and amounts of a clean text.

    Args:
        text: Text as ``clean`` leaves it; the work is linear in its length.
        numbers: Its numbers, in reading order.
    """
    return _Reader(text, numbers).read()
