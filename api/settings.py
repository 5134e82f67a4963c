"""The environment, read once into one frozen object."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from translator.dialogue.endpoint import ChatEndpoint, address
from translator.errors import InputError

PREFIX = "PLAINCRITERIA_"

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SettingsError(InputError):
    """A variable of the environment holds what its setting cannot be; ``where`` names it."""


class Limits(BaseModel):
    """What one request may hold, and how many may run; told by ``GET /v1/limits``.

    Attributes:
        max_body_bytes: Bytes of a request body as sent.
        max_text_characters: Code points of all that is to be translated or audited: of an eligibility text,
            or of the criteria or pairs together.
        max_item_characters: Code points of one criterion with its context, or of one pair.
        max_items: Criteria or pairs in one request, or units that its text is cut into.
        max_running: Requests that are translated or audited at the same time.
        max_waiting: Requests that may wait for their turn; one more is answered 503.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    max_body_bytes: Count = 2_000_000
    max_text_characters: Count = 25_000
    max_item_characters: Count = 20_000
    max_items: Count = 500
    max_running: Count = 2
    max_waiting: Count = 32


class Settings(Limits):
    """Everything that the environment may decide: ``PLAINCRITERIA_`` and the field's name in capitals.

    Attributes:
        host: Address that ``serve`` listens on.
        port: Port that ``serve`` listens on; 0 takes a free one.
        model: Folder, name or address of the model; None takes the one that ships.
        min_fidelity: Least score that a translation needs to count as faithful; None takes the scorer's own.
        memory: File of a memory of translations; None keeps none.
        chat_key: Key of a chat endpoint.
        chat_timeout: Seconds for one try of a request to it.
        chat_concurrency: Requests to it at the same time.
        chat_max_tokens: Tokens that one of its answers may have.
        chat_price_in: Price of a million tokens that it reads; None where it is not known.
        chat_price_out: The same of tokens that it writes.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    model: str | None = None
    min_fidelity: Probability | None = None
    memory: Path | None = None
    chat_key: SecretStr | None = None
    chat_timeout: Seconds = 60
    chat_concurrency: Count = 4
    chat_max_tokens: Count = 1024
    chat_price_in: Price | None = None
    chat_price_out: Price | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings; a variable that is not set, or empty, takes its default.

        Args:
            environ: Names to values; None takes the environment of the process.

        Raises:
            SettingsError: A value that its field cannot take.
        """
        environ = os.environ if environ is None else environ
        given = {name: environ.get(PREFIX + name.upper(), "").strip() for name in cls.model_fields}
        try:
            return cls.model_validate({name: value for name, value in given.items() if value})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = PREFIX + str(first["loc"][0]).upper()
            raise SettingsError(where, f"cannot be used: {first['msg']}", "Set it so, or unset it") from None

    def writer(self, model: str | None = None) -> str | ChatEndpoint | None:
        """The model to load: a folder or name, or the endpoint that an address names.

        Args:
            model: Overrides that of the settings.

        Raises:
            InputError: An address that cannot be used.
        """
        model = model or self.model
        if model is None or not model.lower().startswith(("http://", "https://")):
            return model
        url, name = address(model)
        return ChatEndpoint(
            url,
            name,
            key=self.chat_key.get_secret_value() if self.chat_key else None,
            timeout_s=self.chat_timeout,
            concurrency=self.chat_concurrency,
            max_tokens=self.chat_max_tokens,
            price_in=self.chat_price_in,
            price_out=self.chat_price_out,
        )

    @property
    def limits(self) -> Limits:
        """The limits alone, for those who may see them."""
        return Limits.model_validate(self.model_dump())
