"""When two amounts are the same: 2 weeks and 14 days, more than 1 and at least 2, half and 50 %."""

from decimal import Decimal

from translator.records import Fact

_COUNTED = {None, "times", "ordinal", "cell", "tablet"}  # said or left out at will
_ALIKE = (
    {"ULN", "times"},
    {"LLN", "times"},
    {"beat/minute", "bpm", "times/minute", "beat/m", "/minute", "beat"},
)
# Units that convert without rest; a month has no fixed number of days.
_EXACT: dict[str | None, tuple[int, str]] = {
    "minute": (1, "minute"), "hour": (60, "minute"), "day": (1440, "minute"), "week": (10080, "minute"),
    "month": (1, "month"), "year": (12, "month"), "%": (1, "%"), None: (100, "%"),
}  # fmt: skip


def same_amount(one: Fact, other: Fact) -> bool:
    """Whether value and unit are the same, also when told in other units of time or as a share."""
    if one.value == other.value:
        return _same_unit(one.unit, other.unit)
    if one.value is None or other.value is None or not {one.unit, other.unit} <= _EXACT.keys():
        return False
    (scale, base), (other_scale, other_base) = _EXACT[one.unit], _EXACT[other.unit]
    return base == other_base and one.value * scale == other.value * other_scale


def same_count(one: Fact, other: Fact) -> bool:
    """Whether two limits on a count let the same numbers through: more than 1, at least 2."""
    return is_count(one) and is_count(other) and _bound(one) == _bound(other) is not None


def is_count(fact: Fact) -> bool:
    """Whether a fact counts things, so that its unit is a matter of wording."""
    return fact.unit in _COUNTED


def _same_unit(one: str | None, other: str | None) -> bool:
    if one == other or one in _COUNTED or other in _COUNTED:
        return True
    if any({one, other} <= alike for alike in _ALIKE):
        return True
    # "1500 mL/24h" may be told as "1500 mL in 24 hours".
    bare, full = sorted((one or "", other or ""), key=len)
    return "/" not in bare and full.startswith(f"{bare}/")


def _bound(fact: Fact) -> tuple[str, Decimal] | None:
    if fact.value is None or fact.value != fact.value.to_integral_value() or fact.comparator is None:
        return None
    step = {">": 1, "<": -1}.get(fact.comparator, 0)
    return fact.comparator[0], fact.value + step
