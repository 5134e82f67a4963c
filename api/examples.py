"""The examples that the documentation at ``/docs`` shows; the tests send and read them."""

from typing import Any

from fastapi.openapi.models import Example

from api.schemas import ListRequest

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
    "model": "plaincriteria-small-1",
    "lexicon": "5d0c1f2e8a9b",
    "scorer": "6b29686243fd",
    "code": "0.1.0",
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
            "route": "template",
            "fidelity": {"score": 0.97, "verdict": "faithful", "findings": []},
            "readability": {"grade": 1.2, "words": 6, "unexplained": []},
            "terms": [],
            "versions": _VERSIONS,
        },
    ],
    "versions": _VERSIONS,
}
AUDIT_ANSWER = {
    "reports": [
        {
            "id": "p2",
            "score": 0.02,
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
            "readability": {"grade": 1.2, "words": 6, "unexplained": []},
        }
    ]
}
JOB_BODIES: dict[str, Any] = {
    "application/json": {
        "schema": ListRequest.model_json_schema(),
        "example": {
            "criteria": [{"id": "i1", "section": "inclusion", "text": "Age ≥ 18 years"}],
        },
    },
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
            "required": ["file"],
        }
    },
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
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
