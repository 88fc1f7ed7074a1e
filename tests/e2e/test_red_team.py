"""Attacks on the gate that got through once: a change that hides its data, its policy or its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import pytest
from e2e.data_repository import DataRepository, record


def rows(humans: int, machines: int = 0) -> bytes:
    """Records as JSON Lines."""
    made = [record(number) for number in range(humans)] + [record(number, "machine") for number in range(machines)]
    return "".join(json.dumps(row) + "\n" for row in made).encode()


def keep(repository: DataRepository, data: bytes, suffix: str = "") -> str:
    """Put bytes into the DVC cache as an attacker with a remote may; the hash is returned."""
    name = hashlib.md5(data, usedforsecurity=False).hexdigest() + suffix
    place = repository.path / ".dvc/cache/files/md5" / name[:2] / name[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.write_bytes(data)
    return name


def point(repository: DataRepository, files: Mapping[str, bytes], name: str = "data/train") -> None:
    """Let a `.dvc` file name a dataset of these files."""
    entries = [{"md5": keep(repository, data), "relpath": path} for path, data in sorted(files.items())]
    oid = keep(repository, json.dumps(entries).encode(), ".dir")
    folder, _, out = name.rpartition("/")
    (repository.path / folder).mkdir(exist_ok=True)
    (repository.path / f"{name}.dvc").write_text(
        f"outs:\n- md5: {oid}\n  size: 1\n  nfiles: {len(files)}\n  hash: md5\n  path: {out}\n"
    )


def judge(repository: DataRepository, *options: str) -> tuple[int, list[dict[str, object]], str]:
    """Commit all as a proposal, and ask the gate."""
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", "Propose")
    done = repository.headwater("check", "--base", "refs/heads/main", "--format", "json", *options)
    return done.returncode, json.loads(done.stdout)["outcomes"] if done.stdout else [], done.stderr


@pytest.fixture
def proposal(repository: DataRepository) -> DataRepository:
    """On branch `proposal`, as `main` is."""
    repository.git("switch", "--quiet", "-c", "proposal")
    return repository


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("LICENSE.txt", id="records called a license"),
        pytest.param("croissant.json", id="records called a card"),
        pytest.param("part/README.md", id="a read-me below the top folder"),
        pytest.param("ReAdMe.Md", id="a read-me in odd spelling"),
    ],
)
def test_records_under_the_name_of_another_file_are_judged(proposal: DataRepository, path: str) -> None:
    point(proposal, {"a.jsonl": rows(90, 10), path: rows(10, 90)})
    code, outcomes, _ = judge(proposal)
    cap = [outcome for outcome in outcomes if outcome["rule"] == "team/cap" and outcome["scope"] == {"shard": path}]
    assert code == 1
    assert [outcome["status"] for outcome in cap] == ["fail"]


def test_what_lies_beside_the_records_is_not_judged_as_records(proposal: DataRepository) -> None:
    beside = {"LICENSE": b"CC BY 4.0\n", "README.md": b"# Notes\n", "croissant.json": b'{"@context": {}}\n'}
    point(proposal, {"a.jsonl": rows(90, 10), ".gitattributes": b"* text\n", **beside})
    code, outcomes, _ = judge(proposal)
    assert code == 0
    assert {outcome["status"] for outcome in outcomes if outcome["rule"] == "team/cap"} == {"pass"}


def test_a_policy_behind_a_symlink_is_an_error_not_an_absent_policy(repository: DataRepository) -> None:
    policy = repository.path / "policies/team.yaml"
    policy.rename(repository.path / "team.yaml")
    policy.symlink_to("../team.yaml")
    repository.git("add", "--all")
    done = repository.headwater("check", "--staged")
    assert done.returncode == 2
    assert "policies/team.yaml is a symlink, which is not followed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--base", "main"), "main is ambiguous: refs/tags/main and refs/heads/main", id="base"),
        pytest.param(("--base", "main~0"), "main is ambiguous", id="steps from a base"),
        pytest.param(
            ("--base", "HEAD", "--policy-ref", "origin/main"),
            "origin/main is ambiguous: refs/tags/origin/main and refs/remotes/origin/main",
            id="trusted revision",
        ),
        pytest.param(("--rev", "0123456789", "--stage", "pr"), "and an abbreviated id", id="a branch like an id"),
    ],
)
def test_a_tag_does_not_take_the_place_of_a_branch(
    repository: DataRepository, arguments: tuple[str, ...], said: str
) -> None:
    for reference in ("tags/main", "tags/origin/main", "remotes/origin/main", "heads/0123456789"):
        repository.git("update-ref", f"refs/{reference}", "HEAD")
    done = repository.headwater("check", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_data_beside_what_the_policy_selects_does_not_come_in_without_a_word(proposal: DataRepository) -> None:
    point(proposal, {"a.jsonl": rows(0, 100)}, "other/extra")
    code, outcomes, _ = judge(proposal)
    (told,) = (outcome for outcome in outcomes if outcome["rule"] == "headwater/not-judged")
    assert (code, told["status"], told["dataset"]) == (0, "warn", "other/extra")
    assert judge(proposal, "--fail-on", "warn")[0] == 1


def test_the_hash_that_dvc_prefers_is_the_one_that_is_judged(proposal: DataRepository) -> None:
    point(proposal, {"a.jsonl": rows(10, 90)})
    pointer = proposal.path / "data/train.dvc"
    hidden = pointer.read_text().split()[3]
    point(proposal, {"a.jsonl": rows(95, 5)})
    pointer.write_text(f"{pointer.read_text()}  cloud:\n    store:\n      md5: {hidden}\n")
    code, outcomes, _ = judge(proposal)
    assert code == 1
    assert "fail" in {outcome["status"] for outcome in outcomes if outcome["rule"] == "team/cap"}
    proposal.run("dvc", "checkout", "--quiet", "--force")
    assert (proposal.path / "data/train/a.jsonl").read_bytes() == rows(10, 90)


def test_a_report_is_not_written_through_a_symlink_of_the_change(proposal: DataRepository) -> None:
    victim = proposal.path.parent / "victim"
    (proposal.path / "report.html").symlink_to(victim)
    (proposal.path / "out").symlink_to(proposal.path.parent)
    for file in ("report.html", "out/report.html"):
        done = proposal.headwater("check", "--staged", "--format", f"html={file}")
        assert (done.returncode, "is a symlink" in done.stderr) == (2, True)
    assert not victim.exists()
    assert not (proposal.path.parent / "report.html").exists()


@pytest.mark.parametrize(
    "folder",
    [pytest.param(".cache", id="a folder"), pytest.param("link", id="a symlink to a folder of the repository")],
)
def test_a_cache_that_the_repository_brings_along_is_not_believed(repository: DataRepository, folder: str) -> None:
    (repository.path / ".cache").mkdir()
    (repository.path / "link").symlink_to(".cache")
    cache = {"HEADWATER_CACHE_DIR": folder}
    assert repository.headwater("measure", env=cache).returncode == 0
    repository.git("add", "--all", "--force")
    push = ["evidence", "push", "--store", str(repository.path.parent / "shared")]
    for command in (["check"], ["measure"], ["diff", "HEAD"], ["evidence", "ls"], push):
        done = repository.headwater(*command, env=cache)
        assert (done.returncode, done.stdout) == (2, "")
        assert "holds files that the repository brings along, which must not be believed" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("check", "--base", ""), id="base"),
        pytest.param(("check", "--base", "HEAD", "--head", ""), id="head"),
        pytest.param(("check", "--rev", ""), id="revision"),
        pytest.param(("check", "--stage", "pr", "--policy-ref", ""), id="trusted revision"),
        pytest.param(("measure", "--rev", ""), id="revision to measure"),
    ],
)
def test_a_revision_that_a_variable_left_empty_is_not_taken_for_none(
    repository: DataRepository, command: tuple[str, ...]
) -> None:
    done = repository.headwater(*command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "names no revision" in done.stderr
