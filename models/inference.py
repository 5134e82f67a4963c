"""The model at work: prompts in, candidate texts out.

``load`` takes the engine that ships, or any sequence-to-sequence checkpoint (a folder or a hub name) that
``AutoModelForSeq2SeqLM`` loads; the latter needs the extra ``train``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol, Self

import ctranslate2

from models.config import DecodingConfig, ModelConfig
from models.padding import Padding
from models.vocabulary import END, Vocabulary, restore, say

WEIGHTS = Path(__file__).parent / "weights"


class WeightsError(Exception):
    """The weights are missing or not those that their checksums promise.

    Args:
        where: Which file or name.
        what: What is wrong with it.
        remedy: What to do.
    """

    def __init__(self, where: object, what: str, remedy: str) -> None:
        super().__init__(f"{where}: {what}; {remedy}")
        self.where, self.what, self.remedy = str(where), what, remedy


@dataclass(frozen=True)
class Candidate:
    """A text that the model wrote, and the mean log-probability of its pieces (natural logarithm)."""

    text: str
    log_probability: float


class TextModel(Protocol):
    """Whatever writes texts for prompts."""

    version: str

    def generate(self, prompts: Sequence[str], decoding: DecodingConfig) -> list[list[Candidate]]:
        """Writes at most ``decoding.beams`` candidates a prompt, best first; none where it is too long."""
        ...


class Seq2Seq:
    """The int8 engine (CTranslate2)."""

    def __init__(
        self, engine: ctranslate2.Translator, vocabulary: Vocabulary, config: ModelConfig, digest: str
    ) -> None:
        self._engine = engine
        self._vocabulary = vocabulary
        self._config = config
        self._padding = Padding(vocabulary, config.max_source_pieces)
        self.version = f"{config.name}@{digest[:12]}"

    @classmethod
    def load(cls, folder: Path = WEIGHTS, threads: int = 2) -> Self:
        """Loads the engine after its files have been checked against ``checksums.json``.

        Args:
            folder: Holds what ``models.export`` writes.
            threads: Workers; each takes one thread, which beats one worker with many on small models.

        Raises:
            WeightsError: A file is missing or has another SHA-256.
        """
        return cls(*opened(folder, threads))

    def generate(self, prompts: Sequence[str], decoding: DecodingConfig) -> list[list[Candidate]]:
        """Writes candidates, best first.

        A candidate that reaches the limit of length is a half sentence and is left out; a prompt longer than
        the model was trained on gets none. The answer for a prompt does not depend on the others in the call.
        """
        answers: list[list[Candidate]] = [[] for _ in prompts]
        jobs = [
            (some, self._begin(rows, decoding))
            for some, rows in self._padding.batches(prompts, decoding.batch_pieces)
        ]
        for some, begun in jobs:
            for i, job in zip(some, begun[: len(some)], strict=True):
                result = job.result()
                for written, score in zip(result.hypotheses, result.scores, strict=True):
                    if written and written[-1] == END:
                        text = restore(self._vocabulary.text(written), prompts[i])
                        answers[i].append(Candidate(text, float(score)))
        return answers

    def _begin(
        self, rows: list[list[str]], decoding: DecodingConfig
    ) -> list[ctranslate2.AsyncTranslationResult]:
        begun: list[ctranslate2.AsyncTranslationResult] = self._engine.translate_batch(
            rows,
            beam_size=decoding.beams,
            num_hypotheses=decoding.beams,
            no_repeat_ngram_size=decoding.no_repeat,
            max_decoding_length=decoding.limit(self._config.max_source_pieces),
            return_scores=True,
            return_end_token=True,
            asynchronous=True,
        )
        return begun


class Checkpoint:
    """Any checkpoint that ``AutoModelForSeq2SeqLM`` loads, run by torch: slow, for comparison."""

    def __init__(self, name: str) -> None:
        try:
            import torch  # noqa: PLC0415
            from transformers import AutoModelForSeq2SeqLM, AutoTokenizer  # noqa: PLC0415
        except ImportError:
            raise WeightsError(
                name, "a checkpoint needs torch and transformers", "Install plaincriteria[train]"
            ) from None
        self._torch = torch
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(name)
            self._model = AutoModelForSeq2SeqLM.from_pretrained(name).eval()
        except (OSError, ValueError) as error:
            raise WeightsError(
                name, f"no checkpoint ({str(error).splitlines()[0]})", "Give a folder or a hub name"
            ) from None
        self.version = f"{Path(name).name}@{getattr(self._model.config, '_commit_hash', None) or 'local'}"

    def generate(self, prompts: Sequence[str], decoding: DecodingConfig) -> list[list[Candidate]]:
        """Writes candidates, best first, a prompt at a time."""
        return [self._one(prompt, decoding) for prompt in prompts]

    def _one(self, prompt: str, decoding: DecodingConfig) -> list[Candidate]:
        source = self._tokenizer(say(prompt), return_tensors="pt")
        with self._torch.inference_mode():
            written = self._model.generate(
                **source,
                num_beams=decoding.beams,
                num_return_sequences=decoding.beams,
                no_repeat_ngram_size=decoding.no_repeat,
                max_new_tokens=decoding.limit(ModelConfig.max_source_pieces),
                do_sample=False,
                return_dict_in_generate=True,
                output_scores=True,
            )
        scores = getattr(written, "sequences_scores", None)
        texts = self._tokenizer.batch_decode(written.sequences, skip_special_tokens=True)
        ended = (written.sequences == self._tokenizer.eos_token_id).any(dim=1)
        return [
            Candidate(restore(text.strip(), prompt), float(scores[i]) if scores is not None else 0.0)
            for i, text in enumerate(texts)
            if ended[i]
        ]


def opened(folder: Path, threads: int) -> tuple[ctranslate2.Translator, Vocabulary, ModelConfig, str]:
    """Opens an engine after its files have been checked; the last is the SHA-256 of their list.

    Raises:
        WeightsError: A file is missing or has another SHA-256.
    """
    digest = verify(folder)
    engine = ctranslate2.Translator(str(folder), inter_threads=threads, intra_threads=1)
    vocabulary = Vocabulary.load(folder / "tokenizer.json")
    return engine, vocabulary, ModelConfig.read(folder / "model.json"), digest


def verify(folder: Path) -> str:
    """Checks every file of an engine against ``checksums.json``; gives the SHA-256 of that list.

    Raises:
        WeightsError: A file is missing or has another SHA-256.
    """
    listing = folder / "checksums.json"
    if not listing.is_file():
        raise WeightsError(folder, "no checksums.json", "Give a folder that models.export wrote")
    for name, expected in json.loads(listing.read_text("utf-8")).items():
        path = folder / name
        if not path.is_file():
            raise WeightsError(path, "missing", "Fetch the weights again")
        with path.open("rb") as file:
            found = sha256(file.read()).hexdigest()
        if found != expected:
            raise WeightsError(
                path, f"SHA-256 is {found[:12]}…, not {expected[:12]}…", "Fetch the weights again"
            )
    return sha256(listing.read_bytes()).hexdigest()


def load(model: str | None = None) -> TextModel:
    """Loads the model that ships, an exported engine by its folder, or any checkpoint by folder or hub name.

    Raises:
        WeightsError: It cannot be loaded; the message says why.
    """
    if model is None:
        return Seq2Seq.load()
    if (Path(model) / "model.bin").is_file():
        return Seq2Seq.load(Path(model))
    return Checkpoint(model)
