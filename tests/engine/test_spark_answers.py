"""What driver and worker of Spark say to each other, and what is told where Spark is not: no JVM is started here."""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from engine import spark_kernels
from engine.shards import FolderStore, notes, with_text

from checker import errors
from checker.discover.dvcconfig import Level
from checker.discover.objects import ObjectStore
from checker.discover.trust import Checkout, Trust
from checker.engine.choice import public
from checker.engine.choosing import Choice, choice_of
from checker.engine.kernels import keys_one, measure_one, verify_one
from checker.engine.seam import Descriptor, Measured, Result, Work
from checker.engine.spark import session
from checker.engine.spark.handing import handing
from checker.engine.spark.handshake import difference, stamp
from checker.engine.spark.jvm import must_have_java
from checker.engine.spark.mapping import map_shards
from checker.engine.spark.publishing import Publishing
from checker.engine.spark.rows import Answer, Kind, Sent, answer, refusal
from checker.engine.spark.session import Session, is_local, open_session, slots_of
from checker.engine.spark.tasks import Assignment, run
from checker.errors import EngineError, EvidenceDamaged, EvidenceUnreachable, HeadwaterError, UsageError
from checker.measure import EvidenceCache, Plan
from checker.measure.shards import tasks_of
from checker.model.composition import Absence, Cell, Composition, Origin, Tally, Unmeasured
from checker.model.dataset import DatasetSettings
from checker.model.location import Location
from checker.store.addresses import Address, address_of
from checker.store.encoding import digest_of
from checker.store.entries import COMPOSITION, KEYS, ROLLUP, TEXT, Kept, Name
from checker.store.shared import SharedStore
from checker.store.sharing import Shared
from checker.store.signing import Signed

PLAN = Plan(text=True, settings=DatasetSettings(), signatures=True, backend="numpy")
AWAY = Session(None, "sc://there", False, 0, lambda: None)  # no session is needed


def asked(descriptors: list[Descriptor], assignment: Assignment, expected: str | None = None) -> list[Answer]:
    """What a worker answers that is given these."""
    payloads = [pickle.dumps(one) for one in descriptors]
    batch = pa.record_batch([pa.array(range(len(payloads)), pa.int32()), pa.array(payloads)], names=["n", "payload"])
    rows = run([batch], stamp() if expected is None else expected, (), pickle.dumps(assignment))
    return [Answer(row["number"], Kind(row["kind"]), row["content"]) for one in rows for row in one.to_pylist()]


def described(store: FolderStore, *names: str) -> list[Descriptor]:
    shards = [store.add(name, *notes(100 * number)) for number, name in enumerate(names)]
    return [Descriptor(task, PLAN) for task in tasks_of(shards, PLAN.settings)]


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(Measured("h", "k", "d", "t", "", ("text", "composition"), "a note"), id="measured"),
        pytest.param(Unmeasured("h", Absence.OFFLINE, "the reason", "the fix"), id="not measured"),
        pytest.param(Unmeasured("h", Absence.NO_BYTES, "caf\udce9.jsonl: gone", ""), id="a name that is not Unicode"),
    ],
)
def test_a_result_comes_back_as_it_was(result: Measured | Unmeasured) -> None:
    row = answer(3, result)
    row.content.encode("ascii")
    assert row.told() == result
    assert row.number == 3


def test_entries_that_were_sent_come_with_the_result() -> None:
    sent = (Sent(Name("a" * 64, COMPOSITION), "d1"), Sent(Name("b" * 64, TEXT), "d2"))
    assert answer(0, Measured("h", "k", "d"), sent).sent() == sent


KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HeadwaterError)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_every_error_of_ours_is_raised_as_its_own_kind(kind: type[HeadwaterError]) -> None:
    error = kind("the message", hint="the hint")
    error.location = Location("data.dvc", 3)
    with pytest.raises(kind) as raised:
        refusal(0, error).told()
    assert type(raised.value) is kind
    assert str(raised.value) == "data.dvc:3: the message; the hint"


def test_an_error_that_this_process_does_not_know_is_one_of_ours() -> None:
    row = Answer(0, Kind.REFUSED, '{"type": "Path", "message": "m", "hint": "", "location": null}')
    with pytest.raises(HeadwaterError, match=r"^m$"):
        row.told()


class Bomb:
    """Leaves a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.file,)


@pytest.mark.parametrize("fits", [False, True])
def test_an_unfit_worker_unpickles_nothing(tmp_path: Path, fits: bool) -> None:
    batch = pa.record_batch([pa.array([0], pa.int32()), pa.array([b"nothing"])], names=["n", "payload"])
    expected = stamp() if fits else stamp().replace("kernels ", "kernels not-")
    packed = pickle.dumps(Bomb(tmp_path / "unpickled"))
    (row,) = [row for one in run([batch], expected, (), packed) for row in one.to_pylist()]
    assert (tmp_path / "unpickled").exists() == fits
    if fits:
        assert (row["kind"], "UnpicklingError" in row["content"]) == ("fault", True)
        return
    assert (row["kind"], row["content"]) == ("other", stamp())
    assert "kernels text-" in difference(row["content"], expected)
    assert "kernels not-text-" in difference(row["content"], expected)


def test_plug_ins_are_part_of_what_has_to_fit() -> None:
    assert "plug-in numpy " in stamp(("numpy",))
    assert "no plug-in headwater-nowhere" in stamp(("headwater-nowhere",))


def test_a_kernel_that_the_worker_lacks_is_told(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    packed = pickle.dumps(Assignment("r", Work(measure_one, store, EvidenceCache(tmp_path / "c")), None))
    batch = pa.record_batch([pa.array([0], pa.int32()), pa.array([b""])], names=["n", "payload"])
    renamed = packed.replace(b"checker.engine.kernels", b"checker.engine.kernelz")
    (row,) = [row for one in run([batch], stamp(), (), renamed) for row in one.to_pylist()]
    assert row["kind"] == "stranger"
    assert "checker.engine.kernelz" in row["content"]


def test_what_goes_wrong_in_a_kernel_comes_back_as_what_it_is(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    ones = described(store, "refused.jsonl", "fault.jsonl", "hungry.jsonl", "0.jsonl")
    work = Work(spark_kernels.by_name, store, EvidenceCache(tmp_path / "evidence"))
    rows = asked(ones, Assignment("a", work, None))
    assert [row.kind for row in rows] == [Kind.REFUSED, Kind.FAULT, Kind.MEMORY, Kind.MEASURED]
    assert "ZeroDivisionError: a fault of ours" in rows[1].content
    with pytest.raises(UsageError, match=r"data.dvc:3: refused.jsonl is refused; rename it"):
        rows[0].told()


def published(tmp_path: Path, run: str = "a") -> tuple[FolderStore, list[Descriptor], Assignment]:
    store = FolderStore(tmp_path)
    ones = described(store, "0.jsonl", "1.jsonl")
    shared = SharedStore(address_of(str(tmp_path / "shared")))
    return store, ones, Assignment(run, Work(measure_one, store, EvidenceCache(None)), Publishing(shared, True))


def test_evidence_is_published_with_its_digests_and_no_scratch_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, ones, assignment = published(tmp_path)
    (tmp_path / "shared").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    rows = asked(ones, assignment)
    alone = EvidenceCache(tmp_path / "alone")
    for row, one in zip(rows, ones, strict=True):
        result = measure_one(one, Work(measure_one, store, alone))
        assert isinstance(result, Measured)
        assert row.told() == result
        assert [sent.name for sent in row.sent()] == [Name(result.text_key, TEXT), Name(result.key, COMPOSITION)]
        for sent in row.sent():
            there, here = tmp_path / "shared" / "v1" / sent.name.path, tmp_path / "alone" / sent.name.path
            assert there.read_bytes() == here.read_bytes()
    assert rows[0].sent()[1].digest == rows[0].told().digest  # type: ignore[union-attr]
    assert list((tmp_path / "tmp").glob("headwater-*")) == []


def test_what_is_published_is_not_measured_again_nor_sent_again(tmp_path: Path) -> None:
    store, ones, assignment = published(tmp_path)
    (tmp_path / "shared").mkdir()
    first = asked(ones, assignment)
    again = asked(ones, assignment._replace(run="b"))
    assert [row.told() for row in again] == [row.told() for row in first]
    assert [row.sent() for row in again] == [(), ()]
    assert len(store.opened()) == 2


def test_a_store_that_is_not_mounted_on_the_worker_is_named_and_not_made(tmp_path: Path) -> None:
    _, ones, assignment = published(tmp_path)
    rows = asked(ones, assignment)
    assert {row.kind for row in rows} == {Kind.REFUSED}
    with pytest.raises(EvidenceUnreachable, match=r"is no folder of the worker .*; mount it there"):
        rows[0].told()
    assert not (tmp_path / "shared").exists()


def test_a_full_disk_on_the_worker_is_told_and_nothing_is_published(tmp_path: Path) -> None:
    _, ones, assignment = published(tmp_path)
    (tmp_path / "shared").mkdir()
    rows = asked(ones, assignment._replace(work=assignment.work._replace(kernel=spark_kernels.small_disk)))
    for row in rows:
        result = row.told()
        assert isinstance(result, Measured)
        assert "measurements are not kept" in result.trouble
        assert row.sent() == ()
    assert list((tmp_path / "shared").rglob("*.json")) == []


def evidence(tmp_path: Path, signed: Signed = Signed.OPTIONAL, address: Address | None = None) -> EvidenceCache:
    address = address or address_of(str(tmp_path / "shared"))
    return EvidenceCache(tmp_path / "evidence", Shared((SharedStore(address),), signed, b"the secret of signatures"))


def test_no_secret_goes_to_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", "of-this-machine-alone-0123456789abcdef")
    text = "[core]\n    remote = storage\n['remote \"storage\"']\n    password = hunter2\n"
    machine = Level("global", str(tmp_path), text, {'remote "storage"': {"password": "hunter2"}})
    trust = Trust((Checkout(str(tmp_path)),), {"": b"[core]\n    remote = storage\n"}, {}, (machine,), "HEAD")
    store = ObjectStore(lambda: trust, remotes=True)
    address = Address("s3://bucket/evidence", connect=_Never("dvc-secret"))
    cache = evidence(tmp_path, address=address)
    assert b"hunter2" in pickle.dumps(store), "the store itself is pickled whole, for processes of this machine"
    hand = handing(AWAY, Work(measure_one, store, cache))
    sent = pickle.dumps(Assignment("r", Work(measure_one, hand.store, hand.cache), hand.publishing))
    for secret in (b"hunter2", b"the secret of signatures", b"of-this-machine-alone", b"dvc-secret"):
        assert secret not in sent
    assert b"remote = storage" in sent
    assert hand.key is not None
    here = handing(AWAY._replace(local=True), Work(measure_one, store, cache))
    assert b"the secret of signatures" not in pickle.dumps(here.cache)


class _Never:
    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __call__(self) -> tuple[None, str]:  # pragma: no cover - workers connect by themselves
        raise AssertionError


def test_another_machines_configuration_takes_the_place_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = Trust((Checkout(str(tmp_path)),), {}, {}, (), "HEAD")
    sent = pickle.dumps(ObjectStore(lambda: trust, remotes=True).for_another_machine())
    (tmp_path / "dvc").mkdir()
    (tmp_path / "dvc" / "config").write_text("[core]\n    remote = theirs\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "dvc"))
    there: ObjectStore = pickle.loads(sent)
    assert "theirs" in "".join(level.text for level in there._trust().machine)


def test_without_a_shared_store_workers_elsewhere_have_nowhere_to_put_evidence(tmp_path: Path) -> None:
    work = Work(measure_one, FolderStore(tmp_path), EvidenceCache(tmp_path / "evidence"))
    with pytest.raises(UsageError, match=r"need a shared store .* --store"):
        handing(AWAY, work)
    reading = evidence(tmp_path, address=address_of("https://evidence.example.org/team"))
    with pytest.raises(UsageError, match=r"none that can be written to"):
        handing(AWAY, work._replace(cache=reading))


def test_evidence_that_has_to_be_signed_needs_the_key_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work(measure_one, FolderStore(tmp_path), evidence(tmp_path, Signed.REQUIRED))
    monkeypatch.delenv("HEADWATER_EVIDENCE_KEY", raising=False)
    with pytest.raises(UsageError, match="no key to sign what workers measure; set HEADWATER_EVIDENCE_KEY"):
        handing(AWAY, work)
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", "k" * 32)
    hand = handing(AWAY, work)
    assert hand.publishing is not None
    assert not hand.publishing.recall, "a worker without the key cannot tell whose entries these are"


def test_the_driver_signs_what_workers_have_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", "k" * 32)
    store, ones, assignment = published(tmp_path)
    (tmp_path / "shared").mkdir()
    hand = handing(AWAY, Work(measure_one, store, evidence(tmp_path, Signed.REQUIRED)))
    rows = asked(ones, assignment._replace(publishing=hand.publishing))
    hand.receive([sent for row in rows for sent in row.sent()])
    stores = (SharedStore(address_of(str(tmp_path / "shared"))),)
    demanding = EvidenceCache(tmp_path / "new", Shared(stores, Signed.REQUIRED, b"k" * 32))
    for row in rows:
        result = row.told()
        assert isinstance(result, Measured)
        assert demanding.get(result.key) is not None
        assert demanding.text(result.text_key) is not None
    assert demanding.notes == ()


def about_text(tmp_path: Path, cache: EvidenceCache) -> tuple[FolderStore, list[Descriptor]]:
    """Shards that this machine has measured, as they are sent when their keys are wanted."""
    store = FolderStore(tmp_path)
    work = Work(measure_one, store, cache)
    return store, [with_text(one, measure_one(one, work), cache) for one in described(store, "0.jsonl", "1.jsonl")]


def test_a_worker_without_the_key_makes_keys_of_signed_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", "k" * 32)
    (tmp_path / "shared").mkdir()
    cache = evidence(tmp_path, Signed.REQUIRED)
    store, ones = about_text(tmp_path, cache)
    hand = handing(AWAY, Work(keys_one, store, cache))
    hand.lend(ones)
    assignment = Assignment("a", Work(keys_one, hand.store, hand.cache), hand.publishing)
    rows = asked(ones, assignment)
    for row, one in zip(rows, ones, strict=True):
        result = row.told()
        assert result == keys_one(one, Work(keys_one, store, cache))
        assert isinstance(result, Measured)
        assert [sent.name for sent in row.sent()] == [Name(result.key, KEYS)], "what was brought is not sent back"
    # What lies in the store under that name, and is other evidence, is not what the driver has named.
    assert ones[0].text is not None
    assert ones[1].text is not None
    other = cache.text(ones[1].text.name.key)
    assert other is not None
    EvidenceCache(tmp_path / "shared" / "v1").keep_text(ones[0].text.name.key, other.load())
    with pytest.raises(EvidenceDamaged, match="evidence about its text is another one where its keys are made"):
        asked(ones[:1], assignment)[0].told()


def test_every_store_is_read_and_one_is_written_to(tmp_path: Path) -> None:
    for name in ("shared", "team"):
        (tmp_path / name).mkdir()
    stores = [SharedStore(address_of(str(tmp_path / name))) for name in ("shared", "team")]
    store, ones = about_text(tmp_path, EvidenceCache(tmp_path / "team" / "v1"))
    cache = EvidenceCache(tmp_path / "evidence", Shared(stores))
    hand = handing(AWAY, Work(keys_one, store, cache))
    hand.lend(ones)
    assignment = Assignment("a", Work(keys_one, hand.store, hand.cache), hand.publishing)
    rows = asked(ones, assignment)
    assert [(row.kind, len(row.sent())) for row in rows] == [(Kind.MEASURED, 1)] * 2
    assert {file.suffix for file in (tmp_path / "shared").rglob("*.*")} == {".keys"}
    assert [row.sent() for row in asked(ones, assignment._replace(run="b"))] == [(), ()]


@pytest.mark.parametrize("signed", Signed)
@pytest.mark.parametrize("honest", [True, False], ids=["as it was", "forged"])
def test_workers_without_the_key_can_measure_again(
    honest: bool, signed: Signed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Evidence that only its signature tells from forged is no difference; evidence that the bytes do not give is."""
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", "k" * 32)
    store, cache = FolderStore(tmp_path), evidence(tmp_path, signed)
    (tmp_path / "shared").mkdir()
    (one,) = described(store, "0.jsonl")
    kept = measure_one(one, Work(measure_one, store, cache))
    assert isinstance(kept, Measured)
    if not honest:
        composition = Composition({Cell(Origin.HUMAN): Tally(records=40)})
        cache.put(kept.key, Kept(composition, digest_of(composition)))
    hand = handing(AWAY, Work(verify_one, store, cache))
    hand.lend([one])
    again = Work(verify_one, hand.store, hand.cache)
    (row,) = asked([one], Assignment("v", again, hand.publishing))
    result = row.told()
    assert isinstance(result, Measured)
    assert result.differs == (() if honest else ("composition",))
    assert row.sent() == ()


def test_a_store_of_the_same_name_on_another_disk_is_noticed(tmp_path: Path) -> None:
    hand = handing(AWAY, Work(measure_one, FolderStore(tmp_path), evidence(tmp_path)))
    with pytest.raises(EngineError, match=r"does not find it there; mount the same folder"):
        hand.receive([Sent(Name("a" * 64, COMPOSITION), "d")])


def test_what_only_the_driver_knows_is_lent(tmp_path: Path) -> None:
    store, ones, assignment = published(tmp_path)
    cache = evidence(tmp_path)
    (tmp_path / "shared").mkdir()
    measure_one(ones[0], Work(measure_one, store, cache))
    handing(AWAY, Work(measure_one, store, cache)).lend(ones)
    assert len(list((tmp_path / "shared" / "v1").rglob("*.*"))) == 2
    asked(ones[:1], assignment)
    assert len(store.opened()) == 1


@pytest.mark.parametrize(
    ("master", "local", "slots"),
    [
        ("local", True, 1),
        ("local[3]", True, 3),
        ("local[2,4]", True, 2),
        ("local-cluster[2,3,1024]", True, 6),
        ("spark://host:7077", False, 0),
        ("yarn", False, 0),
        ("locality", False, 0),
        ("k8s://https://local", False, 0),
    ],
)
def test_masters_whose_workers_share_our_files(master: str, local: bool, slots: int) -> None:
    assert (is_local(master), slots_of(master)) == (local, slots)


def test_a_star_is_every_core() -> None:
    assert slots_of("local[*]") == len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.mark.engines
def test_a_token_is_never_shown() -> None:
    assert public("sc://host:15002/;use_ssl=true;token=secret") == "sc://host:15002"
    with pytest.raises(EngineError) as raised:
        open_session(Choice(remote="sc://127.0.0.1:1/;token=secret"))
    assert "secret" not in str(raised.value)


@pytest.mark.engines
@pytest.mark.parametrize(
    "remote",
    [
        "sc://127.0.0.1:1;token=secret",
        "sc://127.0.0.1:1?token=secret",
        "sc://127.0.0.1:1#secret",
        "sc://me:secret@127.0.0.1:1",
        "sc://127.0.0.1:1/;token=a;secret",
        "sc://127.0.0.1:1/;secret",
        "https://127.0.0.1:1/;token=secret",
    ],
)
def test_a_token_is_not_shown_of_an_address_that_is_none(remote: str) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: make test-engines")
    with pytest.raises(HeadwaterError, match=r"://127\.0\.0\.1:1' is no address of a Spark Connect server") as raised:
        choice = choice_of("spark", remote, None, None)
        assert choice is not None
        open_session(choice)
    assert "secret" not in str(raised.value)


@pytest.mark.engines
@pytest.mark.filterwarnings("ignore:PySpark does not yet:FutureWarning")
def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark.sql.connect.session", reason="pyspark is not installed")
    grpc: Any = pytest.importorskip("grpc", reason="gRPC is not installed")
    over = threading.Event()

    silence = grpc.unary_unary_rpc_method_handler(lambda *_: over.wait(60))
    silent = type("Silent", (grpc.GenericRpcHandler,), {"service": lambda *_: silence})()
    with ThreadPoolExecutor(2) as threads:
        server = grpc.server(threads, handlers=[silent])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        monkeypatch.setattr(session, "ANSWER_SECONDS", 1)
        try:
            with pytest.raises(EngineError, match=rf"listens at sc://127.0.0.1:{port} has not answered for 1 seconds"):
                open_session(Choice(remote=f"sc://127.0.0.1:{port}"))
        finally:
            over.set()
            server.stop(None).wait()


@pytest.mark.engines
@pytest.mark.parametrize("remote", ["sc://", "sc://host:port", "sc://host:1:2", "sc://host/path", "sc://host?x=1"])
def test_an_address_that_is_none(remote: str) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: make test-engines")
    with pytest.raises(EngineError, match="is no address of a Spark Connect server; write sc://HOST:PORT"):
        open_session(Choice(remote=remote))


@pytest.mark.engines
def test_a_port_at_which_nobody_listens_is_told_at_once() -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: make test-engines")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(EngineError, match=rf"no Spark Connect server answers at sc://127.0.0.1:{port} \("):
            open_session(Choice(remote=f"sc://127.0.0.1:{port}"))


@pytest.mark.engines
@pytest.mark.filterwarnings("ignore:PySpark does not yet:FutureWarning")
def test_a_port_at_which_something_else_listens_is_given_up_in_seconds() -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: make test-engines")
    with socket.create_server(("127.0.0.1", 0), backlog=16) as other:

        def refuse() -> None:
            with contextlib.suppress(OSError):
                while True:
                    with other.accept()[0] as asking:
                        asking.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=refuse, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(EngineError, match=r"is gone, or is no server of Spark Connect; see that it runs"):
            open_session(Choice(remote=f"sc://127.0.0.1:{other.getsockname()[1]}"))
        assert time.monotonic() - began < 60
        other.shutdown(socket.SHUT_RDWR)


def test_without_pyspark_the_command_that_installs_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyspark").mkdir()
    (tmp_path / "pyspark" / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'pyspark'\")\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(
        EngineError, match=r"headwater\[spark\]'` for --remote, .*headwater\[spark-local\]'` for --master"
    ):
        open_session(Choice(master="local[1]"))


def test_with_the_client_alone_a_master_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyspark").mkdir()
    (tmp_path / "pyspark" / "__init__.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(EngineError, match=r"only its client for Spark Connect is installed; .*spark-local"):
        open_session(Choice(master="local[1]"))


def test_a_java_that_spark_finds_by_itself_is_enough(tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    must_have_java({"JAVA_HOME": str(tmp_path)})
    must_have_java({"PATH": str(java.parent)})
    java.unlink()
    with pytest.raises(EngineError, match=r"needs Java: there is none on the PATH.*install Java 17"):
        must_have_java({"PATH": str(tmp_path)})


class _Answering:
    """A session whose workers answer what they like. The real ones are tested in `test_spark_map.py`."""

    def __init__(self, *rows: dict[str, object]) -> None:
        self._rows = list(rows)

    def __getattr__(self, name: str) -> object:
        if name == "to_pylist":
            return lambda: self._rows
        return lambda *_: self


def heard(tmp_path: Path, kind: str, content: str) -> list[tuple[Descriptor, Result]]:
    """What the driver, which holds the key, makes of an answer for one shard."""
    store = FolderStore(tmp_path)
    (tmp_path / "shared").mkdir(exist_ok=True)
    lying = Session(
        _Answering({"number": 0, "kind": kind, "content": content}), "sc://there", False, 0, lambda: None
    )  # all that is asked of it
    work = Work(measure_one, store, evidence(tmp_path, Signed.REQUIRED))
    return list(map_shards(lying, described(store, "0.jsonl"), work))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        pytest.param("measured", "rubbish", id="no JSON"),
        pytest.param("measured", "[" * 100_000, id="JSON without end"),
        pytest.param("measured", "[]", id="a list"),
        pytest.param("measured", "{}", id="nothing"),
        pytest.param("measured", '{"result": {"differs": []}, "sent": []}', id="less than a result"),
        pytest.param("measured", answer(0, Measured("another", "k", "d")).content, id="another shard"),
        pytest.param("measured", answer(0, Measured("h", 7, "d")).content, id="a number for a key"),  # type: ignore[arg-type]
        pytest.param("unmeasured", '{"shard_hash": "h", "absence": "NEVER", "reason": "", "fix": ""}', id="no absence"),
        pytest.param("refused", '{"type": "UsageError", "message": 7, "hint": "", "location": null}', id="no words"),
        pytest.param("refused", '{"type": [], "message": "", "hint": "", "location": null}', id="no kind of error"),
    ],
)
def test_what_is_no_answer_is_told_in_words(
    kind: str, content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", "k" * 32)
    with pytest.raises(EngineError, match=r"^a worker of Spark has not answered what it was asked about 0.jsonl"):
        heard(tmp_path, kind, content)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(Name("a" * 64, COMPOSITION), id="another shard's counts"),
        pytest.param(Name("a" * 64, TEXT), id="another shard's text"),
        pytest.param(Name("a" * 64, ROLLUP), id="a rollup"),
        pytest.param(Name("a" * 64, KEYS), id="keys that nobody asked for"),
        pytest.param(Name("../../../etc/passwd", COMPOSITION), id="a path"),
    ],
)
def test_the_driver_signs_nothing_that_it_has_not_asked_for(
    name: Name, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker that lies could have every entry of the store signed, those of shards that it never saw too."""
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", "k" * 32)
    if ".." not in name.key:
        (tmp_path / "shared" / "v1" / name.path).parent.mkdir(parents=True)
        (tmp_path / "shared" / "v1" / name.path).write_bytes(b"forged")
    (one,) = described(FolderStore(tmp_path), "0.jsonl")
    lie = answer(0, Measured(one.task.shard.hash, "a" * 64, "d"), (Sent(name, "d" * 64),))
    with pytest.raises(EngineError, match="has not answered what it was asked about"):
        heard(tmp_path, lie.kind.value, lie.content)
    assert list(tmp_path.rglob("*.sig")) == []


def test_what_it_has_asked_for_it_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", "k" * 32)
    store, _, assignment = published(tmp_path)
    (tmp_path / "shared").mkdir()
    (row,) = asked(described(store, "0.jsonl"), assignment)
    ((_, result),) = heard(tmp_path, row.kind.value, row.content)
    assert result == row.told()
    assert len(list(tmp_path.rglob("*.sig"))) == 2


@pytest.mark.engines
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pyspark leaves a pipe open
def test_the_key_of_signatures_is_not_in_the_environment_of_a_jvm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it starts reads the data, and inherits what it has."""
    pytest.importorskip("pyspark.core.context", reason="pyspark is not installed whole: make test-engines")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").write_text(f"#!/bin/sh\nenv > '{tmp_path}/environment'\nexit 1\n")
    (tmp_path / "bin" / "java").chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", "k" * 32)
    with pytest.raises(EngineError):
        open_session(Choice(master="local[1]"))
    found = (tmp_path / "environment").read_text("utf-8", "replace")
    assert "SPARK_LOCAL_IP=127.0.0.1" in found
    assert "k" * 32 not in found
    assert os.environ["HEADWATER_EVIDENCE_KEY"] == "k" * 32
