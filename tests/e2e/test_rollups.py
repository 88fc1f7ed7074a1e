"""A run with nothing changed asks for one rollup a version, a change for what it changes; the report is the same."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e.data_repository import DataRepository, empty
from e2e.test_text_checks import POLICY, SETTINGS, texts, write
from store.serving import Moods, moody_server

from checker.store.rollup import encode_rollup, read_rollup

MORE = """\
  - {id: tails, check: tail-coverage, level: block, with: {rare_types: 0}}
  - {id: varied, check: diversity, level: block, with: {min_reference_blocks: 2}}
  - {id: collapse, check: collapse-score, level: block}
"""
NO_RULES = POLICY.partition("rules:")[0]
COPIES = f"{NO_RULES}rules:\n  - {{id: copies, check: duplication, level: block, with: {{max: 0.05}}}}\n"
CAP = f"{NO_RULES}rules:\n  - {{id: cap, check: synthetic-cap, level: block, with: {{max: 0.5}}}}\n"
CHECK = ("check", "--all", "--stage", "release", "--policy-ref", "HEAD", "--format", "json")
RELEASE = (*CHECK, "--rev", "HEAD")
SECRET = {"HEADWATER_EVIDENCE_KEY": "0123456789abcdef" * 4}
SHARDS = 5
# Documents, copies and near-copies of the whole, as a result says it.
WITHOUT_COPIES = re.compile(rb'("whole":)\[72,[0-9]+,[0-9]+\]')

NUMBERS = re.compile(rb"([:\[,])[0-9]+(?=[,\]}])")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DataRepository, Path, Moods]]:
    """Training data in five shards and gold in one, committed and measured into a store, which is served as well."""
    home = tmp_path_factory.mktemp("rollups")
    (home / "served").mkdir()
    with moody_server(home / "served") as moods:
        repository = empty(home / "home")
        for number in range(SHARDS):
            write(repository.path / f"data/train/{number}.jsonl", list(texts(number + 10, 12)))
        write(repository.path / "data/gold/gold.jsonl", list(texts(3, 50)))
        settings = f"{SETTINGS}evidence: {{stores: ['{moods.url}']}}\n"
        (repository.path / "headwater.yaml").write_text(settings, encoding="utf-8")
        (repository.path / "policies").mkdir()
        (repository.path / "policies/text.yaml").write_text(POLICY + MORE, encoding="utf-8")
        repository.track("data/train", "data/gold")
        assert repository.commit("Data, gold and a policy about them").returncode == 0
        measure(repository, home / "store")
        yield repository, home / "store", moods


@pytest.fixture
def repository(made: tuple[DataRepository, Path, Moods], tmp_path: Path) -> DataRepository:
    """A copy with data and evidence."""
    shutil.copytree(made[0].path.parent, tmp_path / "home", symlinks=True)
    return DataRepository(tmp_path / "home" / made[0].path.name)


@pytest.fixture
def server(made: tuple[DataRepository, Path, Moods]) -> Moods:
    """The server, with what was measured at first, and nothing asked yet."""
    _, store, moods = made
    served = store.with_name("served")
    shutil.rmtree(served)
    shutil.copytree(store, served)
    moods.asked.clear()
    return moods


@pytest.fixture
def served(made: tuple[DataRepository, Path, Moods], server: Moods) -> Path:
    """The folder that the server shows."""
    assert server.port
    return made[1].with_name("served")


def measure(repository: DataRepository, store: Path, *arguments: str, **env: str) -> str:
    done = repository.headwater("measure", "--store", str(store), *arguments, env=env)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def elsewhere(repository: DataRepository, *, data: bool = False) -> None:
    """Another machine: without evidence, and without the data unless it has that."""
    shutil.rmtree(repository.path.parent / "cache")
    if not data:
        shutil.rmtree(repository.path / ".dvc/cache")


def checked(repository: DataRepository, *arguments: str, **env: str) -> str:
    done = repository.headwater(*(arguments or RELEASE), env=env)
    assert done.returncode in (0, 1, 3), done.stderr
    return done.stdout


def without_rollups(store: Path) -> int:
    """How many there were."""
    found = [path for path in store.rglob("*.rollup*") if path.suffix == ".rollup"]
    for path in store.rglob("*.rollup*"):
        path.unlink()
    return len(found)


def forge_away_copies(store: Path) -> None:
    """With checksums that fit."""
    for path in store.rglob("*.rollup"):
        forged = read_rollup(path, path.stem)
        results = {place: WITHOUT_COPIES.sub(rb"\1[72,0,0]", body) for place, body in forged.results.items()}
        path.write_bytes(b"".join(encode_rollup(path.stem, forged._replace(results=results))))


def kinds(asked: list[str]) -> Counter[str]:
    return Counter(path.rpartition(".")[2] for path in asked)


def status_of(report: str, rule: str) -> str:
    (status,) = {one["status"] for one in json.loads(report)["outcomes"] if one["rule"] == rule}
    return str(status)


def judged(report: str) -> list[object]:
    return [(one["rule"], one["status"], one["measured"], one["message"]) for one in json.loads(report)["outcomes"]]


def test_an_unchanged_version_is_one_request_and_the_report_is_the_same(
    repository: DataRepository, server: Moods, served: Path
) -> None:
    elsewhere(repository)
    with_rollups = checked(repository)
    assert kinds(server.asked) == {"rollup": 2}  # of the training data, and of gold
    assert not list((repository.path.parent / "cache").rglob("*.text"))
    status = {one["rule"]: one["status"] for one in json.loads(with_rollups)["outcomes"]}
    assert (status["text/copies"], status["text/leak"]) == ("pass", "pass")
    server.asked.clear()
    assert checked(repository) == with_rollups
    assert server.asked == []
    elsewhere_again = repository.path.parent / "cache"
    shutil.rmtree(elsewhere_again)
    assert without_rollups(served) == 2
    assert checked(repository) == with_rollups
    # Each composition without and with the counts of tokens.
    assert kinds(server.asked) == {"rollup": 2, "list": 2, "json": 2 * (SHARDS + 1), "text": SHARDS + 1}


def test_a_change_asks_for_the_shard_that_it_changes(repository: DataRepository, server: Moods, served: Path) -> None:
    before = {path.name for path in served.rglob("*.rollup")}
    (repository.path / "policies/text.yaml").write_text(CAP, encoding="utf-8")
    write(repository.path / "data/train/1.jsonl", list(texts(99, 12)))
    repository.track("data/train")
    assert repository.commit("Another shard, another policy").returncode == 0
    measure(repository, served)
    for path in served.rglob("*.rollup"):
        if path.name not in before:
            path.unlink()
    elsewhere(repository)
    server.asked.clear()
    report = checked(repository, *CHECK, "--base", "HEAD~1")
    # Its own rollup is not there; that of its base is, and its list and the shard that it changes, which is asked for
    # without and then with the counts of tokens.
    assert kinds(server.asked) == {"rollup": 2, "list": 1, "json": 2}
    without_rollups(served)
    shutil.rmtree(repository.path.parent / "cache")
    assert checked(repository, *CHECK, "--base", "HEAD~1") == report


def test_the_last_slice_writes_the_rollup(repository: DataRepository, tmp_path: Path) -> None:
    store, found = tmp_path / "sliced", []
    for share in ("2/3", "1/3", "3/3"):
        machine = {"XDG_CACHE_HOME": str(tmp_path / f"machine-{share[0]}")}
        measure(repository, store, "data/train", "--slice", share, **machine)
        found.append(len(list(store.rglob("*.rollup"))))
    assert found == [0, 0, 1]


def test_measuring_again_elsewhere_reads_the_rollup_and_leaves_it(
    repository: DataRepository, made: tuple[DataRepository, Path, Moods], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    shutil.copytree(made[1], store)
    whole = {path: path.read_bytes() for path in store.rglob("*.rollup")}
    (repository.path / "headwater.yaml").write_text(SETTINGS, encoding="utf-8")
    repository.git("commit", "-qam", "Name no store")
    elsewhere(repository)
    assert f"0 measured, {SHARDS + 1} known" in measure(repository, store)
    assert not list((repository.path.parent / "cache").rglob("*.text"))
    assert {path: path.read_bytes() for path in store.rglob("*.rollup")} == whole


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(lambda data: data[:-1] + bytes([data[-1] ^ 1]), "it is damaged", id="a flipped byte"),
        pytest.param(lambda data: data[: len(data) // 2], "bytes instead of", id="half of it"),
        pytest.param(lambda _: b"{}\n", "its header is damaged", id="something else"),
    ],
)
def test_a_damaged_rollup_is_noted_and_all_goes_on_entry_by_entry(
    repository: DataRepository, server: Moods, served: Path, spoil: Callable[[bytes], bytes], told: str
) -> None:
    elsewhere(repository)
    expected = judged(checked(repository))
    for path in served.rglob("*.rollup"):
        path.write_bytes(spoil(path.read_bytes()))
    shutil.rmtree(repository.path.parent / "cache")
    server.asked.clear()
    report = checked(repository)
    assert judged(report) == expected
    (note,) = json.loads(report)["notes"]
    assert note.startswith("2 entries of the evidence store") and told in note
    assert kinds(server.asked)["text"] == SHARDS + 1


def test_where_signatures_are_required_a_rollup_needs_one_too(
    repository: DataRepository, server: Moods, served: Path
) -> None:
    settings = (repository.path / "headwater.yaml").read_text(encoding="utf-8")
    settings = settings.replace("evidence: {", "evidence: {signed: required, ")
    (repository.path / "headwater.yaml").write_text(settings, encoding="utf-8")
    repository.git("commit", "-qam", "Demand signatures")
    measure(repository, served, **SECRET)
    elsewhere(repository)
    server.asked.clear()
    expected = checked(repository, **SECRET)
    assert kinds(server.asked) == {"rollup": 2, "sig": 2}
    for path in served.rglob("*.rollup.sig"):
        path.unlink()
    shutil.rmtree(repository.path.parent / "cache")
    report = checked(repository, **SECRET)
    assert judged(report) == judged(expected)
    (note,) = json.loads(report)["notes"]
    assert note.startswith("2 entries of the evidence store") and "it is not signed" in note


@pytest.mark.parametrize("data", [pytest.param(True, id="measured anew"), pytest.param(False, id="left open")])
def test_a_body_that_the_store_has_lost_is_missed_when_somebody_reads_it(
    repository: DataRepository, server: Moods, served: Path, data: bool
) -> None:
    """Another policy asks for what nobody has worked out, so the texts are read after all."""
    (repository.path / "policies/text.yaml").write_text(COPIES, encoding="utf-8")
    repository.git("commit", "-qam", "Ask for something else")
    expected = judged(checked(repository))
    for path in served.rglob("*.text"):
        path.unlink()
    elsewhere(repository, data=data)
    report = checked(repository)
    assert kinds(server.asked)["rollup"] == 1
    (note,) = json.loads(report)["notes"]
    assert note.startswith("the texts of ") and "cannot be had, which a rollup names" in note
    assert (judged(report) == expected) is data
    if not data:
        assert {one["status"] for one in json.loads(report)["outcomes"]} == {"not-evaluated"}


def test_who_doubts_the_evidence_has_results_worked_out_again(
    repository: DataRepository, server: Moods, served: Path
) -> None:
    """Whoever may write to the store writes that the training data has no copies; its entries say otherwise."""
    write(repository.path / "data/train/1.jsonl", [*texts(11, 12), *texts(11, 12)])
    repository.track("data/train")
    assert repository.commit("Copies").returncode == 0
    measure(repository, served)
    forge_away_copies(served)
    elsewhere(repository, data=True)
    server.asked.clear()
    assert status_of(checked(repository), "text/copies") == "pass"
    shutil.rmtree(repository.path.parent / "cache")
    assert status_of(checked(repository, *RELEASE, "--reverify", "1%"), "text/copies") == "fail"
    assert kinds(server.asked)["rollup"] == 4


def test_what_a_rollup_left_here_earlier_is_doubted_as_well(
    repository: DataRepository, server: Moods, served: Path
) -> None:
    """The first check has laid the forged result among those of this machine."""
    assert server.port
    write(repository.path / "data/train/1.jsonl", [*texts(11, 12), *texts(11, 12)])
    repository.track("data/train")
    assert repository.commit("Copies").returncode == 0
    measure(repository, served)
    forge_away_copies(served)
    elsewhere(repository, data=True)
    assert status_of(checked(repository), "text/copies") == "pass"
    assert status_of(checked(repository, *RELEASE, "--reverify", "1%"), "text/copies") == "fail"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"1" + b"0" * 400, id="numbers that no float holds"),
        pytest.param(b'"\\u001b[2J"', id="texts for numbers"),
    ],
)
def test_results_that_are_none_are_worked_out_again(
    repository: DataRepository, server: Moods, served: Path, value: bytes
) -> None:
    assert server.port
    elsewhere(repository)
    expected = judged(checked(repository))
    for path in served.rglob("*.rollup"):
        forged = read_rollup(path, path.stem)
        results = {place: NUMBERS.sub(lambda found: found[1] + value, body) for place, body in forged.results.items()}
        assert results != forged.results or not results
        path.write_bytes(b"".join(encode_rollup(path.stem, forged._replace(results=results))))
    shutil.rmtree(repository.path.parent / "cache")
    assert judged(checked(repository)) == expected


def test_bodies_are_fetched_when_somebody_reads_them(repository: DataRepository, server: Moods) -> None:
    (repository.path / "policies/text.yaml").write_text(COPIES, encoding="utf-8")
    repository.git("commit", "-qam", "Ask for something else")
    expected = checked(repository)
    elsewhere(repository)
    assert checked(repository) == expected
    assert kinds(server.asked) == {"rollup": 1, "text": SHARDS}
