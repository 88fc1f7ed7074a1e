"""Four slices on machines of their own, in any order, two of them twice, one killed: what one run gives."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from e2e import hundred_shards
from e2e.data_repository import DataRepository
from e2e.machines import Machine, clone, content, document, kill_when_some_is_written, verdicts
from objects.servers import S3Server, s3_server

SLICES = ("1/4", "2/4", "3/4", "4/4")
pytestmark = pytest.mark.slow
CHECK = ("check", "--rev", "HEAD", "--all", "--require-evidence", "--slices", "4", "--format", "json")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """A hundred shards; nobody changes them."""
    return hundred_shards.build(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def whole(corpus: DataRepository, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store that one process fills."""
    folder = tmp_path_factory.mktemp("whole")
    machine = clone(corpus, folder / "machine")
    done = machine.headwater("measure", "--download", "--jobs", "1", "--store", str(folder / "store"), "--json")
    assert document(done)["measured"] == hundred_shards.SHARDS, done.stdout
    return folder / "store"


@pytest.fixture(scope="module")
def verdict(corpus: DataRepository, whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What a machine without any data says by the evidence of one process."""
    return document(fresh(corpus, tmp_path_factory.mktemp("judge")).headwater(*CHECK, "--store", str(whole)))


def fresh(corpus: DataRepository, folder: Path) -> Machine:
    """A clone that has neither a DVC cache nor a way to the DVC remote."""
    return clone(corpus, folder / "judge", remote=False)


def lenient(machine: Machine) -> Machine:
    """With policies that only warn: what blocks then is what is not known."""
    policy = machine.path / "policies/team.yaml"
    policy.write_text(policy.read_text("utf-8").replace("level: block", "level: warn"), encoding="utf-8")
    DataRepository(machine.path).git("commit", "--quiet", "--all", "-m", "Only warn")
    return machine


def lacking(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [outcome for outcome in report["outcomes"] if outcome["rule"] == "headwater/evidence-required"]


def slice_on(machine: Machine, share: str, store: str) -> dict[str, Any]:
    done = machine.headwater("measure", "--download", "--slice", share, "--store", store, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return document(done)


def killed_in_the_middle(corpus: DataRepository, folder: Path, share: str, store: Path) -> None:
    """A slice that is killed when it has sent some of its entries; one that was too fast starts anew."""
    for attempt in range(5):
        shutil.rmtree(store, ignore_errors=True)
        machine = clone(corpus, folder / f"killed-{attempt}")
        process = machine.start("measure", "--download", "--slice", share, "--store", str(store))
        if kill_when_some_is_written(process, store, least=4):
            return
    raise AssertionError("each time it had ended before it could be killed")


def test_slices_in_any_order_twice_and_killed_are_one_run(
    corpus: DataRepository, whole: Path, verdict: Mapping[str, Any], tmp_path: Path
) -> None:
    store = tmp_path / "shared"
    order = list(SLICES)
    random.Random(5).shuffle(order)
    killed_in_the_middle(corpus, tmp_path, order[0], store)
    assert set(content(store).items()) < set(content(whole).items()), "what a killed slice has sent is good"

    slice_on(clone(corpus, tmp_path / "one"), order[1], str(store))
    judge = lenient(fresh(corpus, tmp_path / "early"))
    early = judge.headwater(*CHECK, "--store", str(store))
    report = document(early)
    assert (early.returncode, report["exit_code"], report["verdict"]) == (3, 3, "not-evaluated")
    train = next(one for one in lacking(report) if one["dataset"] == "data/train")
    assert " of 96 shards is not known (" in train["message"]
    wanted = sorted(set(SLICES) - {order[1]})
    assert f"`headwater measure data/train --slice {wanted[0]} --store {store}`" in train["fix"]
    assert train["fix"].endswith(f"; the same for {wanted[1]}, {wanted[2]}")

    # The repeated one twice, a second one twice, both times at once.
    twice = [clone(corpus, tmp_path / f"twice-{number}") for number in range(4)]
    shares = (order[0], order[0], order[2], order[2])
    arguments = [("measure", "--download", "--slice", share, "--store", str(store)) for share in shares]
    running = [machine.start(*given) for machine, given in zip(twice, arguments, strict=True)]
    ended = [(process.communicate(), process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0, 0, 0], ended
    known = slice_on(clone(corpus, tmp_path / "last"), order[3], str(store))
    assert known["measured"] == known["shards"]

    assert content(store) == content(whole)
    assert judge.headwater(*CHECK, "--store", str(store)).returncode == 0
    assert document(fresh(corpus, tmp_path / "late").headwater(*CHECK, "--store", str(store))) == verdict


def test_the_verdict_is_that_of_a_check_that_measures(
    corpus: DataRepository, verdict: Mapping[str, Any], tmp_path: Path
) -> None:
    machine = clone(corpus, tmp_path / "measures")
    done = machine.headwater("check", "--rev", "HEAD", "--all", "--download", "--format", "json")
    report = document(done)
    assert (done.returncode, report["verdict"]) == (1, "fail")
    assert verdicts(report) == verdicts(verdict)
    assert lacking(report) == []


def test_the_verdict_is_about_what_was_planted(verdict: Mapping[str, Any]) -> None:
    said: dict[str, str] = {}
    for outcome in verdict["outcomes"]:
        if outcome["status"] != "pass":
            said[outcome["rule"]] = f"{said.get(outcome['rule'], '')}\n{outcome['message']}"
    assert "3 rows cannot be read, first at 043.jsonl.zst:11" in said["team/known"]
    assert "(1 equal, 1 near-copies; 2 of its 1,200 documents)" in said["team/leaks"]
    assert "in clusters of up to 39" in said["team/near"]
    assert "sets of boilerplate were chained" in said["team/near"]
    shards = (
        {one["path"]: one for one in verdict["datasets"][1]["shards"]} if "shards" in verdict["datasets"][1] else {}
    )
    assert len(shards) in (0, hundred_shards.TRAIN)


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """moto with an empty bucket."""
    with s3_server(tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("moto") / "log") as server:
        yield server


def test_the_store_may_be_s3(corpus: DataRepository, verdict: Mapping[str, Any], s3: S3Server, tmp_path: Path) -> None:
    credentials = {
        "AWS_ENDPOINT_URL": s3.url,
        "AWS_ACCESS_KEY_ID": s3.key,
        "AWS_SECRET_ACCESS_KEY": s3.secret,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    halves = ("1/2", "2/2")
    machines = [clone(corpus, tmp_path / f"machine-{share[0]}", credentials) for share in halves]
    processes = [
        machine.start("measure", "--download", "--slice", share, "--store", "s3://team/evidence")
        for machine, share in zip(machines, halves, strict=True)
    ]
    ended = [(process.communicate(), process.returncode) for process in processes]
    assert [code for _, code in ended] == [0, 0], ended
    judge = clone(corpus, tmp_path / "judge", credentials, remote=False)
    assert document(judge.headwater(*CHECK, "--store", "s3://team/evidence")) == verdict
