"""`headwater measure`: read every shard once and keep the evidence, for checks that then read no data."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from checker.commands.progress import Bar
from checker.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from checker.commands.measured import Summary
    from checker.discover.objects import ObjectStore
    from checker.engine.memory import Share
    from checker.engine.slices import Slice
    from checker.store import EvidenceCache
    from checker.survey import Survey

MOST_JOBS = 512
BACKENDS = ("auto", "numpy", "numba")


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `measure` and its options."""
    command = commands.add_parser(
        "measure",
        help="read every shard once and keep the evidence",
        description="Measure the datasets of the index; what is known already is not read again.",
    )
    target = command.add_argument_group("what is measured")
    target.add_argument(
        "paths", nargs="*", metavar="DATASET", help="path, folder or glob from the top; default: all data"
    )
    target.add_argument("--rev", metavar="REV", help="a commit, tag or tree instead of the index")
    target.add_argument("--all", action="store_true", help="also outs that look like models, metrics or plots")
    target.add_argument("--slice", metavar="I/N", help="only share I of N, as in 3/16; by content, the same everywhere")
    target.add_argument("-C", dest="folder", metavar="DIR", default=".", help="run as if started in DIR")
    how = command.add_argument_group("how it is measured")
    how.add_argument("--jobs", metavar="N", help="worker processes (default: one for each core)")
    how.add_argument("--memory", metavar="SIZE", help="bound for all processes together, as in 4G: limits the jobs")
    how.add_argument("--backend", choices=BACKENDS, default="auto", help="kernels for the text (default: auto)")
    how.add_argument("--no-signatures", action="store_true", help="composition and tokens only")
    how.add_argument(
        "--download",
        action="store_true",
        help="read shards from the DVC remote; settings and remotes are then those of the trusted revision",
    )
    how.add_argument(
        "--policy-ref", metavar="REV", help="trusted revision of settings and remotes (with --download: default branch)"
    )
    how.add_argument("--offline", action="store_true", help="never ask a remote")
    command.add_argument("--json", action="store_true", help="write the summary as JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, say what came of it, return the exit code."""
    from checker.discover.objects import open_store
    from checker.engine.memory import share_of, size_in_bytes
    from checker.engine.slices import slice_of
    from checker.store import EvidenceCache
    from checker.survey import Target, open_scene, survey

    share = None if arguments.slice is None else slice_of(arguments.slice)
    memory = None if arguments.memory is None else size_in_bytes(arguments.memory)
    workers = share_of(memory, _jobs(arguments.jobs))
    if arguments.download and arguments.offline:
        raise UsageError("--download and --offline exclude each other", hint="use one of them")
    trusted = arguments.download or arguments.policy_ref is not None
    target = Target(
        arguments.folder, arguments.rev, tuple(arguments.paths), arguments.all, trusted, arguments.policy_ref
    )
    scene = open_scene(target)
    with open_store(scene.repository, scene.config, remotes=arguments.download) as store:
        found = survey(scene, lambda: store, share, signatures=not arguments.no_signatures, backend=arguments.backend)
        summary = _measured(found, share, store, EvidenceCache.default(), workers)
    sys.stdout.write(summary.as_json() if arguments.json else summary.as_text())
    return summary.exit_code


def _jobs(text: str | None) -> int:
    """As asked, else one for each core that this process may use."""
    from checker.engine.workers import cores

    if text is None:
        return cores()
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_JOBS:
        raise UsageError(f"--jobs {text} is no number of processes", hint=f"use 1 to {MOST_JOBS}")
    return int(text)


def _measured(found: Survey, share: Slice | None, store: ObjectStore, cache: EvidenceCache, workers: Share) -> Summary:
    """Measure what is not known, and count."""
    from dataclasses import replace

    from checker.commands.measured import Summary
    from checker.engine.embedded import Embedded
    from checker.engine.measuring import measure_one, worth
    from checker.engine.seam import Work
    from checker.engine.sizes import size_of
    from checker.measure.shards import recall

    if not cache.writable:
        raise UsageError(
            "there is no folder to keep the evidence in", hint="set HEADWATER_CACHE_DIR to one that can be written"
        )
    todo = [one for one in found.descriptors if recall(one.task, one.plan, cache) is None]
    total = sum(size_of(one.task, store) for one in todo)
    jobs = worth(workers.jobs, len(todo), total, cache)
    summary = Summary(found, share, len(found.descriptors) - len(todo), jobs)
    engine = Embedded(jobs, workers.worker_bytes)
    descriptors = (one._replace(plan=replace(one.plan, expected_bytes=total // jobs)) for one in todo)
    started = time.monotonic()
    finished = engine.map_shards(descriptors, Work(measure_one, store, cache))
    with closing(finished), Bar(len(todo), total) as bar:
        for descriptor, result in finished:
            size = size_of(descriptor.task, store)
            summary.add(descriptor.task, result, size)
            bar.add(size)
    summary.seconds = time.monotonic() - started
    return summary
