"""The stages in order: segment, normalise, write, score. Nothing unfaithful leaves this module.

Each criterion goes down the ladder (``translator.ladder``) until a draft passes the scorer: an approved
wording, the model's best sentence, several of its sentences, its sentences part by part, its sentence without
the meanings of terms, a template, and at last the source's own words, which are always marked for review.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path
from typing import Self

from translator.approved import ApprovedWriter
from translator.chat import ChatWriter
from translator.clean import clean
from translator.dialogue.endpoint import ChatEndpoint, Usage
from translator.generate import BEAMS, GREEDY, ModelWriter, PartsWriter, Writer, load_model
from translator.glossary import Glossary
from translator.ladder import LONGEST_CRITERION, answer_of, climb_down, translation_of
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.lexis.lexicon import lexicon
from translator.memory import Memory, key_of
from translator.normalise import Normaliser
from translator.records import (
    ApprovedWording,
    Criterion,
    Draft,
    FidelityReport,
    Finding,
    NormalisedCriterion,
    Span,
    TranslatedTrial,
    Translation,
    Trial,
    Versions,
)
from translator.scoring import scorer
from translator.segment import segment
from translator.tables import DATA, digest
from translator.templates import TemplateWriter

_NO_TEXT = "This record has no eligibility text."


class Translator:
    """Turns trials and criteria into plain English with the evidence.

    May be shared by threads.

    Args:
        writers: The rungs of the ladder above the last, best first.
        model: Version of the model, for the record.
        min_fidelity: Least score that a draft must have to be published, besides the verdict ``faithful``.
        memory: Where answers are kept, and looked up before the writers are asked.
        approved: Wordings that reviewers approved; they go before what the writers say.

    Attributes:
        memory: As given.
        versions: What every answer depends on.
    """

    def __init__(
        self,
        writers: Sequence[Writer],
        model: str,
        min_fidelity: float | None = None,
        *,
        memory: Memory | None = None,
        approved: Sequence[ApprovedWording] = (),
    ) -> None:
        self._approved = ApprovedWriter(approved)
        self._writers = (self._approved, *writers)
        self._model = model
        self._min_fidelity = min_fidelity
        self._normaliser = Normaliser()
        self._scorer = scorer()
        self.memory = memory
        self.versions = versions(f"{model}+approved@{self._approved.version}" if approved else model)

    @classmethod
    def load(
        cls,
        model: str | ChatEndpoint | None = None,
        *,
        min_fidelity: float | None = None,
        memory: Path | None = None,
        glossary: Path | None = None,
    ) -> Self:
        """Loads the translator with the model that ships, another by folder or hub name, or an endpoint.

        Args:
            model: As ``models.inference.load`` takes it, or an endpoint.
            min_fidelity: Least score of what is published.
            memory: File of a memory of translations. Answers of an endpoint are not kept there, since it may
                answer otherwise the next time; approved wordings are taken from it all the same.
            glossary: File of a user's own words for terms.

        Raises:
            InputError: The model cannot be loaded, or the memory or the glossary cannot be used.
        """
        own = Glossary.load(glossary) if glossary else None
        store = Memory(memory) if memory else None
        approved = store.wordings() if store else ()
        if isinstance(model, ChatEndpoint):
            chat = ChatWriter(model)
            loaded = cls((chat, TemplateWriter()), chat.version, min_fidelity, approved=approved)
            return loaded.with_glossary(own) if own else loaded
        engine = load_model(model)
        greedy = ModelWriter(engine, GREEDY)
        several, bare = ModelWriter(engine, BEAMS), ModelWriter(engine, GREEDY, told=False)
        writers = (greedy, several, PartsWriter(greedy), bare, TemplateWriter())
        loaded = cls(writers, engine.version, min_fidelity, memory=store, approved=approved)
        return loaded.with_glossary(own) if own else loaded

    def with_glossary(self, glossary: Glossary) -> Self:
        """Gives a translator that uses a user's own words first; what was loaded is shared with this one."""
        other = copy(self)
        other._normaliser = self._normaliser.with_glossary(glossary)
        other._scorer = self._scorer.with_terms(glossary.entries, glossary.version)
        other.versions = self.versions.model_copy(
            update={
                "lexicon": f"{self.versions.lexicon}+{glossary.version}",
                "scorer": other._scorer.signature,
            }
        )
        return other

    @property
    def usage(self) -> Usage | None:
        """What an endpoint was asked for so far, if one writes."""
        return next((writer.usage for writer in self._writers if isinstance(writer, ChatWriter)), None)

    def translate_trial(self, trial: Trial, *, min_fidelity: float | None = None) -> TranslatedTrial:
        """Translates every unit of a trial, in reading order; a trial without a text says so in one note."""
        return self.translate_trials([trial], min_fidelity=min_fidelity)[0]

    def translate_trials(
        self, trials: Sequence[Trial], *, min_fidelity: float | None = None
    ) -> list[TranslatedTrial]:
        """Translates trials as one batch, which takes less time than one after the other."""
        texts = [trial.eligibility for trial in trials]
        read = [self.read(segment(text), abbreviations_defined_in(text)) if text else [] for text in texts]
        units = list(chain.from_iterable(read))
        written = iter(self.write(units, [min_fidelity] * len(units)))
        return [
            TranslatedTrial(
                trial=trial,
                translations=(self._nothing(),)
                if trial.eligibility is None
                else tuple(islice(written, len(own))),
                versions=self.versions,
            )
            for trial, own in zip(trials, read, strict=True)
        ]

    def translate_criteria(
        self,
        criteria: Sequence[Criterion],
        *,
        definitions: Mapping[str, str] | None = None,
        min_fidelity: float | None = None,
    ) -> list[Translation]:
        """Translates criteria, in order.

        Args:
            criteria: Those of one trial, or any others.
            definitions: Abbreviations that the trial defines, with their long forms.
            min_fidelity: Overrides that of the translator.
        """
        return self.write(self.read(criteria, definitions), [min_fidelity] * len(criteria))

    def read(
        self, criteria: Sequence[Criterion], definitions: Mapping[str, str] | None = None
    ) -> list[NormalisedCriterion]:
        """Normalises criteria of one trial, in order: what one says may decide how another is understood.

        Args:
            criteria: All of them.
            definitions: Abbreviations that the trial defines, with their long forms.
        """
        short = [criterion for criterion in criteria if len(criterion.text) <= LONGEST_CRITERION]
        read = iter(self._normaliser.normalise(short, definitions or {}))
        return [
            next(read)
            if len(criterion.text) <= LONGEST_CRITERION
            else NormalisedCriterion(criterion=criterion, text=clean(criterion.text).text)
            for criterion in criteria
        ]

    def write(
        self, normalised: Sequence[NormalisedCriterion], min_fidelity: Sequence[float | None]
    ) -> list[Translation]:
        """Translates what was read, in order; each answer is the same whoever stands beside it.

        Args:
            normalised: Of one trial or of many.
            min_fidelity: For each, what overrides that of the translator.
        """
        least, version = self._least(min_fidelity), self._version()
        keys = self._keys(normalised, least)
        answers = self.memory.recall(keys) if self.memory else {}
        # Equal criteria are answered once.
        asked = sorted({key: i for i, key in enumerate(keys) if key not in answers}.values())
        written = climb_down(
            self._writers, self._scorer, [normalised[i] for i in asked], [least[i] for i in asked]
        )
        new = {keys[i]: answer for i, answer in zip(asked, written, strict=True)}
        if self.memory:
            self.memory.keep(version, new)
        answers |= new
        return [translation_of(one, answers[key]) for one, key in zip(normalised, keys, strict=True)]

    def recall(
        self, normalised: Sequence[NormalisedCriterion], min_fidelity: Sequence[float | None]
    ) -> list[Translation | None]:
        """Gives what the memory knows, in order, and None for what ``write`` would have to write."""
        if self.memory is None:
            return [None] * len(normalised)
        keys = self._keys(normalised, self._least(min_fidelity))
        answers = self.memory.recall(keys)
        return [
            translation_of(one, answers[key]) if key in answers else None
            for one, key in zip(normalised, keys, strict=True)
        ]

    def _least(self, min_fidelity: Sequence[float | None]) -> list[float]:
        return [(self._min_fidelity if one is None else one) or 0.0 for one in min_fidelity]

    def _version(self) -> str:
        # Approved wordings stand in the keys themselves; others' answers do not change with them.
        return self.versions.model_copy(update={"model": self._model}).model_dump_json()

    def _keys(self, normalised: Sequence[NormalisedCriterion], least: Sequence[float]) -> list[bytes]:
        version = self._version()
        return [
            key_of(one, low, self._approved.wording(one), version)
            for one, low in zip(normalised, least, strict=True)
        ]

    def _nothing(self) -> Translation:
        note = Criterion(id="0", section="other", role="note", text="", span=Span(start=0, end=0))
        finding = Finding(
            type="omission", severity="major", message="The record has no eligibility text to translate."
        )
        report = FidelityReport(
            score=0.0, verdict="review", findings=(finding,), signature=self._scorer.signature
        )
        normalised = NormalisedCriterion(criterion=note, text="")
        return translation_of(normalised, answer_of(normalised, Draft(text=_NO_TEXT, route="source"), report))


@cache
def _code() -> str:
    """The package's version, and a digest of the sources and tables that an answer depends on."""
    package = Path(__file__).parent
    sources = (*sorted(package.rglob("*.py")), *sorted(DATA.iterdir()))
    return f"{version('plaincriteria')}+{digest(*sources)}"


def versions(model: str) -> Versions:
    """The versions of what is scored here, and of the model that wrote it."""
    return Versions(model=model, lexicon=lexicon().version, scorer=scorer().signature, code=_code())
