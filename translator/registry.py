"""Study records of the ClinicalTrials.gov API v2, full or field-limited, to ``Trial`` records.

A field-limited record holds the modules that were asked for and no others, so every field may be missing; one
that is there must have the type that the API documents (https://clinicaltrials.gov/data-api/api).
"""

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from translator.errors import InputError
from translator.records import Trial

MAX_TEXT_CHARACTERS = 2_000_000
"""The longest eligibility text that is read, in code points; the registry's own limit is 20,000."""

_NCT_ID = re.compile(r"NCT[0-9]{8}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_KINDS: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    list: "a list",
    Mapping: "an object",
}

_T = TypeVar("_T")


class RecordError(InputError):
    """A record is not what the API v2 gives; ``what`` names the path of the field."""


def is_nct_id(text: str) -> bool:
    """Whether a text is an NCT id: the letters NCT and eight digits."""
    return _NCT_ID.fullmatch(text) is not None


def has_words(text: str) -> bool:
    """Whether a text holds anything to read: one letter or digit, of any script."""
    return any(char.isalnum() for char in text)


class Fields:
    """Looks values up in a record, or in an object within it, by path, and checks their types.

    Each gives None, or an empty tuple, where the record has nothing, and raises ``RecordError`` where it has
    something of another type.

    Args:
        record: The object.
        where: Where the record comes from, for messages.
        base: The path of the object in the record, with a dot at its end, for messages.
    """

    def __init__(self, record: Mapping[str, object], where: str, base: str = "") -> None:
        self._record = record
        self._where = where
        self._base = base

    def error(self, path: str, what: str) -> RecordError:
        """The complaint about a field."""
        remedy = "Give the record as the ClinicalTrials.gov API v2 returns it"
        return RecordError(self._where, f"{self._base}{path} {what}", remedy)

    def text(self, path: str) -> str | None:
        """A text."""
        value = self._get(path, str)
        return None if value is None else self._whole(value, path)

    def flag(self, path: str) -> bool | None:
        """True or false."""
        return self._get(path, bool)

    def count(self, path: str) -> int | None:
        """A whole number of things."""
        value = self._get(path, int)
        if value is not None and (isinstance(value, bool) or value < 0):
            raise self.error(path, "must be a number of things")
        return value

    def objects(self, path: str) -> Iterator["Fields"]:
        """The objects of a list."""
        for index, item in enumerate(self._get(path, list) or ()):
            place = f"{path}[{index}]"
            members: Mapping[str, object] = self._typed(item, Mapping, place)  # type: ignore[type-abstract]
            yield Fields(members, self._where, f"{self._base}{place}.")

    def texts(self, path: str, field: str | None = None) -> tuple[str, ...]:
        """The texts of a list, or of one field of each object in it that has the field."""
        found = []
        for index, item in enumerate(self._get(path, list) or ()):
            place, value = f"{path}[{index}]", item
            if field is not None:
                members: Mapping[str, object] = self._typed(item, Mapping, place)  # type: ignore[type-abstract]
                place, value = f"{place}.{field}", members.get(field)
                if value is None:
                    continue
            found.append(self._whole(self._typed(value, str, place), place))
        return tuple(found)

    def _get(self, path: str, kind: type[_T]) -> _T | None:
        value: object = self._record
        walked: list[str] = []
        for key in path.split("."):
            members: Mapping[str, object] = self._typed(value, Mapping, ".".join(walked))  # type: ignore[type-abstract]
            walked.append(key)
            value = members.get(key)
            if value is None:
                return None
        return self._typed(value, kind, path)

    def _typed(self, value: object, kind: type[_T], path: str) -> _T:
        if not isinstance(value, kind):
            raise self.error(path, f"must be {_KINDS[kind]}, not {kind_of(value)}")
        return value

    def _whole(self, text: str, path: str) -> str:
        if _SURROGATE.search(text):
            raise self.error(path, "holds half a character (a lone surrogate)")
        return text


def kind_of(value: object) -> str:
    """The JSON type of a value, in words for a message."""
    if value is None:
        return "null"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "a number"
    return next((name for kind, name in _KINDS.items() if isinstance(value, kind)), type(value).__name__)


def read_record(record: Mapping[str, object], where: str) -> Trial:
    """Reads one study record of the API v2.

    Args:
        record: The parsed JSON object. Unknown fields are passed over.
        where: Where the record comes from, for messages.

    Returns:
        The trial; ``eligibility`` is None where the record has no criteria text, ``id`` where it has none.

    Raises:
        RecordError: No ``protocolSection``, a field of the wrong type (its path is named), an NCT id that is
            none, or an eligibility text of more than ``MAX_TEXT_CHARACTERS``.
    """
    fields = Fields(record, where)
    if record.get("protocolSection") is None:
        raise fields.error("protocolSection", "is missing: this is no study record")

    identification = "protocolSection.identificationModule"
    nct_id = fields.text(f"{identification}.nctId")
    if nct_id is not None and not is_nct_id(nct_id):
        raise fields.error(f"{identification}.nctId", f"is no NCT id: {nct_id[:40]!r}")

    criteria = "protocolSection.eligibilityModule.eligibilityCriteria"
    eligibility = fields.text(criteria)
    if eligibility is not None and len(eligibility) > MAX_TEXT_CHARACTERS:
        raise fields.error(criteria, f"has more than {MAX_TEXT_CHARACTERS:,} characters")

    return Trial(
        id=nct_id,
        title=fields.text(f"{identification}.briefTitle") or fields.text(f"{identification}.officialTitle"),
        status=fields.text("protocolSection.statusModule.overallStatus"),
        study_type=fields.text("protocolSection.designModule.studyType"),
        phases=fields.texts("protocolSection.designModule.phases"),
        conditions=fields.texts("protocolSection.conditionsModule.conditions"),
        interventions=fields.texts("protocolSection.armsInterventionsModule.interventions", "name"),
        sex=fields.text("protocolSection.eligibilityModule.sex"),
        minimum_age=fields.text("protocolSection.eligibilityModule.minimumAge"),
        maximum_age=fields.text("protocolSection.eligibilityModule.maximumAge"),
        healthy_volunteers=fields.flag("protocolSection.eligibilityModule.healthyVolunteers"),
        version=fields.text("protocolSection.statusModule.lastUpdatePostDateStruct.date"),
        eligibility=eligibility if eligibility is not None and has_words(eligibility) else None,
    )
