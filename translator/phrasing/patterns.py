"""The language in which templates are written: patterns of words and named phrases, and what they say.

==============  =====================================================================================
pattern         reads
==============  =====================================================================================
``[words]``     the words, or nothing
``(one|other)`` one of them
``-``           a hyphen, a space or nothing
``,`` ``'``     the sign, or nothing
``{name}``      a phrase (numbers, ages, windows: ``translator.phrasing.phrases``), a shared word, or a term
==============  =====================================================================================

A backslash takes the meaning from the sign after it; case does not count. In a plain text ``{name}`` is
what was read, said in plain words, and ``[words {name}]`` stands only where the name was read. A digit
after a name tells two of a kind apart. A shared word without a plain text is read and not said: it has no
meaning of its own.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from translator.phrasing.phrases import PHRASES
from translator.phrasing.wording import TERMS, say_terms
from translator.records import Term

_TERM = r"[^\W\d_][^.;:()]{1,100}"
_SIGNS = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|", "-": "[- ]?", ",": ",?", "'": "'?"}
_TOKEN = re.compile(
    r"\{(?P<name>[a-z_]+)(?P<number>\d?)\}|\\(?P<escaped>.)|(?P<sign>[\[\](|),'-])|(?P<other>.)"
)
_OPTION = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z_]+\d?)\}")

Terms = Mapping[str, Term]
"""The terms of a criterion by their surface, in lower case."""


class Vocabulary:
    """The shared words that patterns name.

    Args:
        rows: With ``name``, ``pattern`` and ``plain``; of the rows of a name the first that fits says it.
    """

    def __init__(self, rows: Sequence[Mapping[str, str]]) -> None:
        self._words: dict[str, list[Pattern]] = {}
        for row in rows:
            self._words.setdefault(row["name"], []).append(Pattern(row["pattern"], row["plain"], self))

    def source(self, name: str) -> str:
        """Gives the regular expression of a name, without capturing groups.

        Raises:
            ValueError: Nothing has that name.
        """
        if name in TERMS:
            return _TERM
        if name in PHRASES:
            return PHRASES[name].pattern
        if name in self._words:
            return "|".join(pattern.source(capturing=False) for pattern in self._words[name])
        raise ValueError(f"no phrase or word has the name {name!r}")

    def says(self, name: str) -> bool:
        """Tells whether a name has a meaning that a plain text must say."""
        return any(pattern.plain for pattern in self._words[name]) if name in self._words else True

    def say(self, name: str, found: str, terms: Terms) -> str | None:
        """Says what was read under a name in plain words; None where that cannot be done safely."""
        if name in TERMS:
            return say_terms(found, terms, name)
        if name in PHRASES:
            try:
                return PHRASES[name].say(found)
            except ValueError:
                return None
        said = (pattern.render(found, terms) for pattern in self._words[name])
        return next((text for text in said if text is not None), None)


class Pattern:
    """A pattern and the plain text for what it reads."""

    def __init__(self, written: str, plain: str, vocabulary: Vocabulary) -> None:
        self.written = written
        self.plain = plain
        self._vocabulary = vocabulary

    def source(self, *, capturing: bool) -> str:
        """Gives the pattern as a regular expression; if capturing, with groups for the names it says."""
        said = set(_SLOT.findall(self.plain)) if capturing else set()
        parts = []
        for token in _TOKEN.finditer(self.written):
            if name := token["name"]:
                numbered = name + token["number"]
                group = f"?P<{numbered}>" if numbered in said else "?:"
                parts.append(f"({group}{self._vocabulary.source(name)})")
            elif sign := token["sign"]:
                parts.append(_SIGNS[sign])
            else:
                parts.append(re.escape(token["escaped"] or token["other"]))
        return "".join(parts)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.source(capturing=True), re.IGNORECASE)

    def unsaid(self) -> set[str]:
        """Names of the pattern that have a meaning and do not stand in the plain text."""
        read = {
            f"{token['name']}{token['number']}" for token in _TOKEN.finditer(self.written) if token["name"]
        }
        return {
            name
            for name in read - set(_SLOT.findall(self.plain))
            if self._vocabulary.says(name.rstrip("0123456789"))
        }

    def fits(self, text: str) -> bool:
        """Tells whether the pattern reads the whole text."""
        return self._compiled.fullmatch(text) is not None

    def render(self, text: str, terms: Terms) -> str | None:
        """Says the text in plain words; None where the pattern does not fit or a part cannot be said."""
        found = self._compiled.fullmatch(text)
        if found is None:
            return None
        said = {}
        for name in _SLOT.findall(self.plain):
            if found[name] is not None:
                said[name] = self._vocabulary.say(name.rstrip("0123456789"), found[name], terms)
        kept = _OPTION.sub(
            lambda option: option[1] if set(_SLOT.findall(option[1])) <= said.keys() else "", self.plain
        )
        if None in said.values() or not set(_SLOT.findall(kept)) <= said.keys():
            return None
        return _SLOT.sub(lambda slot: said[slot[1]] or "", kept)
