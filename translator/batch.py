"""A registry to a folder of parts: streaming, resumable, with a manifest; ``bulk.folder`` tells its files.

A run may be ended at any moment and started again: parts that stand are passed over, and the result is byte
for byte what one run gives. A change run takes over what an earlier one has, and its result is that of a full
run.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeAlias

from translator.bulk import engines, folder, parts
from translator.bulk.changes import Result, compare, may_take_over
from translator.bulk.digests import key
from translator.bulk.engines import Engine, Load
from translator.bulk.folder import Folder
from translator.bulk.records import (
    Changes,
    Counts,
    Manifest,
    Options,
    Part,
    PartEntry,
    PartRecord,
    Progress,
    Rates,
    Run,
    Work,
)
from translator.bulk.sources import fingerprint, stamp, works
from translator.errors import InputError

EngineName: TypeAlias = Literal["local", "ray"]


class Watch(Protocol):
    """Whoever wants to know where a run stands."""

    def __call__(self, progress: Progress) -> None:
        """Is told at the start, and whenever a part stands."""
        ...


class Outcome(NamedTuple):
    """What a run came to.

    Attributes:
        changes: What became of an earlier result, where one was given.
        progress: What was done since the start.
    """

    manifest: Manifest
    changes: Changes | None
    progress: Progress


def run(
    source: str,
    path: Path,
    load: Load,
    options: Options,
    *,
    engine: EngineName = "local",
    workers: int = 1,
    since: Path | None = None,
    restart: bool = False,
    watch: Watch = lambda progress: None,
) -> Outcome:
    """Translates a source into a folder, or goes on with it.

    Args:
        source: Path of a file, folder or archive, as ``inputs.read`` takes them.
        path: The output folder; made where there is none.
        load: Loads a translator; its least score is that of the options.
        options: What is decided of the result.
        engine: Processes of this machine, or actors of a Ray cluster.
        workers: How many; one local worker is this process itself.
        since: Folder of an earlier run, from which is taken over what is still good.
        restart: Whether what stands in the folder of another run, or of this one, goes first.
        watch: Is told where it stands.

    Raises:
        InputError: The source, the folder or the earlier run cannot be used, the source changed meanwhile, or
            something of the machine failed. The same command goes on where it stood.
    """
    if since is not None and since.resolve() == path.resolve():
        raise InputError(str(since), "is the folder to be written", "Write to another folder")
    seen = stamp(source)
    given = fingerprint(source)
    with (
        folder.held(path),
        nullcontext() if since is None else closing(Result.of(since)) as earlier,
        _engine(engine, load, options, workers) as worker,
    ):
        now = Run(source=given, options=options, versions=worker.versions)
        kept = Folder.begun(path, now, restart=restart)
        return _Batch(source, seen, run=now, kept=kept, earlier=earlier, watch=watch).run(worker)


def _engine(name: EngineName, load: Load, options: Options, workers: int) -> AbstractContextManager[Engine]:
    if name == "ray":
        from translator import cluster  # noqa: PLC0415  (Ray is an extra)

        return cluster.actors(load, options.format, workers)
    if workers == 1:
        return engines.here(load, options.format)
    return engines.processes(load, options.format, workers)


class _Batch:
    """One run over one source."""

    def __init__(
        self, source: str, seen: str, *, run: Run, kept: Folder, earlier: Result | None, watch: Watch
    ) -> None:
        self._source = source
        self._seen = seen
        self._run = run
        self._folder = kept
        self._earlier = earlier
        self._watch = watch
        self._standing = kept.standing()
        self._shares: dict[int, float] = {}
        again = earlier is not None and not may_take_over(earlier.manifest.run, run)
        self._progress = Progress(again=again)

    def run(self, worker: Engine) -> Outcome:
        """Makes what is missing, and finishes."""
        self._log("begin", standing=len(self._standing))
        self._watch(self._progress)
        if self._folder.finished(self._standing):
            for record in self._standing.values():
                self._stands(record, 1.0)
        else:
            for part in worker.make(self._missing()):
                self._standing[part.number] = self._folder.keep(part)
                self._done(part)
            self._refuse_changed()
        manifest = self._manifest()
        changes = self._finish(manifest)
        self._log("end", rows=manifest.counts.rows)
        return Outcome(manifest, changes, self._progress)

    def _missing(self) -> Iterator[Work]:
        """Reads the source from its beginning, and gives what does not stand yet."""
        one_file = Path(self._source).is_file()
        for work in works(self._source, self._run.options):
            if one_file:  # looking at all files of a folder takes long; that is done at the end
                self._refuse_changed()
            if work.number in self._standing:
                self._stands(self._standing[work.number], work.share)
                continue
            self._shares[work.number] = work.share
            if self._earlier is None or self._progress.again:
                yield work
            else:
                earlier = self._earlier.stream(map(key, work.items))
                yield work.model_copy(update={"earlier": earlier})

    def _refuse_changed(self) -> None:
        if stamp(self._source) != self._seen:
            raise InputError(
                self._source,
                "has changed while it was read",
                "When it is whole, run the same command again with --restart",
            )

    def _stands(self, record: PartRecord, share: float) -> None:
        self._advance(record.counts, share=share, share_before=share)

    def _done(self, part: Part) -> None:
        share = max(self._progress.share, self._shares.pop(part.number))
        translated = self._progress.translated + part.translated
        self._advance(part.counts, share=share, translated=translated)
        self._log("part", number=part.number, rows=part.counts.rows, translated=part.translated)

    def _advance(self, counts: Counts, **now: float) -> None:
        before = self._progress
        counted = {
            "parts": before.parts + 1,
            "records": before.records + counts.records,
            "rows": before.rows + counts.rows,
            "quarantined": before.quarantined + counts.quarantined,
        }
        self._progress = before.model_copy(update=counted | now)
        self._watch(self._progress)

    def _manifest(self) -> Manifest:
        records = [self._standing[number] for number in sorted(self._standing)]
        counts = parts.total(one.counts for one in records)
        entries = (PartEntry(name=one.name, rows=one.counts.rows, sha256=one.sha256) for one in records)
        return Manifest(run=self._run, counts=counts, rates=_rates(counts), parts=tuple(entries))

    def _finish(self, manifest: Manifest) -> Changes | None:
        """Writes what tells of the whole; the manifest last, for it tells that the run is finished."""
        with self._folder.writing(folder.QUARANTINE) as write:
            for number in sorted(self._standing):
                for one in self._standing[number].quarantined:
                    write(folder.as_line(one))
        changes = None
        if self._earlier is not None:
            with (
                closing(Result(self._folder.path, manifest)) as now,
                self._folder.writing(folder.REMOVED) as write,
            ):
                changes = compare(self._earlier, now, lambda one: write(folder.as_line(one)))
            self._folder.write(folder.CHANGES, folder.as_json(changes))
        self._folder.write(folder.MANIFEST, folder.as_json(manifest))
        return changes

    def _log(self, event: str, **about: int) -> None:
        time = datetime.now(UTC).isoformat(timespec="seconds")
        self._folder.log({"time": time, "event": event, **about})


def _rates(counts: Counts) -> Rates:
    def share(part: int, whole: int) -> float | None:
        return round(part / whole, 4) if whole else None

    return Rates(
        faithful=share(counts.verdict.get("faithful", 0), counts.rows),
        review=share(counts.verdict.get("review", 0), counts.rows),
        source=share(counts.route.get("source", 0), counts.rows),
        quarantined=share(counts.quarantined, counts.records),
    )
