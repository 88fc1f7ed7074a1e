"""`headwater measure`: read every shard once and keep the evidence, for checks that then read no data."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from checker.commands.engines import choice_from, declare_engine
from checker.commands.jobs import jobs_of
from checker.commands.progress import Bar
from checker.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from checker.fill import Sending
    from checker.store import EvidenceCache
    from checker.store.shared import SharedStore
    from checker.survey import Scene, Target

BACKENDS = ("auto", "numpy", "numba")
# What rules ask of so many documents is worked out in minutes; of more, who has measured would wait without knowing.
_MOST_WORKED_OUT = 10_000_000


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
    how.add_argument("--offline", action="store_true", help="never ask a remote, nor a shared store over the network")
    declare_engine(command)
    shared = command.add_argument_group("evidence that is shared")
    shared.add_argument(
        "--store", metavar="URL", help="send each entry to this store as it is made; start from its own"
    )
    shared.add_argument(
        "--reverify", metavar="SHARE", help="measure a random share (5%%) of what is known again; 1 when it differs"
    )
    command.add_argument("--json", action="store_true", help="write the summary as JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, say what came of it, return the exit code."""
    from checker.commands.measured import Summary
    from checker.discover.objects import open_store
    from checker.engine.memory import share_of, size_in_bytes
    from checker.engine.slices import slice_of
    from checker.fill import Effort, fill, worklist
    from checker.rollups import expect_rollups, write_rollups
    from checker.shards import KnownLists
    from checker.store.reverify import share_of as reverified
    from checker.survey import open_scene, survey

    share = None if arguments.slice is None else slice_of(arguments.slice)
    memory = None if arguments.memory is None else size_in_bytes(arguments.memory)
    workers = share_of(memory, jobs_of(arguments.jobs))
    choice = choice_from(arguments)
    reverify = None if arguments.reverify is None else reverified(arguments.reverify)
    scene = open_scene(_target(arguments))
    cache = open_cache(scene, arguments.store, offline=arguments.offline)
    lists = KnownLists(lambda: cache, keep=True)
    if arguments.store is not None:
        expect_rollups(scene, cache, _target_store(scene, arguments.store))
    with open_store(scene.repository, scene.config, remotes=arguments.download, lists=lists) as store:
        found = survey(scene, lambda: store, share, signatures=not arguments.no_signatures, backend=arguments.backend)
        work = worklist(found.descriptors, store, cache, reverify)
        with _pushing(scene, cache, arguments.store) as sending, Bar(work.shards, work.bytes) as bar:
            if sending is not None:
                sending.add([name for name, _ in found.lists])
            filled = fill(work, store, cache, Effort(workers, choice), sending, bar)
    # Evidence that a second measurement does not bear out is neither sent nor rolled up.
    if arguments.store is not None and cache.path is not None and not filled.differing:
        target = _target_store(scene, arguments.store)
        with Bar(len(scene.datasets), 0, "rolling up", "datasets") as bar:
            rolled = write_rollups(
                scene,
                cache.path,
                target,
                download=arguments.download,
                most_documents=_MOST_WORKED_OUT,
                done=bar.done,
            )
        filled.notes += rolled.notes
    summary = Summary(found, share, filled, (*filled.notes, *cache.notes))
    sys.stdout.write(summary.as_json() if arguments.json else summary.as_text())
    return summary.exit_code


def open_cache(scene: Scene, url: str | None, *, offline: bool) -> EvidenceCache:
    """The user's cache, behind it the store of the command line and those of the settings."""
    from checker.stores import evidence_of

    return evidence_of(scene.repository, scene.config, scene.rules.settings.evidence, offline=offline, first=url)


def _pushing(scene: Scene, cache: EvidenceCache, url: str | None) -> AbstractContextManager[Sending | None]:
    if url is None or cache.path is None:
        return nullcontext()
    from checker.commands.sending import Pushing

    return Pushing(cache.path, _target_store(scene, url))


def _target_store(scene: Scene, url: str) -> SharedStore:
    from checker.store.shared import SharedStore
    from checker.stores import addresses_of

    (address,) = addresses_of(scene.repository, scene.config, scene.rules.settings.evidence, (url,))
    return SharedStore(address)


def _target(arguments: argparse.Namespace) -> Target:
    from checker.survey import Target

    if arguments.offline and (arguments.download or arguments.store):
        other = "--download" if arguments.download else "--store"
        raise UsageError(f"{other} and --offline exclude each other", hint="use one of them")
    trusted = arguments.download or arguments.policy_ref is not None
    return Target(arguments.folder, arguments.rev, tuple(arguments.paths), arguments.all, trusted, arguments.policy_ref)
