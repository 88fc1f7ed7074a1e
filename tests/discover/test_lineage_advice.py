"""The advice on a broken trail is a command: typed at the top of the git repository, it mends the trail."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from repos import GitRepo, init

from checker.discover import discover, lineage_of, open_repository
from checker.discover.manifest import read_manifest
from checker.model.dataset import DatasetVersion, Shard
from checker.model.lineage import Gap, GapKind

PIPELINE = """\
stages:
  clean:
    foreach: [en, de]
    do:
      cmd: cp raw/${item}.txt ${item}.txt
      deps:
        - raw/${item}.txt
      outs:
        - ${item}.txt
"""


@pytest.fixture
def monorepo(tmp_path: Path) -> GitRepo:
    """Two DVC repositories below one git repository, which is none itself; one has a pipeline that never ran."""
    repo = init(tmp_path / "monorepo")
    for folder in ("speech", "text corpus"):
        (repo.folder / folder).mkdir()
        repo.dvc("--cd", folder, "init", "-q", "--subdir")
    for language in ("en", "de"):
        repo.write(f"text corpus/raw/{language}.txt", f"{language}\n")
    repo.dvc("--cd", "text corpus", "add", "-q", "raw")
    repo.write("text corpus/dvc.yaml", PIPELINE)
    repo.commit()
    return repo


def gaps(repo: GitRepo, path: str) -> tuple[Gap, ...]:
    """Where the stages behind a dataset did not run as they are written."""
    found = discover(open_repository(repo.folder).revision("HEAD"))
    cache = repo.folder / "text corpus" / ".dvc" / "cache" / "files" / "md5"

    def shards_of(asked: DatasetVersion) -> tuple[Shard, ...] | None:
        if asked.hash is None:
            return None
        file = cache / asked.hash[:2] / asked.hash[2:]
        return read_manifest(file.read_bytes(), asked.hash, of=asked.path)

    version = next(version for version in found.versions if version.path == path)
    return tuple(gap for gap in lineage_of(version, found, shards_of).gaps if gap.kind is not GapKind.ROOT_UNKNOWN)


def follow(repo: GitRepo, advice: str) -> str:
    """Run the command between the backticks, as a person would; what is to be committed."""
    _, command, rest = advice.split("`")
    words = shlex.split(command)
    assert words[0] == "dvc"
    repo.dvc(*words[1:])
    repo.commit()
    return rest.removeprefix(" and commit ")


def test_the_advice_for_a_pipeline_that_never_ran(monorepo: GitRepo) -> None:
    (gap,) = gaps(monorepo, "text corpus/en.txt")

    lock = follow(monorepo, gap.fix)

    assert (monorepo.folder / lock).is_file()
    assert gaps(monorepo, "text corpus/en.txt") == ()


def test_the_advice_for_one_stage_of_a_repository_in_a_folder(monorepo: GitRepo) -> None:
    monorepo.dvc("--cd", "text corpus", "repro", "-q")
    monorepo.write("text corpus/raw/en.txt", "changed\n")
    monorepo.dvc("--cd", "text corpus", "add", "-q", "raw")
    monorepo.commit()
    (gap,) = gaps(monorepo, "text corpus/en.txt")

    assert gap.fix == "run `dvc --cd 'text corpus' repro clean@en` and commit text corpus/dvc.lock"
    follow(monorepo, gap.fix)

    assert gaps(monorepo, "text corpus/en.txt") == ()


def test_the_advice_for_an_output_that_a_stage_no_longer_makes(monorepo: GitRepo) -> None:
    monorepo.dvc("--cd", "text corpus", "repro", "-q")
    definition = monorepo.folder / "text corpus" / "dvc.yaml"
    definition.write_text(definition.read_text().replace("      deps:\n        - raw/${item}.txt\n", ""))
    monorepo.commit()
    (gap,) = gaps(monorepo, "text corpus/de.txt")

    assert "--force" in gap.fix
    follow(monorepo, gap.fix)

    assert gaps(monorepo, "text corpus/de.txt") == ()


def test_the_advice_for_a_source_that_is_no_longer_tracked(monorepo: GitRepo) -> None:
    monorepo.dvc("--cd", "text corpus", "repro", "-q")
    monorepo.commit()
    monorepo.git("rm", "-q", "text corpus/raw.dvc")
    monorepo.write("text corpus/.gitignore", "/en.txt\n/de.txt\n")
    monorepo.git("commit", "-q", "--all", "-m", "Stop tracking the texts")
    english, german = (gaps(monorepo, f"text corpus/{name}.txt")[0].fix for name in ("en", "de"))

    assert english == ("run `git add 'text corpus/raw/en.txt'` or `dvc --cd 'text corpus' add raw/en.txt`")
    monorepo.dvc(*shlex.split(german.split("`")[3])[1:])
    monorepo.commit()

    assert gaps(monorepo, "text corpus/de.txt") == ()
