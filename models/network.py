"""The T5 network in training: loaded with fewer layers or put together of weights, cheap dropout, its loss.

On two processor cores the parts around the matrix products took most of a step. Masks of dropout drawn once
for all positions of a sequence, and a loss taken once and only where there is a label, doubled the pairs a
second; ``torch.compile`` adds half as much again.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy, logsigmoid
from transformers import AutoModelForSeq2SeqLM, PreTrainedModel, T5Config, T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5Attention

from models.batches import IGNORE, Batch

Weights = npt.NDArray[np.float32]


def load(
    start: Path, keep_encoder_layers: Sequence[int] = (), keep_decoder_layers: Sequence[int] = ()
) -> PreTrainedModel:
    """Loads a T5 checkpoint, with only the named layers of a stack where some are named."""
    model = AutoModelForSeq2SeqLM.from_pretrained(start)
    # transformers 5 sets this for every T5; the weights decide, or saving would drop the output embeddings.
    model.config.tie_word_embeddings = model.lm_head.weight is model.shared.weight
    if keep_encoder_layers:
        model.config.num_layers = _keep(model.encoder, keep_encoder_layers)
    if keep_decoder_layers:
        model.config.num_decoder_layers = _keep(model.decoder, keep_decoder_layers)
    return model


def assembled(weights: Mapping[str, Weights], heads: int) -> T5ForConditionalGeneration:
    """Puts a T5 together of weights by their names in it; all sizes but the number of heads are theirs.

    Raises:
        RuntimeError: They are not those of a T5 with gated activations.
    """
    pieces, width = weights["shared.weight"].shape
    first = "encoder.block.0.layer"
    layers = [
        len({name.split(".")[2] for name in weights if name.startswith(f"{stack}.block.")})
        for stack in ("encoder", "decoder")
    ]
    config = T5Config(
        vocab_size=pieces, d_model=width, num_heads=heads, feed_forward_proj="gated-gelu",
        d_ff=len(weights[f"{first}.1.DenseReluDense.wi_0.weight"]),
        d_kv=len(weights[f"{first}.0.SelfAttention.q.weight"]) // heads,
        num_layers=layers[0], num_decoder_layers=layers[1],
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1, tie_word_embeddings=False,
    )  # fmt: skip
    # transformers 5 takes the argument for the scale of the outputs alone, and ties them all the same;
    # FLAN-T5 keeps its output embeddings apart from those that encoder and decoder share.
    config.tie_word_embeddings = False
    model = T5ForConditionalGeneration(config)
    model.encoder.embed_tokens = model.decoder.embed_tokens = model.shared
    model.load_state_dict({name: torch.tensor(np.ascontiguousarray(w)) for name, w in weights.items()})
    return model


def _keep(stack: torch.nn.Module, layers: Sequence[int]) -> int:
    """Keeps the named layers of a stack; gives their number."""
    first = stack.block[0].layer[0].SelfAttention
    kept = [stack.block[i] for i in layers]
    # Only the first block carries the relative position bias, which all share (Raffel et al. 2020).
    kept[0].layer[0].SelfAttention.relative_attention_bias = first.relative_attention_bias
    kept[0].layer[0].SelfAttention.has_relative_attention_bias = True
    stack.block = torch.nn.ModuleList(kept)
    for position, block in enumerate(kept):
        block.layer[0].SelfAttention.layer_idx = position
        if stack.is_decoder:
            block.layer[1].EncDecAttention.layer_idx = position
    stack.config.num_layers = len(kept)
    return len(kept)


class SequenceDropout(torch.nn.Module):  # type: ignore[misc]
    """Dropout with one mask for all positions of a sequence (Gal and Ghahramani 2016).

    Input and output have the shape ``(pairs, pieces, width)``.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self._kept = 1.0 - rate

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Drops whole features of a sequence while training."""
        if not self.training or self._kept == 1.0:
            return values
        mask = values.new_empty((values.shape[0], 1, values.shape[-1])).bernoulli_(self._kept)
        return values * mask.div_(self._kept)


def set_dropout(model: torch.nn.Module, rate: float) -> None:
    """Puts ``SequenceDropout`` in the place of every dropout; the attention weights keep theirs at none."""
    for name, part in list(model.named_children()):
        if isinstance(part, torch.nn.Dropout):
            setattr(model, name, SequenceDropout(rate))
        else:
            set_dropout(part, rate)
        if isinstance(part, T5Attention):
            part.dropout = 0.0


class Loss:
    """Cross entropy a piece (natural logarithm), taken only where a batch has labels.

    In batches with rejected texts the odds ratio of Hong et al. 2024 ("ORPO: Monolithic Preference
    Optimization without Reference Model") is added: the plain text shall be likelier than the rejected one.

    Args:
        smoothing: Of the labels, while training.
        preference: Weight of the odds ratio.
        compiled: Whether ``torch.compile`` makes the passes faster, after about two minutes of its own.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        *,
        smoothing: float = 0.0,
        preference: float = 0.0,
        compiled: bool = False,
    ) -> None:
        self._model = model
        self._smoothing = smoothing
        self._preference = preference
        self._states = torch.compile(self._decode, dynamic=True) if compiled else self._decode

    def __call__(self, batch: Batch) -> torch.Tensor:
        """Gives a scalar: while measuring, the cross entropy alone."""
        training = self._model.training
        # Measuring is another graph, for which compiling does not pay.
        states_of = self._states if training else self._decode
        preferring = training and batch.rejected.shape[1] > 0
        texts = (batch.labels, batch.rejected) if preferring else (batch.labels,)
        states, *others = states_of(batch.source, *texts)
        labels = batch.labels.flatten()[batch.places]
        logits = self._model.lm_head(states.flatten(0, 1)[batch.places])
        value = cross_entropy(logits, labels, label_smoothing=self._smoothing if training else 0.0)
        if not preferring:
            return value
        margin = self._log_odds(states, batch.labels) - self._log_odds(others[0], batch.rejected)
        return value - self._preference * logsigmoid(margin).mean()

    def _decode(self, source: torch.Tensor, *texts: torch.Tensor) -> list[torch.Tensor]:
        """Gives the decoder's last states, ``(pairs, pieces, width)``, for each of the texts."""
        mask = (source != 0).long()
        encoded = self._model.encoder(input_ids=source, attention_mask=mask)[0]
        return [
            self._model.decoder(
                input_ids=self._model._shift_right(labels),
                encoder_hidden_states=encoded,
                encoder_attention_mask=mask,
                use_cache=False,
            )[0]
            for labels in texts
        ]

    def _log_odds(self, states: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Gives the log-odds of texts, ``(pairs,)``, by the geometric mean of the chances of their pieces."""
        logits = self._model.lm_head(states).float().transpose(1, 2)
        losses = cross_entropy(logits, labels, ignore_index=IGNORE, reduction="none")
        mean = -losses.sum(1) / (labels != IGNORE).sum(1)
        return mean - torch.log1p(-mean.exp().clamp(max=1 - 1e-6))
