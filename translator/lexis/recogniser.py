"""A named-entity recogniser for clinical words, those too that no table knows.

A convolutional network of spaCy's over the words of a text and over what our tables find there, trained on
Chia (Kury et al. 2020, "Chia, a large annotated corpus of clinical trial eligibility criteria", Scientific
Data 7:281; CC BY 4.0) by ``python -m translator.entities``.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

from spacy.language import Language
from spacy.tokens import Doc

from translator.lexis.components import FOUND, pipeline
from translator.records import Span, TermKind

WEIGHTS = Path(__file__).parents[1] / "weights"
LABELS = ("condition", "drug", "procedure", "measurement", "device")
_NAME = "ner"
_OUTSIDE = "O"
_WIDTH = 96
_EMBEDDED = {"NORM": 3000, "PREFIX": 1000, "SUFFIX": 1500, "SHAPE": 1000, "TAG": 200}  # rows of each table


def network() -> dict[str, Any]:
    """The settings of the network: 4 layers of width 96 over hashed features, a greedy transition parser."""
    embed = {
        "@architectures": "spacy.MultiHashEmbed.v2",
        "width": _WIDTH,
        "attrs": list(_EMBEDDED),
        "rows": list(_EMBEDDED.values()),
        "include_static_vectors": False,
    }
    encode = {
        "@architectures": "spacy.MaxoutWindowEncoder.v2",
        "width": _WIDTH,
        "depth": 4,
        "window_size": 1,
        "maxout_pieces": 3,
    }
    return {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "nO": None,
        "tok2vec": {"@architectures": "spacy.Tok2Vec.v2", "embed": embed, "encode": encode},
    }


def untrained() -> Language:
    """The pipeline of ``components`` with a recogniser at its end that has learned nothing."""
    nlp = pipeline()
    nlp.add_pipe("known_terms")
    recogniser = nlp.add_pipe(_NAME, config={"model": network()})
    for label in LABELS:
        recogniser.add_label(label)  # type: ignore[attr-defined]
    return nlp


class Entity(NamedTuple):
    """Where an entity stands in its text, and what it is: one of ``LABELS``."""

    span: Span
    kind: TermKind


class Recogniser:
    """Finds conditions, drugs, procedures, measurements and devices in texts.

    Args:
        folder: Of the weights.
    """

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._nlp = untrained()
        self._nlp.get_pipe(_NAME).from_disk(folder, exclude=["vocab"])  # type: ignore[attr-defined]

    def find(self, texts: Iterable[str]) -> Iterator[list[Entity]]:
        """Gives the entities of each text, in reading order."""
        with self._nlp.memory_zone():
            for doc in self._nlp.pipe(texts):
                yield [
                    Entity(Span(start=one.start_char, end=one.end_char), cast("TermKind", one.label_))
                    for one in doc.ents
                ]


@Language.component("known_terms")
def known_terms(doc: Doc) -> Doc:
    """Tells the network which words the tables know: the tag of a token is the kind of its term."""
    for token in doc:
        token.tag_ = _OUTSIDE
    for span in doc.spans[FOUND]:
        for token in span:
            token.tag_ = f"{'B' if token.i == span.start else 'I'}-{span.label_}"
    return doc
