"""The files of jobs: a folder for each with its input, and its result as far as it is."""

import contextlib
import os
import re
import shutil
import time
import uuid
from pathlib import Path

from api.store.jobs import Job
from translator.files import appearing

_RESULT = re.compile(r"result-([0-9]+)\.jsonl")


class Folders:
    """Makes, finds and removes them.

    Args:
        root: The folder that holds them; made when it is needed, for its owner alone.
    """

    def __init__(self, root: Path) -> None:
        self._root = root / "jobs"

    def make(self) -> tuple[str, Path]:
        """A new folder, and the id of the job that it is for."""
        job_id = uuid.uuid4().hex
        folder = self._root / job_id
        folder.mkdir(mode=0o700, parents=True)
        return job_id, folder

    def input(self, job: Job) -> Path:
        """What the job is to work on."""
        return self._root / job.id / job.file

    def result(self, job: Job) -> Path:
        """What the worker of the job's last loan writes; its first ``job.size`` bytes are good."""
        return self._root / job.id / f"result-{job.attempt}.jsonl"

    def continued(self, job: Job) -> Path:
        """Makes the result file of a new loan: as far as the one before it was good.

        Each loan has a file of its own, so that a worker which was taken for dead writes into no other's.
        """
        own = self.result(job)
        earlier = sorted(
            (int(match[1]), path) for path in own.parent.iterdir() if (match := _RESULT.fullmatch(path.name))
        )
        with appearing(own) as unfinished:
            if job.size:
                shutil.copyfile(earlier[-1][1], unfinished)
                os.truncate(unfinished, job.size)
            else:
                unfinished.touch()
        for _, path in earlier:
            path.unlink(missing_ok=True)
        return own

    def drop(self, job_id: str) -> None:
        """Removes the files of a job."""
        shutil.rmtree(self._root / job_id, ignore_errors=True)

    def ages(self) -> dict[str, float]:
        """The ids of the folders that there are, with the seconds since each was made or got a file."""
        if not self._root.is_dir():
            return {}
        found = {}
        for path in self._root.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another worker removes them as well
                found[path.name] = time.time() - path.stat().st_mtime
        return found
