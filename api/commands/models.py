"""What ``model verify`` and ``model info`` do."""

from pathlib import Path

from translator import workshop


def verify(engine: Path | None) -> int:
    """Check the files of an engine, or of all that ship, and say that they are whole.

    Raises:
        InputError: They are not.
    """
    for folder in [engine] if engine else workshop.SHIPPED:
        shipped = workshop.look(folder)
        print(f"{shipped.name}@{shipped.digest[:12]}: every file is the one that was exported")
    return 0


def info(engine: Path | None) -> int:
    """Tell what an engine is, or what all are that ship.

    Raises:
        InputError: Files are missing or changed.
    """
    for folder in [engine] if engine else workshop.SHIPPED:
        shipped = workshop.look(folder)
        print(f"{shipped.name}@{shipped.digest[:12]}")
        for name, size in shipped.files.items():
            print(f"{size / 1e6:8.2f} MB  {name}")
        if shipped.card:
            print(f"\n{shipped.card}")
    return 0
