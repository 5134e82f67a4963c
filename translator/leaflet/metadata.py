"""The trial as schema.org tells it (https://schema.org/MedicalTrial), from the record and no more."""

from translator.study import Study

_STATUSES = {
    "RECRUITING": "Recruiting",
    "NOT_YET_RECRUITING": "NotYetRecruiting",
    "ACTIVE_NOT_RECRUITING": "ActiveNotRecruiting",
    "COMPLETED": "Completed",
    "ENROLLING_BY_INVITATION": "EnrollingByInvitation",
    "SUSPENDED": "Suspended",
    "TERMINATED": "Terminated",
    "WITHDRAWN": "Withdrawn",
}
_KINDS = {"INTERVENTIONAL": "MedicalTrial", "OBSERVATIONAL": "MedicalObservationalStudy"}
_MOST_LOCATIONS = 20


def metadata(study: Study, canonical: str | None) -> dict[str, object]:
    """The JSON-LD object of a trial; locations beyond the first 20 are left to the record."""
    trial = study.trial
    places = [place.facility for place in study.locations if place.facility][:_MOST_LOCATIONS]
    status = _STATUSES.get(trial.status or "")
    found: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": _KINDS.get(trial.study_type or "", "MedicalStudy"),
        "name": trial.title,
        "alternateName": study.official_title,
        "identifier": trial.id,
        "url": canonical,
        "inLanguage": "en",
        "isBasedOn": f"https://clinicaltrials.gov/study/{trial.id}" if trial.id else None,
        "status": f"https://schema.org/{status}" if status else None,
        "sponsor": {"@type": "Organization", "name": study.sponsor} if study.sponsor else None,
        "phase": "/".join(trial.phases) if trial.phases and "NA" not in trial.phases else None,
        "healthCondition": [{"@type": "MedicalCondition", "name": name} for name in trial.conditions],
        "studyLocation": [{"@type": "AdministrativeArea", "name": name} for name in places],
        "dateModified": trial.version,
    }
    return {name: value for name, value in found.items() if value}
