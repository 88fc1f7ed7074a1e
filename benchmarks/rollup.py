"""`python -m benchmarks.run --only rollup`: what is known of a version, asked for as one entry and one by one.

The store is a folder behind an HTTP server of this machine in a process of its own: nothing waits for a network, so
`requests` and `bytes` say more of a real store than `seconds` do.
"""

from __future__ import annotations

import http.server
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import md5
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from benchmarks.evidence_size import Shape, batches, measured
from benchmarks.row import Row
from checker.engine.measuring import recall_all
from checker.measure import Plan
from checker.measure.names import rollup_name
from checker.measure.shards import Task, key_of, tasks_of, text_key_of
from checker.model.composition import Cell, Composition, Moments, Origin, Tally
from checker.model.dataset import DatasetSettings, DatasetVersion, Shard
from checker.model.location import Location
from checker.store.addresses import address_of
from checker.store.encoding import digest_of
from checker.store.entries import COMPOSITION, TEXT, Kept, Name, encode_entry
from checker.store.lists import list_name
from checker.store.opening import open_evidence
from checker.store.rollup import Rollup, TextHead, encode_rollup, read_rollup
from checker.store.text_layout import encode_header
from checker.store.text_writer import pack

FEW, MANY = 1_000, 10_000
SHAPE = Shape(20, 100)
SETTINGS = DatasetSettings()
PLAN = Plan(text=True, settings=SETTINGS, signatures=True)


class Cost(NamedTuple):
    """Of finding out all that is known of a version, on a machine whose folder is empty."""

    requests: int
    megabytes: float
    seconds: float
    cpu_seconds: float


class Store(NamedTuple):
    """A folder with the evidence of a version, and the shards of that."""

    folder: Path
    tasks: Sequence[Task]
    rollup: Name
    oid: str


def rows(few: int = FEW, many: int = MANY) -> list[Row]:
    """One request whatever the number of shards, read within a second of CPU; the details say what it saves.

    Entry by entry only the few are asked for: it takes as much longer as there are more of them.
    """
    with tempfile.TemporaryDirectory() as name:
        here = Path(name) / "here"
        store = made(Path(name) / "few", few)
        with served(store.folder) as server:
            once = cost(store, server, here)
            (store.folder / "v1" / store.rollup.path).unlink()
            singly = cost(store, server, here)
        store = made(Path(name) / "many", many, entries=False)
        reading = cpu_of_reading(store)
        with served(store.folder) as server:
            most = cost(store, server, here)
    details: dict[str, object] = {
        f"{few:,} shards, one rollup": once._asdict(),
        f"{few:,} shards, entry by entry": singly._asdict(),
        f"{many:,} shards, one rollup": most._asdict(),
    }
    asked = f"{many:,} shards; of {few:,}, {singly.requests:,} entry by entry"
    ratio = once.cpu_seconds / singly.cpu_seconds
    return [
        Row("requests of an unchanged version", most.requests, 1, True, asked),
        Row("reading a rollup, CPU s", reading, 1, True, f"{many:,} shards, every byte checked", details),
        Row("finding all known by it, CPU", ratio, 0.5, True, f"{few:,} shards, entry by entry"),
    ]


def made(folder: Path, shards: int, *, entries: bool = True) -> Store:
    """Entries as a team has them: each shard with counts, a digest and text of its own. Else their rollup alone."""
    text, layout = measured(list(batches(SHAPE))), folder / "v1"
    header, bodies = pack("", text)
    listed = tuple(Shard(f"{number:05}.jsonl", md5(b"%d" % number).hexdigest()) for number in range(shards))
    data = ("[" + ",".join(f'{{"md5": "{one.hash}", "relpath": "{one.path}"}}' for one in listed) + "]").encode()
    oid = f"{md5(data).hexdigest()}.dir"
    version = DatasetVersion("data/train", "", oid, Location("data/train.dvc"), is_dir=True, shards=listed)
    tasks = tasks_of([(version, shard) for shard in listed], SETTINGS)
    compositions, texts = {}, {}
    for number, task in enumerate(tasks):
        kept = counted(number)
        key, text_key = key_of(task, PLAN), text_key_of(task, PLAN, kept.composition)
        compositions[key] = encode_entry(key, kept)
        scalars = (*header.scalars[:2], header.scalars[2] + number, *header.scalars[3:])
        own = header._replace(key=text_key, scalars=scalars)
        texts[text_key] = TextHead(own.digest, own.records)
        if entries:
            write(layout, Name(key, COMPOSITION), [compositions[key]])
            write(layout, Name(text_key, TEXT), [encode_header(own), *bodies])
    name, of_list = rollup_name(version, SETTINGS), list_name(oid, "md5")
    assert name is not None
    if entries:
        write(layout, of_list, [data])
    write(layout, name, encode_rollup(name.key, Rollup({of_list.key: data}, compositions, texts)))
    return Store(folder, tasks, name, oid)


def write(folder: Path, name: Name, pieces: Iterable[bytes | memoryview]) -> None:
    """Without waiting for the disk, unlike the product."""
    file = folder / name.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"".join(pieces))


def counted(number: int) -> Kept:
    """The counts of a shard with four kinds of records; the numbers are its own."""
    cells = {}
    for place, language in enumerate(("en", "de", "fr", "")):
        records = 5 if place else SHAPE.documents - 15
        cells[Cell(Origin.HUMAN if place else Origin.MACHINE, "", "law", language, "crawl")] = Tally(
            records=records,
            bytes=600 * records + number,
            tokens=100 * records + number % 97,
            weight_micro=10**6 * records,
            coverage={"id": records, "license": records, "source": records, "url": place},
            licenses={"cc-by-4.0": records},
            bases={"declared-record": records},
            scores={900: (records, 900_000 * records)},
            token_moments=Moments(number, number * 3, number * 5, number * 7, number * 11),
        )
    composition = Composition(cells)
    return Kept(composition, digest_of(composition))


def cpu_of_reading(store: Store) -> float:
    """CPU seconds."""
    started = time.process_time()
    read_rollup(store.folder / "v1" / store.rollup.path, store.rollup.key)
    return time.process_time() - started


def cost(store: Store, server: Server, here: Path) -> Cost:
    """Of one machine that starts with nothing."""
    server.told()
    wall, cpu = time.perf_counter(), time.process_time()
    with closing(open_evidence([address_of(server.url)], folder=here, environment={})) as cache:
        cache.expect_rollups((store.rollup,))
        assert cache.shard_list(store.oid, "md5") is not None
        found = recall_all(store.tasks, PLAN, cache)
        assert len(found) == len(store.tasks), cache.notes
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    shutil.rmtree(here)
    requests, size = server.told()
    return Cost(requests, round(size / 1e6, 3), round(wall, 2), round(cpu, 2))


class Server(NamedTuple):
    """`told`: requests and bytes since it was asked last."""

    url: str
    pipe: Connection

    def told(self) -> tuple[int, int]:
        self.pipe.send(None)
        requests, size = self.pipe.recv()
        return int(requests), int(size)


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """The folder over HTTP, from another process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(folder, theirs), daemon=True)
    process.start()
    try:
        yield Server(f"http://127.0.0.1:{ours.recv()}", ours)
    finally:
        process.terminate()
        process.join()


def serve(folder: Path, pipe: Connection) -> None:
    """Answer until ended."""
    counts, lock = [0, 0], threading.Lock()

    class Handler(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def translate_path(self, path: str) -> str:
            return f"{folder}{path}"

        def do_GET(self) -> None:
            file = Path(self.translate_path(self.path))
            with lock:
                counts[0] += 1
                counts[1] += file.stat().st_size if file.is_file() else 0
            super().do_GET()

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send(server.server_address[1])
    while os.getppid() > 1:
        pipe.recv()
        with lock:
            pipe.send(tuple(counts))
            counts[:] = [0, 0]
