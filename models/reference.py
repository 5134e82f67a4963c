"""The same checkpoint run the obvious way: ``generate`` of transformers, float32, beams, padded batches."""

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import GenerationConfig

from models.config import DecodingConfig, ModelConfig
from models.inference import Candidate
from models.network import load
from models.vocabulary import Vocabulary, restore


class Reference:
    """A checkpoint of ``models.training`` as a ``TextModel``; it gives one text a prompt.

    Args:
        checkpoint: Its folder.
        batch: Prompts that are padded to one length; padding may change a text, a batch of one has none.
    """

    def __init__(self, checkpoint: Path, batch: int = 32) -> None:
        self._model = load(checkpoint).eval()
        self._vocabulary = Vocabulary.load(checkpoint / "tokenizer.json")
        self._batch = batch
        self.version = f"{checkpoint.name}@transformers"

    def generate(self, prompts: Sequence[str], decoding: DecodingConfig) -> list[list[Candidate]]:
        """Writes the best text of a beam search for each prompt, in order; of no known probability."""
        settings = GenerationConfig(
            do_sample=False,
            num_beams=decoding.beams,
            no_repeat_ngram_size=decoding.no_repeat,
            max_new_tokens=decoding.limit(ModelConfig.max_source_pieces),
            decoder_start_token_id=self._model.config.decoder_start_token_id,
            pad_token_id=self._model.config.pad_token_id,
            eos_token_id=self._model.config.eos_token_id,
        )
        written: list[list[Candidate]] = []
        for first in range(0, len(prompts), self._batch):
            some = prompts[first : first + self._batch]
            rows = [torch.tensor(ids) for ids in self._vocabulary.ids(some)]
            source = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=0)
            with torch.inference_mode():
                texts = self._model.generate(source, attention_mask=source != 0, generation_config=settings)
            written += [
                [Candidate(restore(self._vocabulary.decode(ids), prompt), 0.0)]
                for ids, prompt in zip(texts.tolist(), some, strict=True)
            ]
        return written
