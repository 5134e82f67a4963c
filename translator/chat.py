"""Another writer: any chat endpoint that speaks the OpenAI protocol (vLLM, llama.cpp, a hosted model).

The endpoint is told the plain-language standard and a few examples (``data/chat_prompt.md``), and asked for
one criterion at a time. Nothing that it answers is trusted: an answer is a draft, held to the scorer like any
other, so a criterion that talks the model into something gains nothing by it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock

import httpx

from translator.dialogue.endpoint import ChatEndpoint, ChatError, Usage
from translator.dialogue.words import Answer, messages, read
from translator.grounding import strip
from translator.records import Draft, NormalisedCriterion
from translator.retry import PASSING, GaveUpError, PassingError, Time, retried

_LONGEST_WAIT = 60.0  # seconds between two tries; an endpoint that asks for longer is given up
_MOST_BYTES = 1024 * 1024  # of one answer, thoughts included
_MESSAGE = re.compile(rb'"message"\s{0,9}:\s{0,9}"([^"\\]{1,200})')
# A request that is refused for what stands in this one criterion: it is too long, or a filter dislikes it.
_OF_THE_CRITERION = re.compile(rb"context|too long|content.?filter", re.I)


class _UnusableError(Exception):
    """An answer that gives no draft, and would not if it were asked for again."""


class _SlowError(PassingError):
    """No whole answer in time."""


class ChatWriter:
    """Writes with a chat endpoint, one draft a criterion. May be shared by threads.

    A criterion gets no draft, and the ladder goes on, where the answer is unusable (no JSON, empty, cut off,
    too long), too late at every try, or refused for what stands in the criterion.

    Args:
        endpoint: Whom to ask.
        time: Sleeps between tries, and tells the time.
    """

    def __init__(self, endpoint: ChatEndpoint, *, time: Time | None = None) -> None:
        self._endpoint = endpoint
        self._time = time or Time()
        self._lock = Lock()
        self._used: Counter[str] = Counter()
        self.version = f"{endpoint.model}@{httpx.URL(endpoint.url).netloc.decode('ascii')}"

    @property
    def usage(self) -> Usage:
        """What was used so far."""
        price_in, price_out = self._endpoint.price_in, self._endpoint.price_out
        with self._lock:
            used = Usage(**self._used)
        if price_in is None or price_out is None:
            return used
        return replace(used, cost=(used.tokens_in * price_in + used.tokens_out * price_out) / 1e6)

    def write(self, criteria: Sequence[NormalisedCriterion]) -> list[list[Draft]]:
        """Gives one draft, or none, for each criterion; headings are not asked for.

        Raises:
            ChatError: The endpoint cannot be reached, refuses the request, or answers with errors to the end.
        """
        drafts: list[list[Draft]] = [[] for _ in criteria]
        asked = [i for i, one in enumerate(criteria) if one.criterion.role != "heading"]
        key = self._endpoint.key
        with (
            httpx.Client(headers={"Authorization": f"Bearer {key}"} if key else {}) as http,
            ThreadPoolExecutor(self._endpoint.concurrency) as pool,
        ):
            answers = pool.map(lambda i: self._ask(http, criteria[i]), asked)
            for i, answer in zip(asked, answers, strict=True):
                if text := strip(answer.text, criteria[i]):
                    drafts[i].append(Draft(text=text, route="model", model=self.version))
        return drafts

    def _ask(self, http: httpx.Client, one: NormalisedCriterion) -> Answer:
        endpoint = self._endpoint
        request = {
            "model": endpoint.model,
            "messages": messages(one),
            "temperature": 0,
            "max_tokens": endpoint.max_tokens,
        }
        answer = Answer()
        try:
            body = retried(
                lambda: self._try(http, request),
                tries=endpoint.retries + 1,
                longest_wait=_LONGEST_WAIT,
                end=self._time.clock() + (endpoint.retries + 1) * endpoint.timeout_s,
                time=self._time,
            )
            answer = read(body, one.text)
        except _UnusableError:
            pass
        except GaveUpError as error:
            if not isinstance(error.__cause__, _SlowError):
                raise self._error(str(error), "Try again later, or see that it runs") from error
        with self._lock:
            self._used.update(
                asked=1,
                unanswered=int(not answer.text),
                tokens_in=answer.tokens_in,
                tokens_out=answer.tokens_out,
            )
        return answer

    def _try(self, http: httpx.Client, request: dict[str, object]) -> bytes:
        timeout = self._endpoint.timeout_s
        end = self._time.clock() + timeout
        body = bytearray()
        url = f"{self._endpoint.url.rstrip('/')}/chat/completions"
        try:
            with http.stream("POST", url, json=request, timeout=timeout) as response:
                status = response.status_code
                if status in PASSING:
                    wait = self._time.retry_after(response.headers.get("Retry-After", ""))
                    raise PassingError(f"answers {status}", wait)
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise _UnusableError
                    if self._time.clock() > end:
                        raise _SlowError("sends no whole answer in time")
        except httpx.TimeoutException as error:
            raise _SlowError("does not answer in time") from error
        except httpx.DecodingError as error:
            raise _UnusableError from error
        except httpx.TransportError as error:
            raise PassingError(f"cannot be reached ({str(error) or type(error).__name__})") from error
        if status != httpx.codes.OK:
            raise self._refusal(status, bytes(body))
        return bytes(body)

    def _refusal(self, status: int, body: bytes) -> Exception:
        if status in {400, 413, 422} and _OF_THE_CRITERION.search(body):
            return _UnusableError()
        if status in {401, 403}:
            what = "refuses the key" if self._endpoint.key else "wants a key"
            return self._error(f"{what} ({status})", "Set PLAINCRITERIA_CHAT_KEY in the environment")
        message = _MESSAGE.search(body)
        told = f": {message[1].decode('utf-8', 'replace')}" if message else ""
        if self._endpoint.key:
            told = told.replace(self._endpoint.key, "…")
        return self._error(f"answers {status}{told}", "Check the address, and the model's name behind its #")

    def _error(self, what: str, remedy: str) -> ChatError:
        return ChatError(self._endpoint.url, what, remedy)
