"""``python -m api.openapi > docs/openapi.json``: the description of the calls as it is committed."""

import json

from api.app import create_app
from api.settings import Settings


def description() -> str:
    """The OpenAPI description of a service with the default settings."""
    return json.dumps(create_app(Settings()).openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(description(), end="")
