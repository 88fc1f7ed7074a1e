"""`headwater init` on real repositories: what it writes is valid, true, and never in place of something else."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import repos
from e2e.data_repository import CARD, HOOKS, DataRepository, empty, write_shard

from checker import cli

WORKFLOW = ".github/workflows/headwater.yml"
CONFIG = ".pre-commit-config.yaml"
POLICY = "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: ours}\nextends: [{pack: baseline@1}]\n"


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own, no question on a terminal of whoever runs the tests."""
    monkeypatch.setenv("HEADWATER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setattr(sys, "stdin", io.StringIO())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """Training data in JSONL, gold in one file, evaluation data in Parquet, notes of patients under odd names."""
    import pyarrow
    import pyarrow.parquet

    repository = empty(tmp_path_factory.mktemp("mixed"))
    top = repository.path
    write_shard(top / "data/train/a.jsonl", 90, 10)
    write_shard(top / "data/train/b.jsonl", 100, 0)
    write_shard(top / "data/gold.jsonl", 50, 0)
    (top / "data/eval").mkdir()
    table = {"question": [f"Which way leads from the square to the river, number {i}?" for i in range(30)]}
    pyarrow.parquet.write_table(pyarrow.table(table), top / "data/eval/q.parquet")
    (top / "data/clinical").mkdir()
    rows = [
        {"Body Text": f"The patient of room {i} has slept well and eats again.", "sourceUrl": "x"} for i in range(9)
    ]
    (top / "data/clinical/n.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    repository.track("data/train", "data/gold.jsonl", "data/eval", "data/clinical")
    repository.git("commit", "--quiet", "-m", "As it is")
    return repository


@pytest.fixture(scope="module")
def bare_template(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    repository = empty(tmp_path_factory.mktemp("bare"))
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "-m", "dvc init")
    return repository


@pytest.fixture
def mixed(template: DataRepository, tmp_path: Path) -> DataRepository:
    return copied(template, tmp_path)


@pytest.fixture
def nothing(bare_template: DataRepository, tmp_path: Path) -> DataRepository:
    return copied(bare_template, tmp_path)


def copied(template: DataRepository, folder: Path) -> DataRepository:
    shutil.copytree(template.path, folder / "data-repository", symlinks=True)
    return DataRepository(folder / "data-repository")


def init(repository: DataRepository, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    return said(repository, capsys, "init", *words, code=code)


def said(repository: DataRepository, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    ended = cli.main([*words, "-C", str(repository.path)])
    shown = capsys.readouterr()
    assert ended == code, shown
    return shown.out + shown.err


def lint(repository: DataRepository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(repository.path)
    assert cli.main(["policy", "lint"]) == 0, capsys.readouterr()
    return capsys.readouterr().out


def text(repository: DataRepository, path: str) -> str:
    return (repository.path / path).read_text()


def loaded(repository: DataRepository, path: str) -> Any:
    from checker import safeyaml

    return safeyaml.load((repository.path / path).read_bytes(), path, strict=False).data


def front_matter(repository: DataRepository, path: str) -> Any:
    import yaml

    return yaml.safe_load(text(repository, path).split("---\n")[1])


def test_it_finds_roles_fields_domains_and_formats(mixed: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    shown = init(mixed, capsys)
    assert "data/train: train; 2 shards (jsonl); 200 records: 190 human, 10 machine; no card" in shown
    assert "data/eval: eval; 1 shard (parquet); 30 records: 30 unknown; no card" in shown
    assert loaded(mixed, "headwater.yaml")["datasets"] == [
        {
            "path": "data/clinical",
            "role": "other",
            "domain": "health",
            "fields": {"text": "Body Text", "url": "sourceUrl"},
        },
        {"path": "data/eval", "role": "eval", "fields": {"text": "question"}},
        {"path": "data/gold.jsonl", "role": "gold"},
        {"path": "data/train", "role": "train"},
    ]


def test_it_chooses_packs_by_what_is_there(mixed: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    init(mixed, capsys)
    packs = [entry["pack"] for entry in loaded(mixed, "policies/data-repository.yaml")["extends"]]
    assert packs == ["baseline@1", "model-collapse@1"]
    narrow = loaded(mixed, "policies/data-repository-high-stakes.yaml")
    assert narrow["extends"] == [{"pack": "high-stakes@1"}]
    assert narrow["select"] == {"datasets": ["data/clinical"]}


def test_what_it_writes_is_valid_and_gives_a_first_answer(
    mixed: DataRepository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    init(mixed, capsys)
    assert "0 faults" in lint(mixed, capsys, monkeypatch)
    mixed.git("add", "--all")
    shown = said(mixed, capsys, "check", "--all", code=1)
    assert "dataset data/train" in shown
    assert "card-truthful" not in shown.partition("not evaluated:")[0]  # no stub contradicts its data


def test_every_yaml_file_names_its_schema_first(mixed: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    init(mixed, capsys)
    for path in ("headwater.yaml", "policies/data-repository.yaml", "policies/data-repository-high-stakes.yaml"):
        line = text(mixed, path).splitlines()[0]
        assert line.startswith("# yaml-language-server: $schema=")
        schema = (mixed.path / path).parent / line.partition("$schema=")[2]
        assert json.loads(schema.read_text())["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_card_says_what_was_measured_and_leaves_the_rest_open(
    mixed: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    init(mixed, capsys)
    card = front_matter(mixed, "data/train.md")
    assert card == {
        "pretty_name": "train",
        "license": "cc-by-4.0",
        "language": ["en"],
        "size_categories": ["n<1K"],
        "headwater": {
            "size_records": 200,
            "synthetic": True,
            "synthetic_share": 0.05,
            "sources": "[More Information Needed]",
            "collection_period": "[More Information Needed]",
        },
    }
    assert front_matter(mixed, "data/gold.md")["headwater"]["synthetic"] is False


def test_what_nobody_knows_is_neither_human_nor_machine(
    mixed: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    init(mixed, capsys)
    card = front_matter(mixed, "data/eval.md")
    assert card["headwater"]["synthetic"] == card["license"] == "[More Information Needed]"
    assert "synthetic_share" not in card["headwater"]
    mixed.git("add", "--all")
    shown = said(mixed, capsys, "check", "--all", code=1)
    assert "card-required, field synthetic\n    what:  data/eval.md: synthetic" in shown


def test_data_that_is_not_here_leaves_the_card_open(mixed: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(mixed.path / ".dvc/cache")
    shown = init(mixed, capsys)
    assert "records" not in shown.partition("wrote")[0]
    assert front_matter(mixed, "data/train.md")["headwater"]["size_records"] == "[More Information Needed]"


def test_twice_changes_nothing(mixed: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    init(mixed, capsys)
    before = {
        path: path.read_bytes() for path in sorted(mixed.path.rglob("*")) if path.is_file() and ".git/" not in str(path)
    }
    again = init(mixed, capsys)
    assert "wrote" not in again
    for path in ("headwater.yaml", WORKFLOW):
        assert f"kept     {path} is there already" in again
    assert {path: path.read_bytes() for path in before} == before


def test_nothing_is_overwritten(mixed: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    mine = {
        "headwater.yaml": "datasets: [{path: data/train, role: train}]\n",
        "policies/ours.yaml": "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: ours, version: 1.0.0}\n"
        "extends: [{pack: baseline@1}]\n",
        "data/train.md": CARD,
        CONFIG: HOOKS,
        WORKFLOW: "name: mine\n",
    }
    for path, content in mine.items():
        (mixed.path / path).parent.mkdir(parents=True, exist_ok=True)
        (mixed.path / path).write_text(content)
    shown = init(mixed, capsys)
    assert {path: text(mixed, path) for path in mine} == mine
    assert "kept     policies/ours.yaml is the policy already" in shown
    assert f"kept     {CONFIG} names headwater already" in shown
    assert not (mixed.path / "policies/data-repository.yaml").exists()


def test_a_dry_run_shows_and_writes_nothing(mixed: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    before = mixed.git("status", "--porcelain").stdout
    shown = init(mixed, capsys, "--dry-run")
    assert "would write headwater.yaml" in shown
    assert "  |   - path: data/train" in shown
    assert mixed.git("status", "--porcelain").stdout == before


def test_an_empty_repository_is_set_up_too(
    nothing: DataRepository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = init(nothing, capsys)
    assert "data-repository: 0 datasets" in shown
    assert "track data with `dvc add`" in shown
    assert loaded(nothing, "policies/data-repository.yaml")["extends"] == [{"pack": "baseline@1"}]
    lint(nothing, capsys, monkeypatch)
    nothing.git("add", "--all")
    said(nothing, capsys, "check", "--all")


def test_a_dvc_repository_in_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = repos.init(tmp_path / "repo")
    config = '[core]\n    remote = store\n[remote "store"]\n    url = ../store\n'
    repo.commit({"ml/.dvc/config": config, "ml/data/train.csv.dvc": repos.dvc_file("train.csv")})
    shown = init(DataRepository(repo.folder / "ml"), capsys)
    assert "ml/data/train.csv: train" in shown
    assert "name a default remote" not in shown
    assert (repo.folder / "headwater.yaml").is_file()
    assert (repo.folder / "ml/data/train.md").is_file()


def test_without_a_default_remote_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = repos.init_dvc(tmp_path / "repo")
    repo.commit({"train.csv.dvc": repos.dvc_file("train.csv")})
    assert "name a default remote (`dvc remote add --default NAME URL`)" in init(DataRepository(repo.folder), capsys)


def test_not_a_git_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "git" in init(DataRepository(tmp_path), capsys, code=2)
    assert list(tmp_path.glob("*.yaml")) == []


def test_not_a_dvc_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = repos.init(tmp_path / "plain")
    repository.commit({"a.txt": "x"})
    shown = init(DataRepository(repository.folder), capsys, code=2)
    assert "holds no DVC repository" in shown
    assert "dvc init" in shown


@pytest.mark.parametrize("link", ["policies", ".github", ".headwater"])
def test_no_symlink_is_written_through(nothing: DataRepository, capsys: pytest.CaptureFixture[str], link: str) -> None:
    victim = nothing.path.parent / "victim"
    victim.mkdir()
    (nothing.path / link).symlink_to(victim)
    assert f"skipped  {link} is a symlink, which is not written through" in init(nothing, capsys)
    assert list(victim.iterdir()) == []


def test_settings_behind_a_symlink_are_refused(nothing: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    victim = nothing.path.parent / "victim"
    (nothing.path / "headwater.yaml").symlink_to(victim)
    assert "headwater.yaml is a symlink" in init(nothing, capsys, code=2)
    assert not victim.exists()


def test_a_gitlab_repository_gets_words_instead_of_a_workflow(
    nothing: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    (nothing.path / ".gitlab-ci.yml").write_text("stages: [test]\n")
    shown = init(nothing, capsys)
    assert "include the job in .gitlab-ci.yml" in shown
    assert "       include:" in shown
    assert not (nothing.path / WORKFLOW).exists()
    assert text(nothing, ".gitlab-ci.yml") == "stages: [test]\n"


def test_a_named_source_stands_in_hooks_and_workflow(
    nothing: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    init(nothing, capsys, "--repo", "https://github.com/acme/headwater.git", "--rev", "v1.2.3")
    hooks = loaded(nothing, CONFIG)["repos"][-1]
    assert hooks["repo"] == "https://github.com/acme/headwater.git"
    assert hooks["rev"] == "v1.2.3"
    assert {hook["id"] for hook in hooks["hooks"]} == {"headwater-commit", "headwater-push", "headwater-policy"}
    assert "uses: acme/headwater@v1.2.3" in text(nothing, WORKFLOW)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--repo", "https://x.org/h"), id="a source without a revision"),
        pytest.param(("--rev", "v1"), id="a revision without a source"),
        pytest.param(("--repo", "https://x.org/h", "--rev", "v1\nrun: evil"), id="a line end in the revision"),
        pytest.param(("--repo", "https://x.org/{h}", "--rev", "v1"), id="signs of YAML in the source"),
    ],
)
def test_a_source_that_cannot_be_written_is_refused(
    nothing: DataRepository, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert "headwater: " in init(nothing, capsys, *words, code=2)
    assert not (nothing.path / "headwater.yaml").exists()


class Terminal(io.StringIO):
    """Somebody at a keyboard."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "packs"),
    [
        pytest.param("\n" * 9, ["baseline@1", "model-collapse@1"], id="every default"),
        pytest.param("n\n" + "y\n" * 9, ["baseline@1"], id="no to the first"),
        pytest.param("", ["baseline@1"], id="the end of input is no consent"),
    ],
)
def test_on_a_terminal_it_asks_for_each_choice(
    mixed: DataRepository,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    packs: list[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    shown = init(mixed, capsys)
    assert "Extend model-collapse@1, since data/gold.jsonl is gold to hold training data against? [Y/n]" in shown
    assert [entry["pack"] for entry in loaded(mixed, "policies/data-repository.yaml")["extends"]] == packs
    assert (mixed.path / CONFIG).exists() == bool(typed)


def test_without_a_terminal_or_with_yes_it_asks_nothing(
    mixed: DataRepository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "[Y/n]" not in init(mixed, capsys, "--dry-run")
    monkeypatch.setattr(sys, "stdin", Terminal("n\n" * 9))
    assert "[Y/n]" not in init(mixed, capsys, "--yes")
    assert (mixed.path / CONFIG).exists()


def test_names_from_the_repository_cannot_steer_the_terminal_or_a_file(
    nothing: DataRepository,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = 'data/train "x": #y\u202e'
    out = repos.dvc_file(json.dumps(name.rpartition("/")[2]))
    (nothing.path / "data").mkdir()
    (nothing.path / f"{name}.dvc").write_text(out)
    shown = init(nothing, capsys)
    assert "\u202e" not in shown
    assert loaded(nothing, "headwater.yaml")["datasets"] == [{"path": name, "role": "train"}]
    lint(nothing, capsys, monkeypatch)


def test_a_file_that_is_kept_cannot_steer_the_terminal(
    nothing: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    (nothing.path / "policies").mkdir()
    (nothing.path / "policies/\x1b[2Jours.yaml").write_text(POLICY)
    shown = init(nothing, capsys, "--dry-run")
    assert "ours.yaml is the policy already" in shown
    assert "\x1b" not in shown
