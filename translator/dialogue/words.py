"""What a chat model is told of a criterion, and what its answer comes down to without its trimmings."""

import re
from functools import cache
from typing import NamedTuple

from pydantic import BaseModel, NonNegativeInt, ValidationError

from translator.annotate import notes, places
from translator.generate import kind_of
from translator.records import NormalisedCriterion
from translator.tables import DATA

_TURN = re.compile(r"^# (system|user|assistant)\n", re.M)
_PREFACE = re.compile(
    r"(?:(?:sure|certainly|of course|okay)[,.!]+ ?)?"
    r"(?:(?:here(?: is|['’]s)[^:]{0,100}|(?:plain|simple)(?:[ -](?:english|language))?"
    r"(?: version| text| sentence)?|answer|output|rewritten|translation): ?)?",
    re.I,
)
_QUOTES = {'"': '"', "“": "”", "'": "'", "‘": "’", "`": "`"}
_UNFINISHED = frozenset({"length", "content_filter"})
_TIMES, _MORE = 4, 500  # how often the characters of its source a plain text may have, and how many besides


class Answer(NamedTuple):
    """A plain text, empty where the answer gives none, and the tokens that were counted for it."""

    text: str = ""
    tokens_in: int = 0
    tokens_out: int = 0


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Tokens(BaseModel):
    prompt_tokens: NonNegativeInt = 0
    completion_tokens: NonNegativeInt = 0


class _Completion(BaseModel):
    choices: tuple[_Choice, ...]
    usage: _Tokens | None = None


def messages(one: NormalisedCriterion) -> list[dict[str, str]]:
    """Gives the standard, the examples, and the criterion with what its terms mean, as turns of a talk."""
    criterion = one.criterion
    meanings = {note.end: note.meaning for note in notes(one)}
    listed = [f"- {term.surface}: {meanings[end]}" for term, end in places(one) if end in meanings]
    lines = [
        f"Kind: {kind_of(criterion)}",
        *([f"Line above: {criterion.context}"] if criterion.context else []),
        f"Criterion: {one.text}",
        *(["Meanings:", *listed] if listed else []),
    ]
    return [*_transcript(), {"role": "user", "content": "\n".join(lines)}]


@cache
def _transcript() -> tuple[dict[str, str], ...]:
    parts = _TURN.split((DATA / "chat_prompt.md").read_text("utf-8"))
    return tuple(
        {"role": role, "content": text.strip()} for role, text in zip(parts[1::2], parts[2::2], strict=True)
    )


def read(body: bytes, source: str) -> Answer:
    """Reads the body of an answer.

    A text that is cut off, or far too long for its source, is none.
    """
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError:
        return Answer()
    used = completion.usage or _Tokens()
    text = ""
    if completion.choices and completion.choices[0].finish_reason not in _UNFINISHED:
        text = bare(completion.choices[0].message.content or "")
    if len(text) > _TIMES * len(source) + _MORE:
        text = ""
    return Answer(text, used.prompt_tokens, used.completion_tokens)


def bare(answer: str) -> str:
    """Takes thoughts, fences, prefaces and quotes off an answer, and folds its white space."""
    text = answer.rpartition("</think>")[2]
    if "<think>" in text:  # it never came to an end
        return ""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("```")]
    text = _PREFACE.sub("", " ".join(" ".join(lines).replace("**", "").split()), count=1)
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text
