"""Who asks, what they may do, and how often.

A route says which role it needs: ``Annotated[Identity, Depends(requires("translate"))]``. Where keys are off,
everybody is ``local``, who may do all.
"""

import ipaddress
import math
from collections.abc import Awaitable, Callable, Mapping

import anyio.to_thread
import sqlalchemy as sa
from fastapi import Request, Response, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from api.problems import Problem
from api.rates import Allowance, Rate
from api.settings import Settings
from api.store import keys
from api.store.keys import Role
from translator.records import Record

_RANK: Mapping[Role, int] = {"translate": 0, "review": 1, "admin": 2}
_NETWORK_BITS = 64  # of an IPv6 address; the rest is one household's to choose
_CHALLENGE = 'Bearer realm="plaincriteria"'

# They only describe the headers in the OpenAPI description; what is wrong is said by the problems below.
_bearer = HTTPBearer(auto_error=False, description="A key of `plaincriteria keys`, where keys are required")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key, in a header of its own")


class Identity(Record):
    """Who asks."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether they may do what a role may; each role may do what those before it may."""
        return _RANK[self.role] >= _RANK[role]


LOCAL = Identity(name="local", role="admin")


class Access:
    """Knows the keys, and counts requests.

    Args:
        settings: Whether keys are required, and the rates.
        store: Where the keys are.
    """

    def __init__(self, settings: Settings, store: sa.Engine) -> None:
        self.required = settings.keys_required
        self._store = store
        self._of_address = Rate(settings.address_rate) if settings.address_rate else None
        self._of_key = Rate(settings.key_rate) if settings.key_rate else None

    def identify(self, key: str | None) -> Identity:
        """Tells whose key it is.

        Raises:
            Problem: 401 where keys are required and this is none, or a revoked one.
        """
        if not self.required:
            return LOCAL
        holder = keys.find(self._store, key) if key else None
        if holder is None:
            what = "This key is not known, or revoked." if key else "A key is needed."
            detail = f"{what} Send one as Authorization: Bearer KEY, or as X-API-Key."
            challenge = f'{_CHALLENGE}, error="invalid_token"' if key else _CHALLENGE
            raise Problem(401, detail, headers={"WWW-Authenticate": challenge})
        return Identity(name=holder.name, role=holder.role)

    async def admit(self, request: Request, key: str | None) -> tuple[Identity, dict[str, str]]:
        """Lets a request in: who asks, and the headers that tell what is left of their rate.

        Raises:
            Problem: 401 without a key that is good; 429 for one request too many.
        """
        headers = self.count(request)
        if not self.required:
            return LOCAL, headers
        identity = await anyio.to_thread.run_sync(self.identify, key)
        return identity, self._count_key(identity.name) or headers

    def count(self, request: Request, name: str | None = None) -> dict[str, str]:
        """Counts a request: headers that tell what is left of its rate.

        Args:
            request: Whose address counts.
            name: Of the key's holder, who began the session that it belongs to.

        Raises:
            Problem: 429 for one request too many.
        """
        headers: dict[str, str] = {}
        address = _network(request.client.host if request.client else "")
        if self._of_address and address:
            headers = _told("address", self._of_address.take(address))
        return (name is not None and self._count_key(name)) or headers

    def _count_key(self, name: str) -> dict[str, str]:
        return _told("key", self._of_key.take(name)) if self._of_key else {}


def requires(
    role: Role, instead: Callable[[Request], Awaitable[Identity | None]] | None = None
) -> Callable[..., Awaitable[Identity]]:
    """A FastAPI dependency: who asks, if their role suffices.

    Args:
        role: What is needed.
        instead: Tells who asks without a key, if it knows.

    It raises a ``Problem``: 401 without a good key, 403 for a role that does not suffice, 429 for one request
    too many.
    """

    async def identity(
        request: Request,
        response: Response,
        bearer: object = Security(_bearer),
        header: object = Security(_header),
    ) -> Identity:
        if instead is not None and (known := await instead(request)) is not None:
            return known
        access: Access = request.app.state.access
        found, headers = await access.admit(request, key_of(request.headers))
        response.headers.update(headers)
        if not found.may(role):
            raise Problem(403, f"This needs a key of the role {role}; this one has {found.role}.")
        return found

    return identity


def key_of(headers: Mapping[str, str]) -> str | None:
    """The key that a request brings, in either header."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key", "").strip() or None


def _told(name: str, allowance: Allowance) -> dict[str, str]:
    """Headers by the IETF's draft-ietf-httpapi-ratelimit-headers; a refusal is raised."""
    until = max(1, math.ceil(allowance.wait))
    headers = {
        "RateLimit-Policy": f'"{name}";q={allowance.quota};w=60',
        "RateLimit": f'"{name}";r={allowance.left};t={until}',
    }
    if allowance.wait:
        detail = f"More than {allowance.quota:,} requests a minute from one {name}; try again in {until} s."
        raise Problem(429, detail, headers={**headers, "Retry-After": str(until)})
    return headers


def _network(host: str) -> str | None:
    """What counts as one address; None for this machine, from which a proxy may speak for many."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            network = ipaddress.ip_network((address, _NETWORK_BITS), strict=False)
            return None if address.is_loopback else str(network)
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)
