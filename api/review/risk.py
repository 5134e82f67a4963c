"""How urgent it is to review an item: 0 to 1000, one formula.

    risk = Σ weight × size, each size 0 to 1

========= ====== =========================================================================================
part      weight size, and why
========= ====== =========================================================================================
score     400    1 − the scorer's score: the calibrated chance that the sentence is wrong, so it weighs most
severity  300    of the worst finding: a wrong limit or a turned meaning can lead a patient astray
route     100    who wrote it: a model can invent anything, a template only what is in a table
newness   100    1 unless a reviewer has approved the very same words before
reach     100    how many units of the store say the same: an error there is read many times; 64 fill it
========= ====== =========================================================================================
"""

import math

from api.review.records import Item, ItemRoute
from translator.records import Severity

WEIGHTS = {"score": 400, "severity": 300, "route": 100, "newness": 100, "reach": 100}
SEVERITIES: dict[Severity, float] = {"critical": 1.0, "major": 0.6, "minor": 0.2}
ROUTES: dict[ItemRoute, float] = {"given": 1.0, "model": 0.8, "source": 0.5, "template": 0.2, "memory": 0.1}
_FULL_REACH = 64


def risk(item: Item, *, approved_before: bool, reach: int) -> int:
    """The risk of an item.

    Args:
        item: With the scorer's report.
        approved_before: Whether a reviewer has approved the same words.
        reach: Units of the store that say the same, itself included.
    """
    sizes = {
        "score": 1 - item.fidelity.score,
        "severity": max((SEVERITIES[finding.severity] for finding in item.fidelity.findings), default=0.0),
        "route": ROUTES[item.route],
        "newness": 0.0 if approved_before else 1.0,
        "reach": min(1.0, math.log(max(reach, 1), _FULL_REACH)),
    }
    return round(sum(WEIGHTS[part] * size for part, size in sizes.items()))
