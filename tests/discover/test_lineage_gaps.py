"""Where a trail breaks: real DVC makes the repository once, each test breaks one thing in a copy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from repos import GitRepo, init

from checker.discover import Discovery, discover, lineage_of, open_repository
from checker.discover.manifest import read_manifest
from checker.model.dataset import DatasetVersion, Shard
from checker.model.lineage import GapKind, Lineage

PIPELINE = """\
stages:
  clean:
    cmd: sh src/clean.sh
    deps:
    - data/raw.txt
    - src/clean.sh
    params:
    - limit
    - other.json:
      - nested.key
    outs:
    - data/clean
  train:
    cmd: sh src/train.sh
    deps:
    - data/clean/sub
    - data/clean/first.txt
    - src
    - vendor/words.txt
    outs:
    - model.txt
    metrics:
    - metrics.json:
        cache: false
  report:
    cmd: cp model.txt report.txt
    deps:
    - model.txt
    outs:
    - report.txt
"""
CLEAN = (
    "mkdir -p data/clean/sub && head -2 data/raw.txt > data/clean/first.txt && cp data/raw.txt data/clean/sub/all.txt\n"
)
TRAIN = "sort -r data/clean/first.txt > model.txt && echo '{}' > metrics.json\n"


def build(folder: Path) -> GitRepo:
    """Import, add, import by URL, and run three stages: all by DVC itself."""
    registry = init(folder / "registry")
    registry.dvc("init", "-q")
    registry.write("words.txt", "word\n" * 9)
    registry.dvc("add", "-q", "words.txt")
    registry.commit()
    repo = init(folder / "data")
    repo.dvc("init", "-q")
    repo.write("data/raw.txt", "".join(f"line {number}\n" for number in range(20)))
    repo.dvc("add", "-q", "data/raw.txt")
    raw = repo.folder / "data/raw.txt.dvc"
    raw.write_text(raw.read_text() + "  desc: written by hand in March\n")
    (repo.folder / "vendor").mkdir()
    repo.dvc("import", "-q", str(registry.folder), "words.txt", "-o", "vendor/words.txt")
    source = registry.write("source.csv", "a,b\n1,2\n")
    repo.dvc("import-url", "-q", str(source), "vendor/table.csv")
    repo.write("src/clean.sh", CLEAN)
    repo.write("src/train.sh", TRAIN)
    repo.write("params.yaml", "limit: 2\nunused: 1\n")
    repo.write("other.json", '{"nested": {"key": [1, 2]}, "free": 1}')
    repo.write("dvc.yaml", PIPELINE)
    repo.dvc("repro", "-q")
    repo.commit()
    return repo


@pytest.fixture(scope="session")
def trail_template(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    return build(tmp_path_factory.mktemp("trail"))


@pytest.fixture
def repo(trail_template: GitRepo, tmp_path: Path) -> GitRepo:
    return trail_template.copy(tmp_path / "data")


def manifests(repo: GitRepo) -> Callable[[DatasetVersion], tuple[Shard, ...] | None]:
    """The lists of shards out of the cache that DVC filled."""

    def manifest_of(version: DatasetVersion) -> tuple[Shard, ...] | None:
        if version.hash is None:
            return None
        if not version.is_dir:
            return (Shard(version.path.rpartition("/")[2], version.hash),)
        file = repo.folder / ".dvc/cache/files/md5" / version.hash[:2] / version.hash[2:]
        return read_manifest(file.read_bytes(), version.hash, of=version.path) if file.exists() else None

    return manifest_of


def staged(repo: GitRepo) -> Discovery:
    repo.git("add", "-A")
    return discover(open_repository(repo.folder).index())


def trail(repo: GitRepo, path: str = "model.txt") -> Lineage:
    found = staged(repo)
    assert found.problems == ()
    version = next(version for version in found.versions if version.path == path)
    return lineage_of(version, found, manifests(repo))


def breaks(lineage: Lineage) -> list[tuple[GapKind, str]]:
    informing = (GapKind.CROSS_REPOSITORY, GapKind.FROZEN)
    return [(gap.kind, gap.path) for gap in lineage.gaps if gap.kind not in informing]


def replace(repo: GitRepo, path: str, old: str, new: str, count: int = 1) -> None:
    file = repo.folder / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, count))


def test_what_dvc_has_just_made_has_no_gap(repo: GitRepo) -> None:
    for path in ("model.txt", "metrics.json", "report.txt", "data/clean", "data/raw.txt", "vendor/table.csv"):
        lineage = trail(repo, path)
        assert breaks(lineage) == []
        assert lineage.unchecked == ()


def test_the_trail_has_sources_first_and_names_its_roots(repo: GitRepo, trail_template: GitRepo) -> None:
    lineage = trail(repo, "report.txt")
    names = [step.name for step in lineage.steps]
    assert names == ["data/raw.txt.dvc", "dvc.yaml:clean", "vendor/words.txt.dvc", "dvc.yaml:train", "dvc.yaml:report"]
    registry = trail_template.folder.parent / "registry"
    assert lineage.roots == (f"{registry}#words.txt", "data/raw.txt")


def test_imports_and_frozen_stages_only_inform(repo: GitRepo) -> None:
    informed = {(gap.kind, gap.path) for gap in trail(repo).gaps}
    assert informed == {(GapKind.CROSS_REPOSITORY, "vendor/words.txt"), (GapKind.FROZEN, "vendor/words.txt")}
    replace(repo, "dvc.yaml", "    cmd: sh src/clean.sh\n", "    cmd: sh src/clean.sh\n    frozen: true\n")
    assert (GapKind.FROZEN, "data/clean") in {(gap.kind, gap.path) for gap in trail(repo).gaps}
    assert breaks(trail(repo)) == []


def test_only_the_ancestry_counts(repo: GitRepo) -> None:
    replace(repo, "dvc.yaml", "cp model.txt report.txt", "cat model.txt > report.txt")
    assert breaks(trail(repo, "model.txt")) == []
    assert breaks(trail(repo, "report.txt")) == [(GapKind.LOCK_STALE, "report.txt")]


def hash_line(repo: GitRepo, path: str, stage: str, section: str) -> str:
    """The md5 that dvc.lock holds for a path of a stage."""
    text = (repo.folder / "dvc.lock").read_text()
    part = text[text.index(f"  {stage}:\n") :]
    part = part[part.index(f"    {section}:") :]
    return part[part.index(f"path: {path}\n") :].split("md5: ")[1].split()[0]


def test_e1_an_edited_command(repo: GitRepo) -> None:
    replace(repo, "dvc.yaml", "cmd: sh src/clean.sh", "cmd: sh -e src/clean.sh")
    lineage = trail(repo)
    assert breaks(lineage) == [(GapKind.LOCK_STALE, "data/clean")]
    gap = next(gap for gap in lineage.gaps if gap.kind is GapKind.LOCK_STALE)
    assert gap.location.path == "dvc.lock"
    assert (repo.folder / "dvc.lock").read_text().splitlines()[(gap.location.line or 0) - 1] == "  clean:"
    assert gap.fix == "run `dvc repro clean` and commit dvc.lock"


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        pytest.param("params.yaml", "limit: 2", "limit: 3", True, id="value"),
        pytest.param("params.yaml", "limit: 2\n", "", True, id="removed"),
        pytest.param("params.yaml", "unused: 1", "unused: 2", False, id="a value that no stage uses"),
        pytest.param("params.yaml", "limit: 2", "limit: 0x2", False, id="the same number written otherwise"),
        pytest.param("other.json", "[1, 2]", "[1, 3]", True, id="inside a nested list"),
        pytest.param("other.json", '"free": 1', '"free": 2', False, id="beside the nested key"),
        pytest.param("other.json", "{", "[", True, id="a file that is broken now"),
    ],
)
def test_e1_an_edited_parameter(repo: GitRepo, path: str, old: str, new: str, expected: bool) -> None:
    replace(repo, path, old, new)
    assert breaks(trail(repo)) == ([(GapKind.LOCK_STALE, path)] if expected else [])


def test_e1_a_parameter_of_the_whole_file(repo: GitRepo) -> None:
    replace(repo, "dvc.yaml", "    - limit\n", "    - params.yaml:\n")
    assert breaks(trail(repo)) == [(GapKind.LOCK_STALE, "params.yaml")]
    replace(repo, "dvc.lock", "        limit: 2\n", "        limit: 2\n        unused: 1\n")
    assert breaks(trail(repo)) == []


def test_e1_a_pattern_of_parameters_is_unchecked(repo: GitRepo) -> None:
    replace(repo, "dvc.yaml", "    - limit\n", "    - li*\n")
    lineage = trail(repo)
    assert breaks(lineage) == []
    assert [(gap.kind, gap.path) for gap in lineage.unchecked] == [(GapKind.LOCK_STALE, "params.yaml")]


def test_e1_a_dependency_added_and_one_taken(repo: GitRepo) -> None:
    replace(repo, "dvc.yaml", "    - src/clean.sh\n", "    - params.yaml\n")
    messages = [gap.message for gap in trail(repo, "data/clean").gaps]
    assert messages == [
        "the dependency 'params.yaml' was added to 'clean' after it last ran",
        "the dependency 'src/clean.sh' was taken from 'clean' after it last ran",
    ]


def test_e1_an_output_added(repo: GitRepo) -> None:
    replace(repo, "dvc.yaml", "    - model.txt\n    metrics", "    - model.txt\n    - extra.txt\n    metrics")
    assert breaks(trail(repo)) == [(GapKind.NEVER_RUN, "model.txt"), (GapKind.LOCK_STALE, "model.txt")]
    assert breaks(trail(repo, "report.txt"))[:1] == [(GapKind.NEVER_RUN, "model.txt")]


def test_e1_a_stage_that_never_ran(repo: GitRepo) -> None:
    with (repo.folder / "dvc.yaml").open("a") as stream:
        stream.write("  late:\n    cmd: cp report.txt late.txt\n    deps: [report.txt]\n    outs: [late.txt]\n")
    lineage = trail(repo, "late.txt")
    assert breaks(lineage) == [(GapKind.NEVER_RUN, "late.txt")]
    assert "has never run" in lineage.gaps[0].message or "has never run" in lineage.gaps[-1].message


def test_e1_no_lock_at_all(repo: GitRepo) -> None:
    (repo.folder / "dvc.lock").unlink()
    found = staged(repo)
    assert {version.path for version in found.versions if version.hash is None} == {
        "data/clean",
        "model.txt",
        "metrics.json",
        "report.txt",
    }
    assert breaks(trail(repo, "data/clean")) == [(GapKind.LOCK_ABSENT, "data/clean")]


def test_e2_raw_data_changed_and_the_lock_did_not(repo: GitRepo) -> None:
    repo.write("data/raw.txt", "other lines\n")
    repo.dvc("add", "-q", "data/raw.txt")
    lineage = trail(repo)
    assert breaks(lineage) == [(GapKind.EDGE_HASH, "data/raw.txt")]
    gap = next(gap for gap in lineage.gaps if gap.kind is GapKind.EDGE_HASH)
    held = (repo.folder / "dvc.lock").read_text().splitlines()[(gap.location.line or 0) - 1]
    assert gap.location.path == "dvc.lock"
    assert hash_line(repo, "data/raw.txt", "clean", "deps") in held


def test_e2_a_lock_edited_by_hand(repo: GitRepo) -> None:
    made = hash_line(repo, "model.txt", "train", "outs")
    text = (repo.folder / "dvc.lock").read_text()
    start = text.index("  train:\n")
    (repo.folder / "dvc.lock").write_text(text[:start] + text[start:].replace(made, "0" * 31 + "a", 1))
    assert breaks(trail(repo, "report.txt")) == [(GapKind.EDGE_HASH, "model.txt")]


@pytest.mark.parametrize("path", ["data/clean/first.txt", "data/clean/sub"])
def test_e2_a_part_of_a_folder_is_compared_by_the_manifest(repo: GitRepo, path: str) -> None:
    recorded = hash_line(repo, path, "train", "deps")
    forged = "0" * 31 + "a" + (".dir" if recorded.endswith(".dir") else "")
    replace(repo, "dvc.lock", recorded, forged)
    assert breaks(trail(repo)) == [(GapKind.EDGE_HASH, path)]


def test_e2_a_part_that_the_folder_no_longer_has(repo: GitRepo) -> None:
    replace(repo, "dvc.yaml", "    - data/clean/first.txt\n", "    - data/clean/gone.txt\n")
    replace(repo, "dvc.lock", "path: data/clean/first.txt", "path: data/clean/gone.txt")
    lineage = trail(repo)
    assert breaks(lineage) == [(GapKind.EDGE_HASH, "data/clean/gone.txt")]
    assert "'data/clean' holds no 'gone.txt'" in "".join(gap.message for gap in lineage.gaps)


def test_e2_without_the_manifest_a_part_is_unchecked_and_not_a_break(repo: GitRepo) -> None:
    found = staged(repo)
    version = next(version for version in found.versions if version.path == "model.txt")
    lineage = lineage_of(version, found, lambda _: None)
    assert breaks(lineage) == []
    assert [(gap.kind, gap.path) for gap in lineage.unchecked] == [
        (GapKind.EDGE_HASH, "data/clean/sub"),
        (GapKind.EDGE_HASH, "data/clean/first.txt"),
    ]


def test_e2_a_metric_in_git_that_the_stage_did_not_make(repo: GitRepo) -> None:
    repo.write("metrics.json", '{"accuracy": 1.0}\n')
    assert breaks(trail(repo, "metrics.json")) == [(GapKind.EDGE_HASH, "metrics.json")]


def test_e2_a_legacy_lock_of_unchanged_data_has_no_gap(repo: GitRepo) -> None:
    text = (repo.folder / "dvc.lock").read_text()
    (repo.folder / "dvc.lock").write_text(text.replace("      hash: md5\n", ""))
    assert breaks(trail(repo, "report.txt")) == []


def test_e3_a_dependency_that_nobody_tracks(repo: GitRepo) -> None:
    # The same state in which `dvc status` says nothing, because it looks at the disk.
    repo.git("rm", "-q", "--cached", "src/clean.sh")
    repo.write(".gitignore", (repo.folder / ".gitignore").read_text() + "/src/clean.sh\n")
    assert repo.dvc("status").strip() == "Data and pipelines are up to date."
    lineage = trail(repo, "data/clean")
    assert breaks(lineage) == [(GapKind.UNTRACKED, "src/clean.sh")]
    assert "git add src/clean.sh" in lineage.gaps[0].fix


def test_e3_a_parameters_file_that_nobody_tracks(repo: GitRepo) -> None:
    repo.git("rm", "-q", "--cached", "other.json")
    repo.write(".gitignore", (repo.folder / ".gitignore").read_text() + "/other.json\n")
    assert breaks(trail(repo, "data/clean")) == [(GapKind.UNTRACKED, "other.json")]


def test_e3_tracked_code_that_changed_after_the_run(repo: GitRepo) -> None:
    repo.write("src/clean.sh", CLEAN + "# later\n")
    lineage = trail(repo, "data/clean")
    assert breaks(lineage) == [(GapKind.CODE_CHANGED, "src/clean.sh")]
    assert lineage.gaps[0].message == "'src/clean.sh' changed after 'dvc.yaml:clean' last ran"


def test_e3_the_staged_code_counts_not_the_code_on_disk(repo: GitRepo) -> None:
    repo.git("add", "-A")
    repo.write("src/clean.sh", "edited on disk only\n")
    found = discover(open_repository(repo.folder).index())
    version = next(version for version in found.versions if version.path == "data/clean")
    assert breaks(lineage_of(version, found, manifests(repo))) == []


@pytest.mark.parametrize(
    ("on_disk", "in_git", "legacy", "changed"),
    [
        pytest.param(b"a\r\nb\r\n", b"a\nb\n", False, False, id="git turned CRLF into LF"),
        pytest.param(b"a\nb\n", b"a\r\nb\r\n", False, True, id="LF became CRLF"),
        pytest.param(b"a\nb\n", b"a\r\nb\r\n", True, False, id="DVC 2 did not see line ends of text"),
        pytest.param(b"\0a\nb\n", b"\0a\r\nb\n", True, True, id="but saw them in binaries"),
        pytest.param(b"a\n", b"b\n", True, True, id="other bytes"),
        pytest.param(b"", b"", True, False, id="empty file"),
    ],
)
def test_e3_line_ends(repo: GitRepo, on_disk: bytes, in_git: bytes, legacy: bool, changed: bool) -> None:
    hashed = on_disk.replace(b"\r\n", b"\n") if legacy and b"\0" not in on_disk else on_disk
    recorded = hash_line(repo, "src/clean.sh", "clean", "deps")
    text = (repo.folder / "dvc.lock").read_text()
    kind = "" if legacy else "      hash: md5\n"
    old = f"path: src/clean.sh\n      hash: md5\n      md5: {recorded}"
    assert old in text
    new = f"path: src/clean.sh\n{kind}      md5: {hashlib.md5(hashed).hexdigest()}"
    (repo.folder / "dvc.lock").write_text(text.replace(old, new))
    repo.write("src/clean.sh", in_git)
    assert breaks(trail(repo, "data/clean")) == ([(GapKind.CODE_CHANGED, "src/clean.sh")] if changed else [])


def test_e3_a_folder_in_git_proves_when_equal_and_is_unchecked_when_not(repo: GitRepo) -> None:
    assert trail(repo).unchecked == ()
    repo.write("src/train.sh", TRAIN + "# later\n")
    lineage = trail(repo)
    assert breaks(lineage) == []
    assert [(gap.kind, gap.path) for gap in lineage.unchecked] == [(GapKind.CODE_CHANGED, "src")]


def test_e3_links_and_submodules(repo: GitRepo) -> None:
    (repo.folder / "src/clean.sh").rename(repo.folder / "real.sh")
    (repo.folder / "src/clean.sh").symlink_to("../real.sh")
    assert breaks(trail(repo, "data/clean")) == []
    (repo.folder / "src/clean.sh").unlink()
    (repo.folder / "src/clean.sh").symlink_to("/etc/hostname")
    lineage = trail(repo, "data/clean")
    assert breaks(lineage) == []
    assert [gap.path for gap in lineage.unchecked] == ["src/clean.sh"]


def test_e4_added_data_without_a_word_about_its_source(repo: GitRepo) -> None:
    replace(repo, "data/raw.txt.dvc", "  desc: written by hand in March\n", "")
    lineage = trail(repo)
    assert breaks(lineage) == [(GapKind.ROOT_UNKNOWN, "data/raw.txt")]
    assert next(gap for gap in lineage.gaps if gap.kind is GapKind.ROOT_UNKNOWN).location.path == "data/raw.txt.dvc"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        pytest.param("meta: {source: 'https://example.org'}\n", True, id="meta of the file"),
        pytest.param("desc: from the archive\n", True, id="desc of the file"),
        pytest.param("meta: {owner: ada}\n", False, id="meta that names no source"),
        pytest.param("meta: {source: ''}\n", False, id="an empty source"),
        pytest.param("desc: ' '\n", False, id="a blank desc"),
    ],
)
def test_e4_where_a_source_may_be_declared(repo: GitRepo, text: str, known: bool) -> None:
    replace(repo, "data/raw.txt.dvc", "  desc: written by hand in March\n", text)
    assert breaks(trail(repo)) == ([] if known else [(GapKind.ROOT_UNKNOWN, "data/raw.txt")])


def test_e4_a_stage_without_dependencies_makes_data_from_nowhere(repo: GitRepo) -> None:
    with (repo.folder / "dvc.yaml").open("a") as stream:
        stream.write("  dump:\n    cmd: seq 9 > dump.txt\n    outs: [dump.txt]\n")
    with (repo.folder / "dvc.lock").open("a") as stream:
        stream.write(
            f"  dump:\n    cmd: seq 9 > dump.txt\n    outs:\n    - {{path: dump.txt, hash: md5, md5: {'a' * 32}}}\n"
        )
    assert breaks(trail(repo, "dump.txt")) == [(GapKind.ROOT_UNKNOWN, "dump.txt")]


def test_e4_stages_that_feed_each_other_have_no_source(repo: GitRepo) -> None:
    repo.write(
        "ring/dvc.yaml",
        "stages:\n  a: {cmd: a, deps: [y], outs: [x]}\n  b: {cmd: b, deps: [x], outs: [y]}\n",
    )
    entry = "{{path: {0}, hash: md5, md5: {1}}}"
    x, y = entry.format("x", "a" * 32), entry.format("y", "b" * 32)
    repo.write(
        "ring/dvc.lock",
        f"schema: '2.0'\nstages:\n  a: {{cmd: a, deps: [{y}], outs: [{x}]}}\n"
        f"  b: {{cmd: b, deps: [{x}], outs: [{y}]}}\n",
    )
    lineage = trail(repo, "ring/x")
    assert breaks(lineage) == [(GapKind.ROOT_UNKNOWN, "ring/x")]
    assert "leads back to itself" in lineage.gaps[0].message


@pytest.mark.parametrize("name", ["words.txt", "table.csv"])
def test_e5_an_import_that_is_not_locked(repo: GitRepo, name: str) -> None:
    file = repo.folder / f"vendor/{name}.dvc"
    lines = file.read_text().splitlines(keepends=True)
    deps = lines.index("deps:\n")
    outs = lines.index("outs:\n")
    pins = ("rev_lock:", "md5:", "- md5:", "etag:", "hash:", "size:")
    kept = [line for line in lines[deps:outs] if not line.strip().startswith(pins)]
    text = "".join([*lines[:deps], *kept, *lines[outs:]])
    file.write_text(text if name == "words.txt" else text.replace("  path:", "- path:", 1))
    assert breaks(trail(repo, f"vendor/{name}")) == [(GapKind.IMPORT_UNLOCKED, f"vendor/{name}")]


def test_e5_a_branch_name_is_no_lock(repo: GitRepo) -> None:
    file = repo.folder / "vendor/words.txt.dvc"
    lines = file.read_text().splitlines()
    file.write_text("\n".join("    rev_lock: main" if "rev_lock" in line else line for line in lines) + "\n")
    assert breaks(trail(repo)) == [(GapKind.IMPORT_UNLOCKED, "vendor/words.txt")]


def test_e6_another_repository_is_recorded_and_not_followed(repo: GitRepo, trail_template: GitRepo) -> None:
    gap = next(gap for gap in trail(repo).gaps if gap.kind is GapKind.CROSS_REPOSITORY)
    head = GitRepo(trail_template.folder.parent / "registry").git("rev-parse", "HEAD").strip()
    assert head in gap.message
    assert "its own trail is not followed" in gap.message


def test_a_dependency_on_a_folder_that_holds_outputs(repo: GitRepo) -> None:
    with (repo.folder / "dvc.yaml").open("a") as stream:
        stream.write("  all:\n    cmd: ls data > all.txt\n    deps: [data]\n    outs: [all.txt]\n")
    repo.dvc("repro", "-q", "all")
    lineage = trail(repo, "all.txt")
    assert breaks(lineage) == []
    assert lineage.unchecked == ()  # the hash of the whole folder is computed from lists of shards and blobs
    assert "dvc.yaml:clean" in {step.name for step in lineage.steps}
    assert "data/raw.txt.dvc" in {step.name for step in lineage.steps}


def test_a_file_of_one_machine_is_not_tracked(repo: GitRepo) -> None:
    replace(repo, "dvc.yaml", "    - src/clean.sh\n", "    - src/clean.sh\n    - /etc/hostname\n")
    assert (GapKind.UNTRACKED, "/etc/hostname") in breaks(trail(repo, "data/clean"))


def test_a_version_that_nothing_defines_has_no_trail(repo: GitRepo) -> None:
    found = staged(repo)
    stranger = next(version for version in found.versions if version.path == "model.txt")
    other = DatasetVersion("elsewhere", "", None, stranger.definition)
    assert lineage_of(other, found, manifests(repo)) == Lineage()
