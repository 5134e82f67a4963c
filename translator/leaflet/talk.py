"""What to ask the doctor, and what is often asked, chosen and filled by a trial's own facts."""

from translator.leaflet.criteria import Part, items_of
from translator.leaflet.wording import joined, wording
from translator.study import Study
from translator.tables import rows

_PLACEBO = frozenset({"PLACEBO_COMPARATOR", "SHAM_COMPARATOR"})
_MOST_NAMED = 3


def traits(study: Study, parts: tuple[Part, ...]) -> frozenset[str]:
    """Which rows of ``questions.tsv``, ``faq.tsv`` and ``sources.tsv`` are for this trial."""
    trial = study.trial
    items = tuple(items_of(parts))
    said = " ".join(item.original.lower() for item in items)
    held = {
        "always": True,
        wording("status", trial.status).access if trial.status else "unknown": True,
        "review": any(item.reasons for item in items),
        "tests": any(item.group == "tests" for item in items),
        "treatment": any(item.group == "treatment" for item in items),
        "pregnancy": "pregnan" in said or "contracepti" in said,
        "phase1": bool({"PHASE1", "EARLY_PHASE1"}.intersection(trial.phases)),
        "randomized": study.allocation == "RANDOMIZED",
        "placebo": any(arm.kind in _PLACEBO for arm in study.arms),
        "masked": "PARTICIPANT" in study.who_masked,
        "interventional": trial.study_type == "INTERVENTIONAL" and bool(trial.interventions),
        "visits": trial.study_type == "INTERVENTIONAL",
        "observational": trial.study_type == "OBSERVATIONAL",
        "expanded": trial.study_type == "EXPANDED_ACCESS",
        "record": trial.id is not None,
        "cancer": any(_cancer(one) for one in trial.conditions),
    }
    return frozenset(name for name, holds in held.items() if holds)


def questions(study: Study, held: frozenset[str]) -> list[str]:
    """What to ask the doctor about this trial."""
    named = list(study.trial.interventions[:_MOST_NAMED])
    if len(study.trial.interventions) > _MOST_NAMED:
        named.append("the other treatments")
    return [
        row["question"].replace("{interventions}", joined(named))
        for row in rows("questions.tsv", ["when", "question"])
        if row["when"] in held
    ]


def faq(study: Study, held: frozenset[str]) -> list[tuple[str, str]]:
    """Questions that are often asked, with their answers; ``{link}`` stands for the record's address."""
    sentences = []
    if study.trial.conditions:
        sentences.append(f"The study is about {joined(list(study.trial.conditions[:_MOST_NAMED]))}.")
    if study.trial.interventions:
        sentences.append(f"It looks at {joined(list(study.trial.interventions[:_MOST_NAMED]))}.")
    told = "The summary on this page tells." if study.summary else "The record does not say."
    studied = " ".join(sentences) or told
    contact = (
        "The contacts that the study has registered stand on this page."
        if study.contacts or any(place.contacts for place in study.locations)
        else "The record names no contact; ask your doctor or the sponsor."
    )
    fill = {"{studied}": studied, "{contact}": contact}
    found = []
    for row in rows("faq.tsv", ["when", "question", "answer"]):
        if row["when"] in held:
            answer = row["answer"]
            for place, words in fill.items():
                answer = answer.replace(place, words)
            found.append((row["question"], answer))
    return found


def sources(study: Study, held: frozenset[str]) -> list[dict[str, str]]:
    """Where to read on: the record itself and public institutions."""
    return [
        {**row, "address": row["address"].replace("{id}", study.trial.id or "")}
        for row in rows("sources.tsv", ["address", "title", "publisher", "when"])
        if row["when"] in held
    ]


def _cancer(condition: str) -> bool:
    return any(word in condition.lower() for word in ("cancer", "carcinom", "tumor", "lymphoma", "leukemia"))
