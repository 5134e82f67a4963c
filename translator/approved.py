"""Wordings that reviewers approved: the first rung of the ladder.

They are scored like any other draft, and one that the scorer calls unfaithful is not used.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from translator.records import ApprovedWording, Draft, NormalisedCriterion, Section


class ApprovedWriter:
    """Writes what reviewers approved for the very same source.

    Attributes:
        version: Digest of the wordings; empty where there are none.
    """

    def __init__(self, wordings: Iterable[ApprovedWording]) -> None:
        self._wordings: dict[tuple[Section, str, str | None], str] = {
            (one.section, one.source, one.context): one.plain for one in wordings
        }
        lines = sorted(map(repr, self._wordings.items()))
        self.version = sha256("\n".join(lines).encode()).hexdigest()[:12] if lines else ""

    def wording(self, one: NormalisedCriterion) -> str | None:
        """The approved sentence for a criterion, if there is one."""
        criterion = one.criterion
        return self._wordings.get((criterion.section, criterion.text, criterion.context))

    def write(self, criteria: Sequence[NormalisedCriterion]) -> list[list[Draft]]:
        """Gives one draft for each criterion that has an approved wording, and none for any other."""
        return [[Draft(text=text, route="memory")] if (text := self.wording(one)) else [] for one in criteria]
