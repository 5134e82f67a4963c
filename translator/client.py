"""Client of the live ClinicalTrials.gov API v2: single studies, searches page by page, and a slow network."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

import httpx

from translator.errors import InputError
from translator.intake.json_items import parse
from translator.registry import is_nct_id
from translator.retry import PASSING, GaveUpError, PassingError, Time, retried

BASE_URL = "https://clinicaltrials.gov/api/v2"

Reason = Literal["not_found", "refused", "unreachable", "unusable"]


class RegistryError(InputError):
    """The registry gave no usable answer.

    Attributes:
        reason: ``not_found`` (no such study), ``refused`` (the request is at fault), ``unreachable`` (gave up
            after all tries, or at the deadline; trying again later may help), ``unusable`` (an answer that is
            not what the API documents).
    """

    def __init__(self, where: str, what: str, remedy: str, reason: Reason) -> None:
        super().__init__(where, what, remedy)
        self.args = (where, what, remedy, reason)  # a copy in another process is made anew from these
        self.reason: Reason = reason


@dataclass(frozen=True)
class Limits:
    """How long and how much one request may take.

    Attributes:
        connect: Seconds to reach the server.
        read: Seconds that the server may stay silent.
        deadline: Seconds for one request in all: every try, every wait, and a body that drips.
        tries: How often a request is made before it is given up.
        wait: Ceiling of one wait in seconds; a server that asks for longer ends the request.
        body: Bytes of one answer, uncompressed.
    """

    connect: float = 10.0
    read: float = 30.0
    deadline: float = 180.0
    tries: int = 5
    wait: float = 60.0
    body: int = 256 * 1024 * 1024


@dataclass(frozen=True)
class Fetched:
    """The answer for one study.

    Attributes:
        record: The study record; None where it has not changed since the copy that the request named.
        etag: For the next conditional request, where the server gives one.
        last_modified: The same, as an HTTP date.
    """

    record: dict[str, object] | None
    etag: str | None
    last_modified: str | None


class RegistryClient:
    """Asks the API v2. A context manager; threads may share it.

    Args:
        base_url: Where the API is, without a slash at its end.
        limits: Time, tries and bytes that one request may take.
        time: Sleeps between tries, and tells the time.
    """

    def __init__(
        self, base_url: str = BASE_URL, *, limits: Limits | None = None, time: Time | None = None
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._limits = limits or Limits()
        self._time = time or Time()
        # An alias of a study is answered with a redirect to the study itself.
        self._http = httpx.Client(
            headers={"User-Agent": "plaincriteria", "Accept": "application/json"},
            follow_redirects=True,
            max_redirects=3,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets the connections go."""
        self._http.close()

    def study(
        self,
        nct_id: str,
        *,
        fields: Sequence[str] = (),
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Fetched:
        """Fetches one study record.

        Args:
            nct_id: In capitals or not.
            fields: Modules or fields to limit the record to; all where empty.
            etag: Of the copy at hand: an unchanged record is not sent again.
            last_modified: The same, for a server that gives dates.

        Raises:
            RegistryError: See its ``reason``.
        """
        wanted = nct_id.strip().upper()
        url = f"{self._base_url}/studies/{wanted}"
        if not is_nct_id(wanted):
            raise RegistryError(nct_id, "is no NCT id", "An NCT id is NCT and eight digits", "refused")
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in validators.items() if value}
        response, body = self._get(url, {"fields": ",".join(fields)} if fields else {}, headers)
        unchanged = response.status_code == httpx.codes.NOT_MODIFIED and bool(headers)
        return Fetched(
            record=None if unchanged else _object(body, url),
            etag=response.headers.get("ETag"),
            last_modified=response.headers.get("Last-Modified"),
        )

    def studies(
        self, parameters: Mapping[str, str | int] | None = None, *, page_size: int = 100
    ) -> Iterator[dict[str, object]]:
        """Searches, and gives the records one by one; the next page is fetched when it is needed.

        Args:
            parameters: Query parameters of ``/studies``, for example ``{"query.cond": "asthma"}``.
            page_size: Records a request, 1 to 1,000.

        Raises:
            RegistryError: See its ``reason``. A page that leads back to one already read is ``unusable``.
        """
        url = f"{self._base_url}/studies"
        query: dict[str, str | int] = {**(parameters or {}), "pageSize": page_size}
        seen: set[str] = set()
        while True:
            page = _object(self._get(url, query, {})[1], url)
            studies, token = page.get("studies"), page.get("nextPageToken")
            if not isinstance(studies, list) or not all(isinstance(study, dict) for study in studies):
                raise _unusable(url, "the answer has no list of studies")
            yield from studies
            if token is None:
                return
            if not isinstance(token, str) or token in seen or not studies:
                raise _unusable(
                    url, "the pages do not come to an end (a page token is repeated or leads nowhere)"
                )
            seen.add(token)
            query["pageToken"] = token

    def _get(
        self, url: str, query: Mapping[str, str | int], headers: Mapping[str, str]
    ) -> tuple[httpx.Response, bytes]:
        limits, end = self._limits, self._time.clock() + self._limits.deadline
        try:
            return retried(
                lambda: self._try(url, query, headers, end),
                tries=limits.tries,
                longest_wait=limits.wait,
                end=end,
                time=self._time,
            )
        except GaveUpError as error:
            remedy = "Try again later, or give the record as a file"
            raise RegistryError(url, str(error), remedy, "unreachable") from error

    def _try(
        self, url: str, query: Mapping[str, str | int], headers: Mapping[str, str], end: float
    ) -> tuple[httpx.Response, bytes]:
        limits = self._limits
        left = max(end - self._time.clock(), 0.001)
        timeout = httpx.Timeout(min(limits.read, left), connect=min(limits.connect, left))
        body = bytearray()
        try:
            with self._http.stream("GET", url, params=query, headers=headers, timeout=timeout) as response:
                self._check(url, response)
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > limits.body:
                        raise _unusable(url, f"the answer has more than {limits.body:,} bytes")
                    if self._time.clock() > end:
                        raise PassingError(f"the answer is not complete after {limits.deadline:g} seconds")
        except httpx.TimeoutException as error:
            raise PassingError("the registry does not answer in time") from error
        except (httpx.TooManyRedirects, httpx.DecodingError) as error:
            raise _unusable(url, f"the answer cannot be followed ({error})") from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise RegistryError(url, "is no address", "Check the base URL", "refused") from error
        except httpx.TransportError as error:
            raise PassingError(
                f"the registry cannot be reached ({str(error) or type(error).__name__})"
            ) from error
        return response, bytes(body)

    def _check(self, url: str, response: httpx.Response) -> None:
        status = response.status_code
        if status in {httpx.codes.OK, httpx.codes.NOT_MODIFIED}:
            return
        if status in PASSING:
            raise PassingError(
                f"the registry answers {status}",
                self._time.retry_after(response.headers.get("Retry-After", "")),
            )
        if status == httpx.codes.NOT_FOUND:
            raise RegistryError(url, "the registry has no such study", "Check the NCT id", "not_found")
        raise RegistryError(url, f"the registry answers {status}", "Check the request", "refused")


def _unusable(url: str, what: str) -> RegistryError:
    return RegistryError(url, what, "Check the base URL, or give the record as a file", "unusable")


def _object(body: bytes, url: str) -> dict[str, object]:
    try:
        value = parse(body, url)
    except InputError as error:
        raise _unusable(url, f"the answer {error.what}") from error
    if not isinstance(value, dict):
        raise _unusable(url, "the answer is no JSON object")
    return value
