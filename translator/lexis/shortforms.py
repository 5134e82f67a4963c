"""Short forms beside their long forms: what they mean, and the one term that the two make together."""

from collections.abc import Sequence
from typing import NamedTuple

from translator.lexis.abbreviations import Definition
from translator.lexis.lexicon import KEPT_KINDS, Entry, Lexicon, fold_phrase, is_turned


class Found(NamedTuple):
    """A term in the clean text of a criterion."""

    start: int
    end: int
    entry: Entry


class ShortForms:
    """Reads the short forms of a text by a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def meaning(self, short: str, long: str) -> Entry:
        """Tells what an abbreviation means by the long form that the trial gives it."""
        folded = fold_phrase(long)
        senses = self._lexicon.abbreviations.get(short, ())
        named = {fold_phrase(sense.entry.term): sense.entry for sense in senses}
        entry = self._lexicon.term(long) or named.get(folded)
        if entry is None:
            # "white blood cell (WBC)": the table says white blood cell count.
            entry = next((one for name, one in named.items() if name.startswith(f"{folded} ")), None)
        if entry is None:
            return Entry(term=long, plain=long, explanation=None, kind="other", source="text", row="text")
        spelled = entry.term if entry.kind not in KEPT_KINDS else None
        return entry.model_copy(update={"plain": entry.plain or spelled, "row": "text"})

    def joined(self, text: str, terms: Sequence[Found], own: Sequence[Definition]) -> list[Found]:
        """Makes one of a term and what the text puts in parentheses behind it: "electrocardiogram (EKG)".

        Args:
            text: The clean text of a criterion.
            terms: Those found in it, in order.
            own: The short forms that it defines itself.
        """
        joined: list[Found] = []
        for term in self._with_definitions(text, terms, own):
            last = joined[-1] if joined else None
            opens = last and text[last.end : term.start].strip("®™ ") == "("
            end = term.end + (text[term.end : term.end + 1] in ("®", "™"))
            if last and opens and text[end : end + 1] == ")" and self._same(last.entry, term.entry):
                joined[-1] = Found(last.start, end + 1, last.entry)
            else:
                joined.append(term)
        return joined

    def _with_definitions(self, text: str, terms: Sequence[Found], own: Sequence[Definition]) -> list[Found]:
        """Makes one term of a term and the short form defined beside it: "absolute neutrophil count (ANC)".

        Where neither is known to the tables, nothing is left of the two: the text explains itself there. Nor
        is a term that ends the long form its meaning: the "dyskinesia" of "primary ciliary dyskinesia (PCD)".
        """
        kept: list[Found] = []
        place = 0
        for definition in own:
            while place < len(terms) and terms[place].end <= definition.start:
                kept.append(terms[place])
                place += 1
            known = False
            while place < len(terms) and terms[place].start < definition.end:
                term = terms[place]
                place += 1
                # "ANC (absolute …)": what stands before the parenthesis is the short form itself.
                first = definition.long_start if definition.start < definition.long_start else 0
                if term.end == definition.long_end and term.start <= definition.long_start:
                    start = definition.start if first else term.start
                    kept.append(Found(start, definition.end, term.entry))
                    known = True
                elif first <= term.start and term.end < definition.long_end:
                    kept.append(term)
            entry = self.meaning(definition.short, definition.long)
            if not known and entry.source != "text" and not is_turned(text, definition.start):
                while kept and kept[-1].end > definition.start:
                    kept.pop()
                kept.append(Found(definition.start, definition.end, entry))
        return [*kept, *terms[place:]]

    def _same(self, one: Entry, other: Entry) -> bool:
        names = [self._lexicon.term(entry.term) or entry for entry in (one, other)]
        return fold_phrase(names[0].term) == fold_phrase(names[1].term)
