"""Work to a part: what an earlier run has is taken over, and the rest is translated."""

from collections.abc import Mapping, Sequence
from itertools import chain, groupby
from typing import TypeAlias

import pyarrow as pa

from translator.bulk import parts
from translator.bulk.digests import dependences, text_digest
from translator.bulk.records import Item, Part, PartFormat, Quarantined, Row, Work
from translator.dialogue.endpoint import ChatError
from translator.errors import InputError
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.pipeline import Translator, publish
from translator.records import Criterion, Translation, Trial
from translator.segment import segment

# No record is at fault: the others would come to the same, and a later run to another result.
_OF_THE_MACHINE = (ChatError, MemoryError, OSError)


# The rows of an item as they stand in an earlier run, or one by one where some were translated.
_Made: TypeAlias = pa.Table | list[Row]


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
    made: list[_Made] = []
    translated = 0
    quarantined = list(work.quarantined)
    for item in work.items:
        try:
            rows, new = _made(translator, item, earlier)
        except _OF_THE_MACHINE:
            raise
        except Exception as error:
            quarantined.append(_failed(item, error))
        else:
            made.append(rows)
            translated += new
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


def _joined(made: Sequence[_Made]) -> pa.Table:
    tables: list[pa.Table] = []
    for are_rows, some in groupby(made, lambda one: isinstance(one, list)):
        same = list(some)
        tables += [parts.table(chain.from_iterable(same))] if are_rows else same
    return parts.join(tables)


def _made(translator: Translator, item: Item, earlier: Mapping[str, pa.Table]) -> tuple[_Made, int]:
    """Gives the rows of an item, and how many of them are new."""
    digest = text_digest(item)
    found = earlier.get(item.trial_id or digest)
    if found is None:
        return _translated(translator, item, digest, {})
    if found.column("text_digest")[0].as_py() == digest:
        numbers = pa.array([item.number] * found.num_rows, pa.int64())
        place = parts.SCHEMA.get_field_index("record")
        return found.set_column(place, parts.SCHEMA.field(place), numbers), 0
    return _translated(translator, item, digest, {row.digest: row for row in parts.rows(found)})


def _translated(
    translator: Translator, item: Item, digest: str, known: Mapping[str, Row]
) -> tuple[list[Row], int]:
    """Translates what is not known of an item's criteria.

    One that depends on the others of its text is translated in the company of all.
    """
    if item.criteria is None and item.eligibility is None:
        notes = translator.translate_trial(Trial(id=item.trial_id)).translations
        return [_row(translator, item, note, digest, digest) for note in notes], len(notes)
    criteria, definitions = _units(item)
    depends = dependences(criteria, definitions)
    asked = [i for i, one in enumerate(depends) if one.digest not in known]
    if any(depends[i].on_others for i in asked):
        asked = list(range(len(criteria)))
    written = translator.translate_criteria([criteria[i] for i in asked], definitions=definitions)
    new = {
        i: _row(translator, item, translation, digest, depends[i].digest)
        for i, translation in zip(asked, written, strict=True)
    }
    rows = [
        new.get(i) or _moved(known[one.digest], item, criterion, digest)
        for i, (criterion, one) in enumerate(zip(criteria, depends, strict=True))
    ]
    return rows, len(new)


def _row(translator: Translator, item: Item, translation: Translation, text_digest: str, digest: str) -> Row:
    published = publish(translation, item.trial_id, translator.versions)
    return Row(**dict(published), record=item.number, text_digest=text_digest, digest=digest)


def _moved(row: Row, item: Item, criterion: Criterion, text_digest: str) -> Row:
    """The same answer at another place."""
    place = {
        "id": criterion.id,
        "parent_id": criterion.parent_id,
        "span": (criterion.span.start, criterion.span.end),
        "record": item.number,
        "text_digest": text_digest,
    }
    return row.model_copy(update=place)


def _units(item: Item) -> tuple[tuple[Criterion, ...], dict[str, str]]:
    if item.criteria is not None:
        return item.criteria, {}
    text = item.eligibility or ""
    return segment(text), abbreviations_defined_in(text)


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
