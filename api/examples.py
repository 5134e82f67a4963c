"""The examples that the documentation at ``/docs`` shows; the tests send and read them."""

from fastapi.openapi.models import Example

TRANSLATE_REQUESTS: dict[str, Example] = {
    "text": {
        "summary": "An eligibility text",
        "value": {
            "text": "Inclusion Criteria:\n\n* Age ≥ 18 years\n\nExclusion Criteria:\n\n* Liver transplant"
        },
    },
    "criteria": {
        "summary": "Criteria already cut",
        "value": {
            "criteria": [
                {"id": "i1", "section": "inclusion", "text": "Age ≥ 18 years"},
                {
                    "id": "e1",
                    "section": "exclusion",
                    "text": "hepatitis B",
                    "context": "Active infection with any of the following:",
                },
            ],
            "min_fidelity": 0.8,
        },
    },
}
AUDIT_REQUESTS: dict[str, Example] = {
    "pairs": {
        "summary": "A faithful sentence, and one with another number",
        "value": {
            "pairs": [
                {
                    "id": "p1",
                    "section": "inclusion",
                    "source": "Age ≥ 18 years",
                    "plain": "You must be 18 or older.",
                },
                {
                    "id": "p2",
                    "section": "inclusion",
                    "source": "Age ≥ 18 years",
                    "plain": "You must be 21 or older.",
                },
            ]
        },
    }
}
_VERSIONS = {
    "model": "plaincriteria-small-3@dbeb7ba56d07",
    "lexicon": "ccf62166b414",
    "scorer": "0ceba9554ccb",
    "code": "0.1.0+ae783fc27d9a",
}
TRANSLATE_ANSWER = {
    "translations": [
        {
            "trial_id": None,
            "id": "i1",
            "section": "inclusion",
            "role": "criterion",
            "parent_id": None,
            "span": [0, 14],
            "source": "Age ≥ 18 years",
            "plain": "You must be 18 or older.",
            "route": "model",
            "fidelity": {"score": 0.9389, "verdict": "faithful", "findings": []},
            "readability": {"grade": 0.5, "words": 6, "unexplained": []},
            "terms": [],
            "versions": _VERSIONS,
        },
        {
            "trial_id": None,
            "id": "e1",
            "section": "exclusion",
            "role": "criterion",
            "parent_id": None,
            "span": [0, 11],
            "source": "hepatitis B",
            "plain": "You cannot join if you have active infection with hepatitis B.",
            "route": "model",
            "fidelity": {"score": 0.8129, "verdict": "faithful", "findings": []},
            "readability": {"grade": 8.4, "words": 11, "unexplained": []},
            "terms": [{"surface": "hepatitis B", "plain": None, "kind": "condition", "span": [0, 11]}],
            "versions": _VERSIONS,
        },
    ],
    "versions": _VERSIONS,
}
AUDIT_ANSWER = {
    "reports": [
        {
            "id": "p1",
            "score": 0.9389,
            "verdict": "faithful",
            "findings": [],
            "readability": {"grade": 0.5, "words": 6, "unexplained": []},
        },
        {
            "id": "p2",
            "score": 0.0004,
            "verdict": "unfaithful",
            "findings": [
                {
                    "type": "number",
                    "severity": "critical",
                    "message": "The source gives 18 year; the translation gives 21 year.",
                    "source_span": [4, 14],
                    "plain_span": [12, 23],
                }
            ],
            "readability": {"grade": 0.5, "words": 6, "unexplained": []},
        },
    ]
}
JOB_REQUESTS: dict[str, Example] = {
    "criteria": {
        "summary": "Criteria to translate",
        "value": {"criteria": [{"id": "i1", "section": "inclusion", "text": "Age ≥ 18 years"}]},
    },
    "pairs": {
        "summary": "Pairs to audit",
        "value": AUDIT_REQUESTS["pairs"]["value"],
    },
}
JOB_ANSWER = {
    "id": "5f0c6b1e0a3c4d7e9b8a7c6d5e4f3a2b",
    "state": "running",
    "task": "translate",
    "name": "studies.zip",
    "created_at": "2026-01-05T09:30:00Z",
    "finished_at": None,
    "expires_at": None,
    "total": 120,
    "done": 48,
    "failed": 0,
    "error": None,
    "result": None,
}
TRIAL_REQUESTS: dict[str, Example] = {
    "record": {
        "summary": "A record with the modules that matter",
        "value": {
            "protocolSection": {
                "identificationModule": {"nctId": "NCT99000001", "briefTitle": "An invented study"},
                "statusModule": {"lastUpdatePostDateStruct": {"date": "2025-02-12"}},
                "eligibilityModule": {
                    "eligibilityCriteria": "Inclusion Criteria:\n\n* Age ≥ 18 years\n\n"
                    "Exclusion Criteria:\n\n* Liver transplant"
                },
            }
        },
    }
}

REVIEW_IMPORTS: dict[str, Example] = {
    "pairs": {
        "summary": "Pairs of another system",
        "value": {
            "batch": "leaflets",
            "items": [
                {
                    "id": "i1",
                    "section": "inclusion",
                    "source": "Age ≥ 18 years",
                    "plain": "You must be 18 or older.",
                    "model": "another system",
                },
                {
                    "id": "e1",
                    "section": "exclusion",
                    "source": "Serum creatinine > 2.0 mg/dL",
                    "plain": "You cannot join if your creatinine is above 2.0 g/dL.",
                },
            ],
        },
    }
}
REVIEW_EDITS: dict[str, Example] = {
    "edit": {
        "summary": "The unit mended",
        "value": {"plain": "You cannot join if your creatinine is above 2.0 mg/dL."},
    }
}
REVIEW_DECISIONS: dict[str, Example] = {
    "edit": {
        "summary": "A sentence with a wrong unit is mended",
        "value": {
            "action": "edit",
            "digest": "106cec79d780140a0c609317403e503cbb108df8c9b043a5e95679c4db6129e6",
            "plain": "You cannot join if your creatinine is above 2.0 mg/dL.",
            "errors": [{"type": "unit", "severity": "critical", "note": "g/dL for mg/dL"}],
        },
    },
    "escalate": {
        "summary": "Somebody else must settle it",
        "value": {
            "action": "escalate",
            "digest": "106cec79d780140a0c609317403e503cbb108df8c9b043a5e95679c4db6129e6",
            "reason": "The protocol gives two limits.",
        },
    },
}
REVIEW_REOPENINGS: dict[str, Example] = {
    "amended": {"summary": "The protocol was amended", "value": {"reason": "Amendment 3 changes the limit."}}
}
REVIEW_SETTLEMENTS: dict[str, Example] = {
    "accept": {
        "summary": "What is proposed is taken",
        "value": {
            "thresholds": {"faithful": 0.71, "review": 0.28},
            "accepted": True,
            "reason": "Two readers agree on 400 sentences.",
        },
    }
}
