"""Names with digits in them: CD19, HER2, Day -1, Cycle 1 Day 1, type 2, RECIST 1.1, dates, NCT ids.

Their digits measure nothing; they must come through a translation literally.
"""

import re
from collections.abc import Iterator

# Letters that may touch a number without making a name of it: units, "x10^9", "grade-2", lost spaces.
_NO_NAME = (
    r"(?:x|[mcdkµ]?m|sqm|e|in|to|and|or|age|aged|than|least|within|last|past|of|for|at|grades?|class|stage|"
    r"ECOG|PS|KPS|NYHA|"
    r"score|up|is|be|are|under|over|mins?|hrs?|days?|weeks?|wks?|months?|years?|yrs?|mg|mL|prior|before)"
)
# Words whose number is a name: Day -1, Cohort 3, RECIST 1.1.
_SERIES = (
    r"(?:days?|visits?|cycles?|types?|phases?|parts?|arms?|cohorts?|groups?|sections?|appendix|appendices|"
    r"versions?|ver\.?|v\.?|"
    r"weeks?|months?|tables?|figures?|criteri(?:on|a)|study|studies|protocol|periods?|steps?|schedules?|"
    r"factors?|interleukin|"
    r"chromosomes?|trisomy|exons?|RECIST|CTCAE|CTC|DSM|ICD|ICH|HPV|HIV|HSV|HTLV|PI-RADS|"
    r"dose levels?|amendments?|serotypes?|genotypes?|"
    r"subtypes?|stratum|items?|chapters?|articles?|annex|notes?|footnotes?|number|Lugano|module|option|"
    r"lines?|tier)"
)
_MONTHS = (
    r"(?-i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)"
)
_MEASURED = (
    r"(?:\s?(?:to|-|–|or|and)\s?[-+]?\d{1,4})?(?:\s?-?(?:or more\s)?(?:%|mg|mL|mm|cm|kg|g/|U/|[x×]|years?|"
    r"yrs?|"
    r"months?|weeks?|wks?|days?|hours?|hrs?|minutes?|cycles?|percent|times|lines?|prior|IU|[nµp]g|mcg|"
    r"copies|cells|k?cal|calories|µL|/|mmol|steps|met(?:er|re)s|ms)(?!\s?[-+]?\d|[a-z]))"
)
_NUMERAL = r"(?:[-+]?\d{1,4}(?:\.\d{1,2})?[A-Za-z]?(?![\w%]|\.\d)|(?-i:[IVX]{1,4}[ab]?\b))"
_CODE = re.compile(
    "|".join(
        [
            r"\bNCT\d{8}\b",
            r"\bhttps?://\S{1,200}",
            # Dates and clock times.
            rf"\b{_MONTHS}\.?\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s(?:19|20)\d\d)?\b",
            rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?:\sof)?[\s-]{_MONTHS}(?:[\s,-]{{1,2}}(?:19|20)\d\d)?\b",
            rf"\b{_MONTHS},?\s(?:19|20)\d\d\b",
            r"\b\d{1,4}[/.-]\d{1,2}[/.-](?:19|20)\d\d\b",
            r"\b(?:19|20)\d\d-\d\d?(?:-\d\d?)?\b",
            r"\b(?!1:\d\d\b(?!\s?[ap]\.?m))\d{1,2}:\d\d(?:\s?[ap]\.?m\b\.?)?",
            r"\b\d{1,2}\s?[ap]\.?m\b\.?",
            r"\b\d{1,4}(?:\.\d{1,4}){2,6}\b",
            r"(?<![\w.,>≥≤<=/-])(?<![>≥≤<=]\s)(?<!than\s)(?<!least\s)(?<!most\s)"
            r"(?<!above\s)(?<!below\s)(?<!over\s)(?<!exceed\s)(?<!up\sto\s)"
            rf"(?:19[4-9]\d|20[0-4]\d)(?:[-–/](?:19|20)?\d\d)?(?!\w|[.,]?\d|{_MEASURED})",
            # Day -1, Cycle 1 Day 1, types 16 and 18, Cohorts 1-3, RECIST version 1.1.
            rf"\b{_SERIES}\s?#?-?\(?{_NUMERAL}"
            rf"(?:(?:\s?[-–/&]\s?|\s?[,;]\s?(?:and\s|or\s)?|\s(?:and|or|to|through)\s)(?:{_SERIES}\s)?"
            rf"{_NUMERAL}(?!{_MEASURED})){{0,6}}\)?(?!{_MEASURED})",
            r"\b(?:six|6)[\s-]minute walk\w{0,8}",
            r"\b(?:in|during|over)\s(?:the\sfirst|1|one)\ssecond\b",
            r"\bwalk(?:ed)?\sin\s(?:six|6)\sminutes\b",
            # 6MWD, 5q, 5-FU, 25-OH.
            r"(?<![\w.])\d{1,3}(?-i:-?(?!MG|ML|MM|CM|KG|IU|MCG|PPM|BPM|HZ|DB|"
            r"YEAR|YR|DAY|WEEK|MONTH|HOUR|HR|X|E\d|ULN|TIMES)[A-Z]{2}|[pq]\b)\w{0,10}",
            # Letters and digits grown together: CD19, HER2, COVID-19, T790M, CYP3A4/5, PD-L1, HbA1c.
            rf"(?<![\w.])(?!{_NO_NAME}-?\d)[^\W\d_]{{1,20}}(?:-[^\W\d_]{{1,20}}){{0,3}}-?\d\w{{0,20}}"
            r"(?:[./-](?=\d{1,6}\b)\w{1,6}){0,4}(?:-[A-Za-z]\w{0,12}){0,2}\+?",
        ]
    ),
    re.IGNORECASE,
)  # fmt: skip
# What a text must have for any of these: a digit, a Roman one, or words without either; most have none.
_HINT = re.compile(r"\d|(?-i:[IVX]{1,4}[ab]?\b)|://|\bsix[\s-]|\s(?:one|first)\ssecond\b", re.IGNORECASE)
_RANK_TEXT = re.compile(
    r"\d{1,3}(?:st|nd|rd|th)\b(?![\s-](?:lines?|trimester|remission|relapse|degree|generation)\b)",
    re.IGNORECASE,
)


def code_spans(text: str) -> Iterator[tuple[int, int]]:
    """Finds the names of a clean text, as half-open ranges; those of one sort come in reading order."""
    if not _HINT.search(text):
        return
    for pattern in (_CODE, _RANK_TEXT):
        for match in pattern.finditer(text):
            yield match.span()
