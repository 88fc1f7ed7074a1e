"""The demo's repository is one that DVC itself finds in order."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from checker.demo.repository import SHARE, human_records, write_unknown_shard
from checker.demo.workshop import Workshop
from checker.errors import HeadwaterError

PROVENANCE = {
    "id",
    "text",
    "source",
    "collected_at",
    "license",
    "capture_method",
    "origin",
    "origin_confidence",
    "topic",
}


def _rows(workshop: Workshop, path: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in workshop.read(path).splitlines()]


def test_dvc_finds_nothing_to_do(built: Workshop) -> None:
    assert json.loads(built.run("dvc", "status", "--json").output) == {}


def test_everything_was_pushed(built: Workshop) -> None:
    assert built.run("dvc", "status", "--cloud").output.strip().endswith("in sync.")


def test_every_record_states_where_it_comes_from(built: Workshop) -> None:
    shards = sorted((built.data / "data").rglob("*.jsonl"))
    assert len(shards) >= 14
    for shard in shards:
        for row in _rows(built, shard.relative_to(built.data).as_posix()):
            assert row.keys() >= PROVENANCE, shard
            assert all(row[name] not in ("", None) for name in PROVENANCE), shard


def test_the_mixture_holds_every_human_record_and_the_stated_share(built: Workshop) -> None:
    for name, count in human_records(built).items():
        rows = _rows(built, f"data/train/{name}")
        assert sum(row["origin"] == "human" for row in rows) == count
        assert sum(row["origin"] == "machine" for row in rows) / len(rows) == pytest.approx(SHARE, abs=0.01)


def test_the_model_is_an_ancestor_of_the_mixture(built: Workshop) -> None:
    lock = built.read("dvc.lock")
    assert lock.index("models/trigram.model") < lock.index("path: data/train")
    assert lock.count("data/handbook\n") == 2


def test_the_unknown_shard_is_real_text_without_an_origin(workshop: Workshop, built: Workshop) -> None:
    count = write_unknown_shard(workshop)
    rows = _rows(workshop, "data/legal/found-on-a-drive.jsonl")
    assert len(rows) == count >= 3
    assert not any(name.startswith("origin") for row in rows for name in row)
    known = {row["text"] for name in ("python-license", "python-source-notices") for row in _known(built, name)}
    assert known.isdisjoint(row["text"] for row in rows)


def _known(built: Workshop, name: str) -> list[dict[str, object]]:
    path = f"data/legal/{name}.jsonl"
    return _rows(built, path) if (built.data / path).is_file() else []


def test_an_outer_git_and_its_settings_do_not_leak_in(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "PRE_COMMIT", "SKIP", "DVC_REMOTE", "PYTHONPATH"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.delenv("HOME", raising=False)
    assert "/nowhere" not in workshop.environment().values()
    workshop.run("git", "init", "-q")
    workshop.run("git", "commit", "-q", "--allow-empty", "-m", "Nobody is configured here")
    author = workshop.run("git", "log", "-1", "--format=%an").output.strip()
    assert author == "A Contributor"
    assert os.environ["GIT_DIR"] == "/nowhere"


def test_a_program_that_fails_is_shown_with_its_last_words(workshop: Workshop) -> None:
    with pytest.raises(HeadwaterError, match="git rev-parse HEAD ended with 128: fatal: not a git repository"):
        workshop.run("git", "rev-parse", "HEAD")


def test_a_program_that_is_not_there_is_named(workshop: Workshop) -> None:
    assert not workshop.has("no-such-program")
    with pytest.raises(HeadwaterError, match="no-such-program is not installed; install it"):
        workshop.run("no-such-program")


def test_a_commit_in_the_built_repository_needs_no_hook_of_the_user(built: Workshop) -> None:
    hooks = subprocess.run(
        ["git", "config", "--get", "core.hooksPath"], cwd=built.data, env=dict(built.environment()), capture_output=True
    )
    assert hooks.returncode == 1
