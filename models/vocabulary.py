"""Text to pieces and back: SentencePiece of T5, pruned, with the signs it lacks said in words or ASCII.

T5's vocabulary has no ``≥ ≤ < ^ µ ² ³`` (Raffel et al. 2020 trained it on web text). On the way in they
are said in words or ASCII; on the way back the spelling of the source is restored, word by word.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from tokenizers import Tokenizer

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"

_COMPARISONS = {
    "≥": " at least ", ">=": " at least ", "=>": " at least ", "≤": " at most ", "<=": " at most ",
    "=<": " at most ", ">": " more than ", "<": " less than ",
}  # fmt: skip
_LETTERS = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda", "ω": "omega",
    "µ": "u", "μ": "u", "×": "x", "^": "e", "~": "about ", "{": "(", "}": ")", "±": "+/-", "•": ", ",
    "®": "", "™": "", "²": "2", "³": "3", "⁹": "e9", "⁶": "e6", "·": ".", "；": ";", "，": ",",
}  # fmt: skip
_SIGN = re.compile("|".join(map(re.escape, sorted(_COMPARISONS, key=len, reverse=True))))
_LETTER = re.compile("|".join(map(re.escape, _LETTERS)))
_TIMES = re.compile(r"(?<=\d) x (?=\d)")
_POWER = re.compile(r"(?<![\w.])10e(?=\d)")
_SPACES = re.compile(r"\s+")
# A word that changes when it is said, such as mm³ or 10^9/L; bare signs are no words.
_CHANGED_WORD = re.compile(r"[^\s()\[\],;]*[µμ^²³⁹⁶αβγδκλω®™][^\s()\[\],;]*")


def _spell(text: str) -> str:
    return unicodedata.normalize("NFKC", _LETTER.sub(lambda match: _LETTERS[match.group()], text))


def say(text: str) -> str:
    """Says the signs that the vocabulary lacks in words or ASCII, and folds white space."""
    return _SPACES.sub(" ", _spell(_SIGN.sub(lambda match: _COMPARISONS[match.group()], text))).strip()


def restore(text: str, source: str) -> str:
    """Puts the source's own spelling back where ``say`` changed a word of it: mm3 becomes mm³ again."""
    if "×" in source:
        text = _TIMES.sub(" × ", text)
    if "^" in source:
        text = _POWER.sub("10^", text)
    said = {_spell(word): word for word in _CHANGED_WORD.findall(source)}
    said = {plain.strip(".:"): word.strip(".:") for plain, word in said.items() if len(plain) > 1}
    if not said:
        return text
    words = "|".join(map(re.escape, sorted(said, key=len, reverse=True)))
    return re.sub(rf"(?<![\w^])(?:{words})(?![\w^])", lambda match: said[match.group()], text)


class Vocabulary:
    """The pieces of a model."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Loads a ``tokenizer.json``."""
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(tokenizer)

    def pieces(self, text: str) -> list[str]:
        """Splits a text, signs said, into pieces; the end piece comes last."""
        return list(self._tokenizer.encode(say(text)).tokens)

    def ids(self, texts: Iterable[str]) -> list[list[int]]:
        """Gives the ids of each text's pieces, the end piece's last."""
        return [list(coding.ids) for coding in self._tokenizer.encode_batch([say(text) for text in texts])]

    def text(self, pieces: Iterable[str]) -> str:
        """Joins pieces to a text; special pieces vanish."""
        ids = (self._tokenizer.token_to_id(piece) for piece in pieces)
        return self.decode(i for i in ids if i is not None)

    def decode(self, ids: Iterable[int]) -> str:
        """Joins pieces, given by their ids, to a text; special pieces vanish."""
        return str(self._tokenizer.decode(list(ids))).strip()


def prune(
    tokenizer: Mapping[str, object], texts: Iterable[str], least: int
) -> tuple[dict[str, object], list[int]]:
    """Keeps the pieces that the texts use, and every single character, so that any word can still be spelled.

    Args:
        tokenizer: The content of a T5 ``tokenizer.json``.
        texts: Texts that show which pieces are needed.
        least: Uses that keep a piece.

    Returns:
        The pruned ``tokenizer.json``, and for each new id the old one.
    """
    full = json.loads(json.dumps(tokenizer))
    full["truncation"] = full["padding"] = None
    counts: dict[int, int] = {}
    coder = Tokenizer.from_str(json.dumps(full))
    for coding in coder.encode_batch([say(text) for text in texts]):
        for i in coding.ids:
            counts[i] = counts.get(i, 0) + 1
    vocab = full["model"]["vocab"]
    special = {entry["content"] for entry in full["added_tokens"]}
    kept = [
        i
        for i, (piece, _) in enumerate(vocab)
        if i <= 2 or (piece not in special and (counts.get(i, 0) >= least or len(piece.lstrip("▁")) <= 1))
    ]
    full["model"]["vocab"] = [vocab[i] for i in kept]
    full["added_tokens"] = [entry for entry in full["added_tokens"] if entry["id"] <= 2]
    return full, kept
