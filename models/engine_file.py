"""The file of an engine (CTranslate2, binary version 6): its variables by name.

Matrices have the shape ``(outputs, inputs)``. Beside one in int8 stands a variable ``NAME_scale``, a number
for each row: ``weight = stored / scale``.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_VERSION = 6
_KINDS = (np.float32, np.int8, np.int16, np.int32, np.float16)


def variables(path: Path) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Gives each variable with its name, as it is stored; what is not looked at is not read.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is of another version.
    """
    with path.open("rb") as file:

        def number(form: str) -> int:
            return int(struct.unpack(f"<{form}", file.read(struct.calcsize(form)))[0])

        def string() -> str:
            return file.read(number("H"))[:-1].decode()

        if (version := number("I")) != _VERSION:
            raise ValueError(f"{path}: binary version {version}, not {_VERSION}")
        string(), number("I")  # the kind of model and its revision
        for _ in range(number("I")):
            name = string()
            shape = tuple(number("I") for _ in range(number("B")))
            kind = _KINDS[number("B")]
            size = number("I")
            yield name, np.memmap(path, kind, "r", offset=file.tell(), shape=shape)
            file.seek(size, 1)
