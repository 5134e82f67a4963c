"""The environment, read once into one frozen object."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from sqlalchemy import make_url

from translator.dialogue.endpoint import ChatEndpoint, address
from translator.errors import InputError

PREFIX = "PLAINCRITERIA_"

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Rate = Annotated[int, Field(ge=0)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SettingsError(InputError):
    """A variable of the environment holds what its setting cannot be; ``where`` names it."""


class Limits(BaseModel):
    """What one request may hold, and how many may run; told by ``GET /v1/limits``."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    max_body_bytes: Count = 2_000_000
    """Bytes of a request body as sent."""
    max_text_characters: Count = 25_000
    """Code points of an eligibility text, or of the criteria or pairs of a request together."""
    max_item_characters: Count = 20_000
    """Code points of one criterion with its context, or of one pair."""
    max_items: Count = 500
    """Criteria or pairs of a request, or units that its text is cut into."""
    max_glossary: Count = 200
    """Rows of the glossary of a request."""
    max_upload_bytes: Count = 100_000_000
    """Bytes of a file that is uploaded for a job."""
    max_jobs: Count = 20
    """Jobs of one key that are not finished; one more is answered 429."""
    max_nesting: Count = 32
    """Brackets and braces of JSON that may be open at the same time."""
    max_running: Count = 2
    """Batches that are worked on at the same time."""
    max_waiting: Count = 32
    """Requests that may wait for their turn; one more is answered 503."""
    max_wait: Seconds = 2
    """Seconds of work that a request may find before it, and that it may wait; then it is answered 503."""


class Settings(Limits):
    """Everything that the environment may decide: ``PLAINCRITERIA_`` and the field's name in capitals."""

    host: str = "127.0.0.1"
    """Address that `serve` listens on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port that `serve` listens on; 0 takes a free one."""
    workers: Count = 1
    """Processes that serve, each with its own translator."""
    request_timeout: Seconds = 120
    """Seconds that a request may wait and be worked on, and that its JSON may take to come."""
    shutdown_timeout: Count = 30
    """Seconds in which what was begun is finished when the service is ended."""
    batch_characters: Count = 2_000
    """Characters of several requests that are worked on together."""
    batch_pause: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.005
    """Seconds that a smaller batch waits for company."""
    cors_origins: str = ""
    """Origins, with commas between, whose pages may call the service; `*` for all."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level of what is logged."""
    store: SecretStr | None = None
    """SQLAlchemy's URL of the store, which may hold a password; a file of the user's where it is not set."""
    data: Path | None = None
    """Folder of the jobs' files; beside the store where it is not set."""
    jobs_running: Count = 4
    """Jobs that a worker has at the same time; they take turns."""
    job_lease: Seconds = 30
    """Seconds after which a job is taken up again whose worker was lost."""
    job_hours: Seconds = 72
    """Hours that the result of a job is kept."""
    trial_hours: Seconds = 24
    """Hours after which the registry is asked whether a kept trial has changed."""
    keys: Literal["auto", "required", "off"] = "auto"
    """Whether a request needs a key; `auto`: where the host is not this machine alone."""
    key_rate: Rate = 600
    """Requests a minute of one key; 0 for any number."""
    address_rate: Rate = 1200
    """Requests a minute from one address; 0 for any number."""
    trusted_proxies: str = ""
    """Addresses or networks, with commas between, whose `X-Forwarded-For` is believed."""
    review_lease: Seconds = 900
    """Seconds that a reviewer's claim on an item lasts."""
    review_double_share: Probability = 0.1
    """Share of the items, 0 to 1, that two reviewers judge without seeing each other's verdict."""
    review_session: Seconds = 28_800
    """Seconds after which a reviewer signs in to the pages again."""
    model: str | None = None
    """Folder, name or address of the model; the one that ships where it is not set."""
    min_fidelity: Probability | None = None
    """Least score, 0 to 1, that a sentence needs besides the verdict `faithful`."""
    memory: Path | None = None
    """File of a memory of translations; none is kept where it is not set."""
    chat_key: SecretStr | None = None
    """Key of a chat endpoint."""
    chat_timeout: Seconds = 60
    """Seconds for one try of a request to it."""
    chat_concurrency: Count = 4
    """Requests to it at the same time."""
    chat_max_tokens: Count = 1024
    """Tokens that one of its answers may have."""
    chat_price_in: Price | None = None
    """Price of a million tokens that it reads."""
    chat_price_out: Price | None = None
    """Price of a million tokens that it writes."""

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
    def store_url(self) -> str:
        """SQLAlchemy's URL of the store."""
        return self.store.get_secret_value() if self.store else f"sqlite:///{_own_folder() / 'store.db'}"

    @property
    def data_folder(self) -> Path:
        """The folder of the jobs' files."""
        if self.data is not None:
            return self.data
        url = make_url(self.store_url)
        file = url.database if url.get_backend_name() == "sqlite" else None
        return Path(file).parent if file else _own_folder()

    @property
    def keys_required(self) -> bool:
        """Whether a request needs a key."""
        return self.keys == "required" or (self.keys == "auto" and not _is_this_machine(self.host))

    @property
    def limits(self) -> Limits:
        """The limits alone, for those who may see them."""
        return Limits.model_validate(self.model_dump())


def rows() -> list[tuple[str, str, str]]:
    """Every setting: its variable, what it means, and its default."""
    return [
        (PREFIX + name.upper(), field.description or "", str(field.get_default() or "none"))
        for name, field in Settings.model_fields.items()
    ]


def _own_folder() -> Path:
    """Where a program of this user keeps its data, by the custom of the system."""
    return user_data_path(PREFIX.strip("_").lower())


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
