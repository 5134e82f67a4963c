"""What a record tells of a trial besides its criteria: who runs it, what is given, where and when.

The trial page is made from this. As in the record, every part may be missing; nothing is filled in.
"""

from collections.abc import Mapping

from translator.records import Record, Trial
from translator.registry import Fields, read_record


class Arm(Record):
    """A group of participants and what its members are given; ``kind`` in the registry's spelling."""

    label: str | None
    kind: str | None
    description: str | None
    interventions: tuple[str, ...]


class Intervention(Record):
    """What is given or done; ``kind`` in the registry's spelling."""

    name: str
    kind: str | None
    description: str | None


class Contact(Record):
    """Whom to ask, as registered."""

    name: str | None
    phone: str | None
    email: str | None


class Location(Record):
    """A place of the study; ``status`` in the registry's spelling."""

    facility: str | None
    city: str | None
    state: str | None
    country: str | None
    status: str | None
    contacts: tuple[Contact, ...]


class Date(Record):
    """A date as registered (``YYYY-MM-DD`` or ``YYYY-MM``); ``kind`` is ``ACTUAL`` or ``ESTIMATED``."""

    date: str
    kind: str | None


class Outcome(Record):
    """What is measured, and when."""

    measure: str
    time_frame: str | None


class Study(Record):
    """A trial with all that its page tells.

    Attributes:
        trial: What the translator reads.
        sponsor: Who is responsible for it.
        summary: The registry's brief summary, untouched.
        enrollment: Number of participants; ``enrollment_kind`` tells whether planned or reached.
        population: Who an observational study looks at, in the registry's words.
        last_known_status: What the status was before it became unknown.
        dates: By name: ``start``, ``primary_completion``, ``completion``, ``first_posted``, ``last_update``,
            ``results``, ``verified``.
        who_masked: Who does not know which arm a participant is in, in the registry's spelling.
    """

    trial: Trial
    official_title: str | None = None
    acronym: str | None = None
    sponsor: str | None = None
    collaborators: tuple[str, ...] = ()
    summary: str | None = None
    last_known_status: str | None = None
    why_stopped: str | None = None
    purpose: str | None = None
    allocation: str | None = None
    masking: str | None = None
    who_masked: tuple[str, ...] = ()
    enrollment: int | None = None
    enrollment_kind: str | None = None
    population: str | None = None
    arms: tuple[Arm, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    locations: tuple[Location, ...] = ()
    contacts: tuple[Contact, ...] = ()
    dates: Mapping[str, Date] = {}


_DATES = {
    "start": "startDateStruct",
    "primary_completion": "primaryCompletionDateStruct",
    "completion": "completionDateStruct",
    "first_posted": "studyFirstPostDateStruct",
    "last_update": "lastUpdatePostDateStruct",
    "results": "resultsFirstPostDateStruct",
}


def read_study(record: Mapping[str, object], where: str) -> Study:
    """Reads one study record of the API v2, full or field-limited.

    Args:
        record: The parsed JSON object. Unknown fields are passed over.
        where: Where the record comes from, for messages.

    Raises:
        RecordError: As ``translator.registry.read_record``, for any field that is read.
    """
    trial = read_record(record, where)
    section = record["protocolSection"]
    assert isinstance(section, Mapping)  # noqa: S101  read_record has checked it
    fields = Fields(section, where, "protocolSection.")
    places, arms = "contactsLocationsModule", "armsInterventionsModule"
    return Study(
        trial=trial,
        official_title=fields.text("identificationModule.officialTitle"),
        acronym=fields.text("identificationModule.acronym"),
        sponsor=fields.text("sponsorCollaboratorsModule.leadSponsor.name"),
        collaborators=fields.texts("sponsorCollaboratorsModule.collaborators", "name"),
        summary=fields.text("descriptionModule.briefSummary"),
        last_known_status=fields.text("statusModule.lastKnownStatus"),
        why_stopped=fields.text("statusModule.whyStopped"),
        purpose=fields.text("designModule.designInfo.primaryPurpose"),
        allocation=fields.text("designModule.designInfo.allocation"),
        masking=fields.text("designModule.designInfo.maskingInfo.masking"),
        who_masked=fields.texts("designModule.designInfo.maskingInfo.whoMasked"),
        enrollment=fields.count("designModule.enrollmentInfo.count"),
        enrollment_kind=fields.text("designModule.enrollmentInfo.type"),
        population=fields.text("eligibilityModule.studyPopulation"),
        arms=tuple(_arm(one) for one in fields.objects(f"{arms}.armGroups")),
        interventions=tuple(
            Intervention(name=name, kind=one.text("type"), description=one.text("description"))
            for one in fields.objects(f"{arms}.interventions")
            if (name := one.text("name"))
        ),
        outcomes=tuple(
            Outcome(measure=measure, time_frame=one.text("timeFrame"))
            for one in fields.objects("outcomesModule.primaryOutcomes")
            if (measure := one.text("measure"))
        ),
        locations=tuple(_location(one) for one in fields.objects(f"{places}.locations")),
        contacts=_contacts(fields, f"{places}.centralContacts"),
        dates=_dates(fields),
    )


def _arm(fields: Fields) -> Arm:
    return Arm(
        label=fields.text("label"),
        kind=fields.text("type"),
        description=fields.text("description"),
        interventions=fields.texts("interventionNames"),
    )


def _location(fields: Fields) -> Location:
    return Location(
        facility=fields.text("facility"),
        city=fields.text("city"),
        state=fields.text("state"),
        country=fields.text("country"),
        status=fields.text("status"),
        contacts=_contacts(fields, "contacts"),
    )


def _contacts(fields: Fields, path: str) -> tuple[Contact, ...]:
    found = []
    for one in fields.objects(path):
        phone, extension = one.text("phone"), one.text("phoneExt")
        if phone and extension:
            phone = f"{phone}, extension {extension}"
        found.append(Contact(name=one.text("name"), phone=phone, email=one.text("email")))
    return tuple(one for one in found if one.name or one.phone or one.email)


def _dates(fields: Fields) -> dict[str, Date]:
    dates = {
        name: Date(date=date, kind=fields.text(f"statusModule.{path}.type"))
        for name, path in _DATES.items()
        if (date := fields.text(f"statusModule.{path}.date"))
    }
    verified = fields.text("statusModule.statusVerifiedDate")
    return {**dates, "verified": Date(date=verified, kind=None)} if verified else dates
