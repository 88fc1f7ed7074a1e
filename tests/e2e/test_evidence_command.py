"""`headwater evidence` on a real repository, its stores on real servers: what a team does with what it measured."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.data_repository import DataRepository, build
from objects.servers import S3Server, s3_server

SECRET = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """Two shards, measured: two entries each, and the list of them."""
    repository = build(tmp_path_factory.mktemp("evidence"))
    done = repository.headwater("measure")
    assert done.returncode == 0, done.stderr
    return repository


@pytest.fixture
def repository(measured: DataRepository, tmp_path: Path) -> DataRepository:
    """A copy, with the cache of the machine that measured it."""
    shutil.copytree(measured.path.parent, tmp_path / "home", symlinks=True)
    return DataRepository(tmp_path / "home" / "data-repository")


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """The environment of another machine, which has measured nothing."""
    return {"XDG_CACHE_HOME": str(tmp_path / "elsewhere")}


def entries_of(repository: DataRepository) -> list[Path]:
    folder = repository.path.parent / "cache" / "headwater" / "measurements"
    return sorted(path for path in folder.glob("??/*") if path.suffix in (".json", ".text", ".list"))


def said(repository: DataRepository, *arguments: str, code: int = 0, env: dict[str, str] | None = None) -> str:
    done = repository.headwater("evidence", *arguments, env=env)
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout if code in (0, 1, 3) else done.stderr


def settle(repository: DataRepository, text: str) -> None:
    (repository.path / "headwater.yaml").write_text(text)
    repository.git("add", "headwater.yaml")
    repository.git("commit", "--quiet", "-m", "Share evidence")


def test_ls_names_the_shards_and_what_belongs_to_none(repository: DataRepository) -> None:
    stray = entries_of(repository)[0].parents[1] / "00" / f"{'00' * 32}.json"
    stray.parent.mkdir(exist_ok=True)
    stray.write_text("{}")
    lines = said(repository, "ls").splitlines()
    assert [line.split()[1:2] + line.split()[3:] for line in lines[:5]] == [
        ["list", "data/train"],
        ["composition", "data/train", "a.jsonl"],
        ["text", "data/train", "a.jsonl"],
        ["composition", "data/train", "b.jsonl"],
        ["text", "data/train", "b.jsonl"],
    ]
    assert lines[5].split() == ["000000000000", "composition", "2", "-"]
    assert lines[6].endswith("measurements, 5 of them about shards of this repository")
    told = json.loads(said(repository, "ls", "--json"))
    assert told["schema"] == "headwater/evidence/v1"
    assert [(row["kind"], row["dataset"], row["shard"]) for row in told["entries"]][::5] == [
        ("list", "data/train", None),
        ("composition", None, None),
    ]


def test_verify_names_what_is_damaged(repository: DataRepository) -> None:
    assert "5 entries in " in said(repository, "verify")
    file = next(path for path in entries_of(repository) if path.suffix == ".text")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    lines = said(repository, "verify", code=1).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{file.parent.name}/{file.name} cannot be used as evidence: ")
    assert lines[1].endswith("verified, 1 damaged")
    assert said(repository, "verify", "--remove", code=1).endswith("verified, 1 damaged and removed\n")
    assert "1 measured, 1 known" in repository.headwater("measure").stdout
    assert said(repository, "verify").endswith("verified, 0 damaged\n")


def test_gc_says_first_and_removes_on_demand(repository: DataRepository) -> None:
    stray = entries_of(repository)[0].with_name(f"{entries_of(repository)[0].name[:2]}{'0' * 62}.json")
    stray.write_text("{}")
    assert said(repository, "gc", "--keep", "HEAD").startswith("1 entry (0.0 MB) in ")
    assert stray.exists()
    assert said(repository, "gc", "--keep", "HEAD", "--yes").endswith("removed; 5 entries kept\n")
    assert not stray.exists()
    old = entries_of(repository)[0]
    os.utime(old, (time.time() - 10 * 86400,) * 2)
    assert said(repository, "gc", "--older", "9", "--keep", "HEAD", "--yes").endswith("removed; 5 entries kept\n")
    assert said(repository, "gc", "--older", "9", "--yes").endswith("removed; 4 entries kept\n")
    assert old not in entries_of(repository)


def test_gc_does_not_remove_what_it_cannot_tell(repository: DataRepository) -> None:
    """Without the list of shards nobody knows which evidence a revision uses."""
    shutil.rmtree(repository.path / ".dvc" / "cache")
    assert said(repository, "gc", "--keep", "HEAD", "--yes").endswith("removed; 5 entries kept\n")
    next(path for path in entries_of(repository) if path.suffix == ".list").unlink()
    told = said(repository, "gc", "--keep", "HEAD", "--yes", code=2)
    assert "which evidence data/train uses is not known" in told
    assert "dvc fetch data/train" in told
    assert "headwater evidence push" in told
    assert len(entries_of(repository)) == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(
            ("gc",), "nothing says what is not needed; name --keep REV, --older DAYS, or both", id="gc of all"
        ),
        pytest.param(("gc", "--older", "-1"), "is not a number of days", id="days before today"),
        pytest.param(("gc", "--keep", "nowhere"), "nowhere", id="no such revision"),
        pytest.param(("push",), "no evidence store is named; use --store URL", id="no store"),
        pytest.param(("pull",), "no evidence store is named; use --store URL", id="nor one to pull from"),
        pytest.param(("push", "--store", "https://localhost/x"), "can only be read over https", id="read-only"),
        pytest.param(("push", "--store", "s3://k:s@b/x"), "holds credentials or a query", id="a password"),
        pytest.param(("pull", "--all", "--store", "https://localhost/x"), "cannot be listed over https", id="no list"),
        pytest.param(("push", "--store", "dvc://other/x"), "no remote 'other' is defined", id="no such remote"),
        pytest.param(("push", "--store", "dvc://store/../x"), "names no folder of a DVC remote", id="out of a remote"),
        pytest.param(("push", "--store", "dvc://store"), "names no folder of a DVC remote", id="no folder of it"),
    ],
)
def test_what_cannot_be_done_is_said(repository: DataRepository, arguments: tuple[str, ...], told: str) -> None:
    assert told in said(repository, *arguments, code=2)


def test_outside_of_a_repository_entries_are_shown_all_the_same(repository: DataRepository, tmp_path: Path) -> None:
    outside = DataRepository(tmp_path / "home" / "outside")
    outside.path.mkdir()
    assert said(outside, "ls").splitlines()[-1].startswith("5 entries (")
    shared = f"{tmp_path}/shared"
    assert said(outside, "push", "--all", "--store", shared).startswith("5 entries pushed")
    assert said(outside, "verify", "--store", shared).endswith("verified, 0 damaged\n")


def test_a_team_shares_through_its_dvc_remote(repository: DataRepository, elsewhere: dict[str, str]) -> None:
    """The second machine has no data: the check reads no shard."""
    settle(repository, "evidence: {stores: ['dvc://store/evidence'], signed: required}\n")
    signing = {"HEADWATER_EVIDENCE_KEY": SECRET}
    assert said(repository, "push", env=signing).startswith("5 entries pushed to ")
    assert said(repository, "push", env=signing).startswith("0 entries pushed")
    assert len(list((repository.path.parent / "store" / "evidence" / "v1").glob("??/*.sig"))) == 5
    repository.run("dvc", "gc", "--quiet", "--force", "--workspace", "--cloud")
    assert len(list((repository.path.parent / "store" / "evidence" / "v1").glob("??/*"))) == 11
    unsigned = said(repository, "pull", code=3, env=elsewhere)
    assert "its signature cannot be checked: HEADWATER_EVIDENCE_KEY is not set" in unsigned
    assert said(repository, "pull", env={**elsewhere, **signing}) == "5 entries pulled, 1 here already\n"
    assert said(repository, "pull", env={**elsewhere, **signing}) == "0 entries pulled, 6 here already\n"
    shutil.rmtree(repository.path / ".dvc" / "cache")
    assert not (repository.path.parent / "store" / "files").exists()
    done = repository.headwater("measure", env=elsewhere)
    assert "0 measured, 2 known" in done.stdout, done.stdout + done.stderr


def test_a_store_in_the_repository_is_refused(repository: DataRepository) -> None:
    settle(repository, f"evidence: {{stores: ['{repository.path}/evidence']}}\n")
    assert "where a change could bring along its own evidence" in said(repository, "pull", code=2)


def test_a_relative_store_or_a_password_is_refused_with_its_line(repository: DataRepository) -> None:
    settle(repository, "evidence:\n  stores: ['s3://key:secret@bucket/x']\n")
    told = said(repository, "pull", code=2)
    assert "headwater.yaml:2" in told
    assert "credentials belong to the machine that asks" in told


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("moto") / "log") as server:
        yield server


def test_s3_as_a_store_by_url_and_as_a_dvc_remote(
    repository: DataRepository, elsewhere: dict[str, str], s3: S3Server
) -> None:
    credentials = {"AWS_ACCESS_KEY_ID": s3.key, "AWS_SECRET_ACCESS_KEY": s3.secret, "AWS_DEFAULT_REGION": "us-east-1"}
    by_url = {**credentials, "AWS_ENDPOINT_URL_S3": s3.url}
    assert said(repository, "push", "--store", "s3://team/by-url", env=by_url).startswith("5 entries pushed")
    assert said(repository, "pull", "--store", "s3://team/by-url", env={**elsewhere, **by_url}).startswith("6 entries")
    repository.run("dvc", "remote", "add", "--quiet", "cloud", "s3://team/data")
    repository.run("dvc", "remote", "modify", "cloud", "endpointurl", s3.url)
    repository.git("add", ".dvc/config")
    pushed = said(repository, "push", "--store", "dvc://cloud/evidence", env=credentials)
    assert pushed == "5 entries pushed to s3://team/data/evidence, 0 there already; rolled up for 1 of its datasets\n"
    listed = said(repository, "ls", "--store", "dvc://cloud/evidence", env=credentials)
    assert listed.splitlines()[-1].endswith("in s3://team/data/evidence, 6 of them about shards of this repository")
    told = said(repository, "pull", "--store", "dvc://cloud/evidence", env={**elsewhere, **credentials})
    assert told == "0 entries pulled, 6 here already\n"
