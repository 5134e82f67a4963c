"""A translator and a model that say what a test needs to hear, at once, in the records of the real ones."""

import re
import threading
from collections.abc import Mapping, Sequence

from models.config import DecodingConfig
from models.inference import Candidate
from translator.glossary import Glossary
from translator.records import (
    Criterion,
    Draft,
    FidelityReport,
    Finding,
    NormalisedCriterion,
    Readability,
    Role,
    Route,
    Section,
    Span,
    TranslatedTrial,
    Translation,
    Trial,
    Versions,
)
from translator.segment import segment

VERSIONS = Versions(model="fake", lexicon="0" * 12, scorer="fake", code="0")
NO_TEXT = "This record has no eligibility text."


def criterion(
    text: str,
    section: Section = "inclusion",
    role: Role = "criterion",
    unit_id: str = "1",
    parent_id: str | None = None,
    *,
    context: str | None = None,
) -> Criterion:
    return Criterion(
        id=unit_id,
        section=section,
        role=role,
        text=text,
        span=Span(start=0, end=len(text)),
        parent_id=parent_id,
        context=context,
    )


def translation(
    unit: Criterion, plain: str | None = None, route: Route = "template", review: str | None = None
) -> Translation:
    """A translation; ``review`` is the reason why it needs a reviewer."""
    findings = (Finding(type="omission", severity="major", message=review),) if review else ()
    return Translation(
        normalised=NormalisedCriterion(criterion=unit, text=unit.text),
        draft=Draft(text=f"Plain: {unit.text}" if plain is None else plain, route=route),
        fidelity=FidelityReport(
            score=0.4 if review else 0.95,
            verdict="review" if review else "faithful",
            findings=findings,
            signature="fake",
        ),
        readability=Readability(grade=5.0, words=4),
    )


def trial(
    *translations: Translation, title: str | None = None, trial_id: str | None = None
) -> TranslatedTrial:
    return TranslatedTrial(
        trial=Trial(id=trial_id, title=title, eligibility=""), translations=translations, versions=VERSIONS
    )


# A meaning that translator.annotate put in line.
_MEANING = re.compile(r" \[[^\]]*\]")


class ScriptedModel:
    """Writes what a test wants to have written for a criterion.

    Attributes:
        script: Words of a criterion, and what is written for it, best first.
        always: What is written for all others.
        asked: The prompts.
    """

    version = "scripted@0"

    def __init__(self, script: Mapping[str, Sequence[str]] | None = None, always: Sequence[str] = ()) -> None:
        self.script = script or {}
        self.always = always
        self.asked: list[str] = []

    def generate(self, prompts: Sequence[str], decoding: DecodingConfig) -> list[list[Candidate]]:
        self.asked += prompts
        return [
            [Candidate(text, -0.01 * rank) for rank, text in enumerate(self._texts(prompt))][: decoding.beams]
            for prompt in prompts
        ]

    def _texts(self, prompt: str) -> Sequence[str]:
        bare = _MEANING.sub("", prompt)
        return next((texts for text, texts in self.script.items() if text in bare), self.always)


class FakeTranslator:
    """Repeats each unit; one that holds "unclear" goes to review, one that holds "boom" makes it fail.

    Attributes:
        asked: The least fidelity of each unit.
        batches: The units of each call.
        most: How many calls ran at the same time, at most.
    """

    versions = VERSIONS
    usage = None
    memory = None

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.asked: list[float | None] = []
        self.batches: list[list[str]] = []
        self.most = 0
        self.running = threading.Semaphore(0)
        self._gate = gate
        self._now = 0
        self._lock = threading.Lock()

    def translate_criteria(
        self,
        criteria: Sequence[Criterion],
        *,
        definitions: Mapping[str, str] | None = None,
        min_fidelity: float | None = None,
    ) -> list[Translation]:
        return self.write(self.read(criteria, definitions), [min_fidelity] * len(criteria))

    def with_glossary(self, glossary: Glossary) -> "FakeTranslator":
        return self

    def read(
        self, criteria: Sequence[Criterion], definitions: Mapping[str, str] | None = None
    ) -> list[NormalisedCriterion]:
        if any("unreadable" in unit.text for unit in criteria):
            raise RuntimeError(criteria[0].text)
        return [NormalisedCriterion(criterion=unit, text=unit.text) for unit in criteria]

    def write(
        self, normalised: Sequence[NormalisedCriterion], min_fidelity: Sequence[float | None]
    ) -> list[Translation]:
        criteria = [one.criterion for one in normalised]
        self.asked += min_fidelity
        self.batches.append([unit.text for unit in criteria])
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.running.release()
        if self._gate is not None:
            assert self._gate.wait(30)
        with self._lock:
            self._now -= 1
        if any("boom" in unit.text for unit in criteria):
            raise RuntimeError(criteria[0].text)
        return [
            translation(unit, review="It can be read two ways." if "unclear" in unit.text else None)
            for unit in criteria
        ]

    def translate_trial(self, given: Trial, *, min_fidelity: float | None = None) -> TranslatedTrial:
        if given.eligibility is None:
            note = Criterion(id="0", section="other", role="note", text="", span=Span(start=0, end=0))
            done = [translation(note, NO_TEXT, "source", review="The record has no eligibility text.")]
        else:
            done = self.translate_criteria(segment(given.eligibility), min_fidelity=min_fidelity)
        return TranslatedTrial(trial=given, translations=tuple(done), versions=VERSIONS)
