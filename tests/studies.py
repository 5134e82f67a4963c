"""Invented records, the awkward among them, in the form of the API v2."""

from typing import Any

CRITERIA = (
    "Inclusion Criteria:\n\n* Age ≥ 18 years\n* Platelet count ≥ 75 × 10⁹/L\n\n"
    "Exclusion Criteria:\n\n* Pregnant or breastfeeding\n* Liver transplant, unclear when\n"
)
MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\" onclick='x' {{ 7*7 }}"


def record(criteria: str | None = CRITERIA, nct_id: str = "NCT99000002", **modules: dict[str, Any]) -> Any:
    section: dict[str, Any] = {
        "identificationModule": {"nctId": nct_id, "briefTitle": "An invented study of Veridane"},
        "statusModule": {
            "overallStatus": "RECRUITING",
            "startDateStruct": {"date": "2024-09", "type": "ESTIMATED"},
            "lastUpdatePostDateStruct": {"date": "2025-02-12", "type": "ACTUAL"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Veridane Cell Works"}},
        "descriptionModule": {"briefSummary": "First paragraph.\n\nSecond paragraph."},
        "conditionsModule": {"conditions": ["Imaginary Fever", "colic"]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE1", "PHASE2"],
            "enrollmentInfo": {"count": 64, "type": "ESTIMATED"},
            "designInfo": {"allocation": "RANDOMIZED", "maskingInfo": {"whoMasked": ["PARTICIPANT"]}},
        },
        "armsInterventionsModule": {
            "armGroups": [{"label": "Low dose", "type": "EXPERIMENTAL", "description": "One a day"}],
            "interventions": [{"type": "DRUG", "name": "Veridane", "description": "A tablet"}],
        },
        "contactsLocationsModule": {
            "centralContacts": [
                {"name": "A. Person", "phone": "1", "phoneExt": "2", "email": "a@example.org"}
            ],
            "locations": [{"facility": "Old Hospital", "city": "Ghent", "country": "Belgium"}],
        },
        "eligibilityModule": {"sex": "ALL", "minimumAge": "18 Years", "healthyVolunteers": False},
    }
    if criteria is not None:
        section["eligibilityModule"]["eligibilityCriteria"] = criteria
    for name, fields in modules.items():
        section[name] = {**section.get(name, {}), **fields}
    return {"protocolSection": section}


def planted(value: Any) -> Any:
    """The record with markup at the end of each text but the id."""
    if isinstance(value, dict):
        return {key: one if key == "nctId" else planted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [planted(one) for one in value]
    return f"{value} {MARKUP}" if isinstance(value, str) else value


def many_criteria(count: int) -> str:
    rows = "\n".join(
        f"* No earlier dose of invented drug number {number}, in any form" for number in range(count)
    )
    return f"Exclusion Criteria:\n\n{rows}\n"


def places(count: int) -> dict[str, Any]:
    return {
        "locations": [
            {
                "facility": f"Hospital {number}",
                "city": "Springfield",
                "country": f"Country {number % 7}",
                "status": "RECRUITING",
                "contacts": [
                    {"name": "Study Desk", "phone": f"555-{number:04}", "email": "desk@example.org"}
                ],
            }
            for number in range(count)
        ]
    }


AWKWARD = {
    "usual": record(),
    "no eligibility": record(None),
    "only an id": {"protocolSection": {"identificationModule": {"nctId": "NCT99000003"}}},
    "nothing": {"protocolSection": {}},
    "300 criteria": record(many_criteria(300)),
    "right to left": record(identificationModule={"briefTitle": "דוגמה של מחקר \u202e(NCT)"}),
    "markup": planted(record()),
    "200 places": record(contactsLocationsModule=places(200)),
    "withdrawn": record(
        statusModule={"overallStatus": "WITHDRAWN", "whyStopped": "No money"},
        designModule={"enrollmentInfo": {"count": 0, "type": "ACTUAL"}},
    ),
    "expanded access": record(
        statusModule={"overallStatus": "AVAILABLE"},
        designModule={"studyType": "EXPANDED_ACCESS", "phases": []},
    ),
    "one long word": record(f"Inclusion Criteria:\n\n* {'x' * 900}\n"),
}
