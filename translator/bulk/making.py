"""Work to a part: what an earlier run has is taken over, and the rest is translated."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby, islice
from typing import TypeAlias

import pyarrow as pa

from translator.bulk import parts
from translator.bulk.digests import digest, text_digest
from translator.bulk.records import Item, Part, PartFormat, Quarantined, Row, Work
from translator.dialogue.endpoint import ChatError
from translator.errors import InputError
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.pipeline import Translator
from translator.published import publish
from translator.records import Criterion, NormalisedCriterion, Translation, Trial
from translator.segment import segment

# No record is at fault: the others would come to the same, and a later run to another result.
_OF_THE_MACHINE = (ChatError, MemoryError, OSError)


# Rows as they stand in an earlier run, or one by one where some were written.
_Rows: TypeAlias = pa.Table | list[Row]


@dataclass(frozen=True)
class _Read:
    """An item, and what is known of it before anything is written.

    Attributes:
        text: Digest of its text.
        rows: All of its rows, where nothing has to be written; else None.
        units: What was read of it.
        digests: Of the units.
        known: Rows that an earlier run has of its trial, by their digest.
    """

    item: Item
    text: str
    rows: _Rows | None
    units: Sequence[NormalisedCriterion] = ()
    digests: Sequence[str] = ()
    known: Mapping[str, Row] = field(default_factory=dict)

    @property
    def asked(self) -> list[NormalisedCriterion]:
        """The units that have to be written."""
        return [unit for unit, one in zip(self.units, self.digests, strict=True) if one not in self.known]


def make(translator: Translator, work: Work, form: PartFormat) -> Part:
    """Translates the records of a part, and packs them; one that fails is in quarantine.

    Args:
        translator: Is asked for what ``work.earlier`` does not answer.
        work: The records.
        form: What the part's file is.

    Raises:
        ChatError: A chat endpoint cannot be asked.
        OSError: Something of the machine failed, and no record is at fault; ``MemoryError`` likewise.
    """
    earlier = _by_text(parts.from_stream(work.earlier))
    quarantined = list(work.quarantined)
    read: list[_Read] = []
    for item in work.items:
        try:
            read.append(_read(translator, item, earlier))
        except _OF_THE_MACHINE:
            raise
        except Exception as error:
            quarantined.append(_failed(item, error))
    made: list[_Rows] = []
    translated = 0
    for one, written in _written(translator, read):
        if isinstance(written, Exception):
            quarantined.append(_failed(one.item, written))
        else:
            made.append(_rows(translator, one, written))
            translated += len(written)
    table = _joined(made)
    without_text = sum(item.eligibility is None and item.criteria is None for item in work.items)
    return Part(
        number=work.number,
        versions=translator.versions,
        data=parts.encode(table, form),
        counts=parts.count(
            table, records=work.records, without_text=without_text, quarantined=len(quarantined)
        ),
        quarantined=tuple(sorted(quarantined, key=lambda one: one.record)),
        translated=translated,
    )


def _by_text(earlier: pa.Table) -> dict[str, pa.Table]:
    return {name: earlier.slice(first, length) for name, first, length in parts.stretches(earlier)}


def _read(translator: Translator, item: Item, earlier: Mapping[str, pa.Table]) -> _Read:
    """Takes the rows of a text that is as it was; reads any other whole, for its units explain each other."""
    text = text_digest(item)
    found = earlier.get(item.trial_id or text)
    if found is not None and found.column("text_digest")[0].as_py() == text:
        numbers = pa.array([item.number] * found.num_rows, pa.int64())
        place = parts.SCHEMA.get_field_index("record")
        return _Read(item, text, found.set_column(place, parts.SCHEMA.field(place), numbers))
    if item.criteria is None and item.eligibility is None:
        notes = translator.translate_trial(Trial(id=item.trial_id)).translations
        return _Read(item, text, [_row(translator, item, note, text) for note in notes])
    definitions = abbreviations_defined_in(item.eligibility or "")
    units = translator.read(item.criteria or segment(item.eligibility or ""), definitions)
    known = {} if found is None else {row.digest: row for row in parts.rows(found)}
    return _Read(item, text, None, units, [digest(unit) for unit in units], known)


def _written(
    translator: Translator, read: Sequence[_Read]
) -> Iterator[tuple[_Read, list[Translation] | Exception]]:
    """Writes for all at once, which is fastest; by halves where that fails, until it is known for which."""
    asked = [unit for one in read for unit in one.asked]
    try:
        written = iter(translator.write(asked, [None] * len(asked)))
    except _OF_THE_MACHINE:
        raise
    except Exception as error:
        if len(read) == 1:
            yield read[0], error
        else:
            middle = len(read) // 2
            yield from _written(translator, read[:middle])
            yield from _written(translator, read[middle:])
        return
    for one in read:
        yield one, list(islice(written, len(one.asked)))


def _rows(translator: Translator, one: _Read, written: Sequence[Translation]) -> _Rows:
    if one.rows is not None:
        return one.rows
    new = iter(written)
    return [
        _moved(one.known[found], one, unit.criterion)
        if found in one.known
        else _row(translator, one.item, next(new), one.text, found)
        for unit, found in zip(one.units, one.digests, strict=True)
    ]


def _row(
    translator: Translator, item: Item, translation: Translation, text: str, found: str | None = None
) -> Row:
    published = publish(translation, item.trial_id, translator.versions)
    return Row(**dict(published), record=item.number, text_digest=text, digest=found or text)


def _moved(row: Row, to: _Read, criterion: Criterion) -> Row:
    """The same answer at another place."""
    place = {
        "id": criterion.id,
        "parent_id": criterion.parent_id,
        "span": (criterion.span.start, criterion.span.end),
        "record": to.item.number,
        "text_digest": to.text,
    }
    return row.model_copy(update=place)


def _joined(made: Sequence[_Rows]) -> pa.Table:
    tables: list[pa.Table] = []
    for are_rows, some in groupby(made, lambda one: isinstance(one, list)):
        same = list(some)
        tables += [parts.table(chain.from_iterable(same))] if are_rows else same
    return parts.join(tables)


def _failed(item: Item, error: Exception) -> Quarantined:
    where = item.trial_id or f"record {item.number}"
    if item.criteria:
        where += f", criteria {item.criteria[0].id} to {item.criteria[-1].id}"
    fault = InputError(
        where,
        f"cannot be translated, a fault of the program ({type(error).__name__}: {error})",
        "Please report it with its input",
    )
    return Quarantined(
        record=item.number, trial_id=item.trial_id, where=fault.where, what=fault.what, remedy=fault.remedy
    )
