"""Where a chat model is, and what its use has come to."""

import re
from dataclasses import dataclass, field

import httpx

from translator.errors import InputError

_KEY = re.compile(r"[!-~]+")
_WHERE = "address of the model"
_REMEDY = "Give it as http://HOST:PORT/v1#MODEL"


class ChatError(InputError):
    """The endpoint cannot be used at all: no address, a refusal, or it gave up after all tries."""


@dataclass(frozen=True)
class ChatEndpoint:
    """Where a chat model is, and what one request may take.

    Attributes:
        url: Base address, such as ``http://127.0.0.1:8080/v1``.
        model: Name that the endpoint knows the model by.
        key: Sent as bearer token; never shown.
        timeout_s: Seconds for one try.
        retries: Tries after the first.
        concurrency: Requests at the same time.
        max_tokens: Tokens that an answer may have, thoughts included.
        price_in: Price of a million tokens read, in any currency; None where it is not known.
        price_out: The same of tokens written.

    Raises:
        ChatError: The key cannot stand in a header.
    """

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout_s: float = 60.0
    retries: int = 3
    concurrency: int = 4
    max_tokens: int = 1024
    price_in: float | None = None
    price_out: float | None = None

    def __post_init__(self) -> None:
        # The HTTP library would quote it in its complaint.
        if self.key is not None and not _KEY.fullmatch(self.key):
            raise ChatError("key of the endpoint", "holds a sign that no key has", "Set it again")


@dataclass(frozen=True)
class Usage:
    """What a writer has used so far; ``str()`` is one line.

    Attributes:
        asked: Criteria put to the endpoint.
        unanswered: Those of them without a usable answer.
        tokens_in: Tokens read, as the endpoint counts them.
        tokens_out: Tokens written.
        cost: By the endpoint's prices, in their currency; None where they are not known.
    """

    asked: int = 0
    unanswered: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None

    def __str__(self) -> str:
        cost = "" if self.cost is None else f"; cost {self.cost:.4f}"
        return (
            f"asked for {self.asked:,} criteria, {self.unanswered:,} without a usable answer;"
            f" {self.tokens_in:,} tokens in, {self.tokens_out:,} out{cost}"
        )


def address(text: str) -> tuple[str, str]:
    """Takes an address such as ``http://127.0.0.1:8080/v1#model-name`` apart: base URL, and model.

    Raises:
        ChatError: It is no such address.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise ChatError(_WHERE, "is no address", _REMEDY) from None
    if url.userinfo or url.query:
        raise ChatError(_WHERE, "has a user or a query, where a key would be seen", _REMEDY)
    if url.scheme not in {"http", "https"} or not url.host or not url.fragment:
        raise ChatError(_WHERE, f"{text!r} names no host, or no model behind a #", _REMEDY)
    return str(url.copy_with(fragment=None)), url.fragment
