"""What a newcomer runs into: files that rule nothing, commands from elsewhere, data that goes away."""

from __future__ import annotations

import json
import shutil

import pytest
from e2e.data_repository import CARD, DataRepository

PIPELINE = """\
stages:
  copy:
    cmd: mkdir -p data/made && cp data/train/a.jsonl data/made/a.jsonl
    deps: [data/train/a.jsonl]
    outs: [data/made]
"""


def stage(repository: DataRepository, name: str, content: str) -> None:
    file = repository.path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    repository.git("add", "--all", ".")


def test_a_source_that_is_no_longer_tracked_breaks_what_is_made_of_it(repository: DataRepository) -> None:
    stage(repository, "dvc.yaml", PIPELINE)
    repository.run("dvc", "repro", "--quiet")
    stage(repository, "data/made.md", CARD.replace("synthetic: false", "synthetic: true"))
    assert repository.commit("Make data").returncode == 0

    repository.git("rm", "--quiet", "data/train.dvc")
    done = repository.headwater("check")

    assert done.returncode == 1, done.stdout
    assert "data/train is no longer tracked by DVC" in done.stdout
    assert "fail team/lineage-complete, path data/train/a.jsonl" in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        pytest.param(
            "headwater.yaml",
            "datasets: [{path: data/trian, role: train}]\n",
            "headwater.yaml: the entry for data/trian is for no dataset: DVC tracks no such path",
            id="a typo in a path",
        ),
        pytest.param(
            "headwater.yaml",
            "datasets: [{path: data/**, role: train}, {path: data/train, role: eval}]\n",
            "headwater.yaml: the entry for data/train is for no dataset: an entry before it fits them all",
            id="the first entry that fits wins",
        ),
        pytest.param(
            "headwater.yml",
            "datasets: []\n",
            "headwater.yml is not read: the settings are headwater.yaml",
            id="the other ending",
        ),
        pytest.param(
            "policies/health/strict.yaml",
            "kind: Policy\n",
            "policies/health/strict.yaml is not read: name policies/** under policies in headwater.yaml, "
            "or move it into policies",
            id="a policy in a folder of its own",
        ),
    ],
)
def test_a_file_that_rules_nothing_is_named(repository: DataRepository, name: str, content: str, note: str) -> None:
    stage(repository, name, content)

    done = repository.headwater("check", "--all", "--format", "json")

    assert done.returncode == 0, done.stderr
    assert note in json.loads(done.stdout)["notes"]


def test_settings_that_are_all_used_are_not_named(repository: DataRepository) -> None:
    stage(repository, "headwater.yaml", "datasets: [{path: data/**, role: train}]\npolicies: [policies/**]\n")

    done = repository.headwater("check", "--all", "--format", "json")

    assert json.loads(done.stdout)["notes"] == []


def test_data_that_cannot_be_had_says_what_to_set_up(repository: DataRepository) -> None:
    repository.run("dvc", "remote", "remove", "store")
    stage(repository, "notes.txt", "no remote any more\n")
    repository.git("commit", "--quiet", "--no-verify", "-m", "Take the remote away")
    shutil.rmtree(repository.path / ".dvc" / "cache")

    done = repository.headwater("check", "--stage", "pr", "--format", "json", "--policy-ref", "main")

    assert done.returncode == 3, done.stdout
    head = repository.git("rev-parse", "--short=12", "main").stdout.strip()
    (outcome,) = (each for each in json.loads(done.stdout)["outcomes"] if each["rule"] == "team/cap")
    assert outcome["message"].startswith("data/train (md5 ")
    assert f"and {head}:.dvc/config names no default remote" in outcome["message"]
    assert outcome["message"].endswith(", nor is the list among the evidence")
    assert outcome["fix"].startswith(
        "name one there (`dvc remote add --default NAME URL`), then run `dvc push data/train`"
    )


def test_metadata_that_is_not_yaml_says_what_to_mend(repository: DataRepository) -> None:
    stage(repository, "dvc.yaml", "stages: {a: {cmd: x, deps: [raw/${item}.txt]}}\n")

    done = repository.headwater("check", "--format", "json")

    (outcome,) = (each for each in json.loads(done.stdout)["outcomes"] if each["rule"] == "headwater/dvc-metadata")
    assert outcome["fix"] == "correct dvc.yaml; `dvc status` tells whether DVC can read it"
