"""One repository with everything that DVC writes; what we list must be what DVC reports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from repos import GitRepo, dvc_file, dvc_sees, init_dvc

from checker.discover import Discovery, discover, open_repository
from checker.model.dataset import DatasetVersion
from checker.model.lineage import Link

MD5 = "d8acabbe38a3afb2b8ab15bdcb1ea1b8"
OTHER = "0123456789abcdef0123456789abcdef"

FILES: Mapping[str, str] = {
    "one/added.txt.dvc": dvc_file("added.txt"),
    "one/folder.dvc": f"outs:\n- md5: {MD5}.dir\n  size: 9\n  nfiles: 3\n  hash: md5\n  path: folder\n",
    "one/legacy.dvc": f"outs:\n- md5: {MD5}\n  size: 2\n  path: legacy\n",
    "one/legacy-folder.dvc": f"outs:\n- md5: {OTHER}.dir\n  size: 2\n  nfiles: 1\n  path: legacy-folder\n",
    "one/numeric.dvc": "outs:\n- md5: '12345678901234567890123456789012'\n  size: 1\n  hash: md5\n  path: '2020'\n",
    "one/flags.dvc": (
        "desc: about the file\nmeta: {team: data}\nouts:\n"
        f"- md5: {MD5}\n  size: 2\n  hash: md5\n  path: flags\n  remote: backup\n  push: false\n  persist: true\n"
        "  desc: a dataset\n  type: dataset\n  labels: [train, english]\n  meta: {source: 'https://example.org'}\n"
    ),
    "one/two-outs.dvc": (
        f"outs:\n- md5: {MD5}\n  hash: md5\n  path: first\n- md5: {OTHER}\n  hash: md5\n  path: second\n"
    ),
    "one/in-git.dvc": f"outs:\n- md5: {MD5}\n  hash: md5\n  path: kept-in-git\n  cache: false\n",
    "moved/up.dvc": f"wdir: ..\nouts:\n- md5: {MD5}\n  hash: md5\n  path: elsewhere/up\n",
    "imports/repo.dvc": (
        "frozen: true\ndeps:\n- path: data/raw\n  repo:\n    url: https://example.org/registry.git\n    rev: v1\n"
        f"    rev_lock: {'a' * 40}\nouts:\n- md5: {MD5}\n  size: 2\n  hash: md5\n  path: raw\n"
    ),
    "imports/url.dvc": (
        f"frozen: true\ndeps:\n- etag: '\"33a64df5\"'\n  size: 3\n  path: https://example.org/data.csv\n"
        f"outs:\n- md5: {MD5}\n  size: 3\n  hash: md5\n  path: data.csv\n"
    ),
    "imports/db.dvc": (
        "frozen: true\ndeps:\n- db:\n    connection: warehouse\n    table: customers\n    file_format: csv\n"
        f"outs:\n- md5: {MD5}\n  size: 3\n  hash: md5\n  path: customers.csv\n"
    ),
    "cloud/versioned.dvc": (
        "outs:\n- hash: md5\n  path: versioned\n  files:\n"
        f"  - relpath: b.txt\n    md5: {MD5}\n    size: 2\n"
        f"    cloud:\n      s3:\n        etag: {MD5}\n        version_id: x1\n"
        f"  - relpath: a/a.txt\n    md5: {OTHER}\n    size: 5\n"
        f"    cloud:\n      s3:\n        etag: {OTHER}\n        version_id: x2\n"
    ),
    "cloud/single.dvc": (
        f"outs:\n- md5: {MD5}\n  size: 2\n  hash: md5\n  path: single\n"
        f"  cloud:\n    s3:\n      etag: {OTHER}\n      version_id: y\n"
    ),
    "plain/dvc.yaml": """
stages:
  make:
    desc: makes things
    meta: {owner: me}
    cmd:
    - python make.py
    - echo "done"
    deps: [make.py, ../one/added.txt, ./sub/../sub/in.txt]
    params: [lr, train.epochs, {other.json: [a, b.c]}, {whole.toml: }, {conf.py: [SEED, Model.layers]}]
    outs:
    - out.bin
    - kept: {persist: true, push: false, remote: backup, desc: kept one, type: model, labels: [x], meta: {k: 1}}
    - small.json: {cache: false}
    metrics:
    - metrics.json: {cache: false}
    plots:
    - curve.csv: {x: step, y: loss, cache: false}
    - pictures
  again:
    cmd: cp out.bin copy.bin
    frozen: true
    always_changed: true
    wdir: sub
    deps: [../out.bin]
    outs: [copy.bin]
artifacts:
  best:
    path: out.bin
    type: model
    desc: the best one
    labels: [prod]
""",
    "plain/dvc.lock": f"""
schema: '2.0'
stages:
  make:
    cmd:
    - python make.py
    - echo "done"
    deps:
    - path: ../one/added.txt
      hash: md5
      md5: {MD5}
      size: 2
    - path: make.py
      hash: md5
      md5: {OTHER}
      size: 4
    outs:
    - path: kept
      hash: md5
      md5: {MD5}.dir
      size: 10
      nfiles: 2
    - path: metrics.json
      md5: {OTHER}
    - path: out.bin
      hash: md5
      md5: {OTHER}
      size: 7
  again:
    cmd: cp out.bin copy.bin
    deps:
    - path: ../out.bin
      hash: md5
      md5: {OTHER}
    outs:
    - path: copy.bin
      hash: md5
      md5: {OTHER}
""",
    "templates/params.yaml": """
models: {gpt: {path: m/gpt, size: 1}, bert: {path: m/bert, size: 2}}
names: [ann, bob]
flags: [true, false]
mixed: [1, 2.5, text]
nothing: null
root: made
1: an integer key
nested: {deep: [{name: zero}, {name: one}]}
options: {lr: 0.1, fast: true, slow: false, tags: [a, b c], sub: {x: 'y z', n: null}, empty: {}}
""",
    "templates/more.yaml": "extra: more\nother: thing\n",
    "templates/part.json": '{"wanted": "yes", "unwanted": 1}',
    "templates/values.toml": 'title = "from toml"\n',
    "templates/values.py": "SEED = 7\nclass Net:\n    layers = 3\n    def __init__(self):\n        self.width = 4\n",
    "templates/dvc.yaml": r"""
vars:
- more.yaml
- part.json:wanted
- values.toml
- values.py
- inline: {folder: inlined}
- inline: {file: data.txt}
stages:
  plain:
    cmd: run ${root} ${extra} ${wanted} ${title} ${SEED} ${Net.layers} ${Net.width} ${nothing} ${flags[0]} \${escaped}
    outs: ["${root}/plain", "${inline.folder}/${inline.file}"]
  exact:
    cmd: ${root}
    wdir: work/${root}
    deps: ["../../${nested.deep[1].name}.txt"]
    outs:
    - ${root}.txt: {desc: "about ${root}", cache: false}
  unpacked:
    cmd: train ${options}
    outs: [unpacked]
  local:
    vars:
    - mine: 5
    - more-local.yaml
    cmd: run ${mine} ${late}
    outs: ["local-${mine}"]
  over-list:
    foreach: [ann, bob, 3, 1.5, true]
    do:
      cmd: greet ${item}
      outs: ["greet/${item}"]
  over-names:
    foreach: ${names}
    do:
      cmd: greet ${item}
      outs: ["named/${item}"]
  over-flags:
    foreach: ${flags}
    do:
      cmd: flag ${item}
      outs: ["flag/${item}"]
  over-map:
    foreach: ${models}
    do:
      wdir: ${item.path}
      cmd: train ${key} ${item.size}
      params: [{"${key}.yaml": ["${key}.lr"]}]
      outs: ["${key}.bin"]
  over-literal-map:
    foreach: {1: {v: a}, two: {v: "${root}"}}
    do:
      cmd: say ${key} ${item.v}
      outs: ["literal/${key}-${item.v}"]
  over-composite:
    foreach:
    - {name: x, tags: [1]}
    - {name: "${extra}", tags: [2]}
    do:
      cmd: composite ${item.name} ${item.tags[0]}
      outs: ["composite/${item.name}"]
  grid:
    matrix:
      model: [cnn, rnn]
      names: ${names}
      conf: [{a: 1}, {a: 2}]
      flag: ${flags}
    cmd: grid ${item.model} ${item.names} ${item.conf.a} ${item.flag} ${key}
    outs: ["grid/${key}"]
    metrics:
    - grid/${key}.json: {cache: false}
""",
    "templates/more-local.yaml": "late: later\n",
    "dvc.yaml": "stages:\n  top:\n    cmd: echo\n    outs: [top.txt]\n",
    "metrics-only/dvc.yaml": "metrics: [m.json]\nparams: [p.yaml]\nplots: [p.csv]\n",
    ".dvcignore": "hidden/\n*.tmp.dvc\n!keep.tmp.dvc\n",
    "hidden/unseen.dvc": dvc_file("unseen"),
    "hidden/dvc.yaml": "stages: {unseen: {cmd: x, outs: [y]}}\n",
    "shown/drop.tmp.dvc": dvc_file("drop"),
    "shown/keep.tmp.dvc": dvc_file("keep"),
    "shown/.dvcignore": "local.dvc\n",
    "shown/local.dvc": dvc_file("local"),
    "shown/deep/local.dvc": dvc_file("local"),
    "local.dvc": dvc_file("local"),
}


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    made = init_dvc(tmp_path_factory.mktemp("zoo") / "data")
    made.commit({path: content.removeprefix("\n") for path, content in FILES.items()})
    return made


@pytest.fixture(scope="module")
def seen(repo: GitRepo) -> dict[str, Any]:
    return dvc_sees((repo, "HEAD"))[0]


@pytest.fixture(scope="module")
def found(repo: GitRepo) -> Discovery:
    return discover(open_repository(repo.folder).revision("HEAD"))


def version_at(found: Discovery, path: str) -> DatasetVersion:
    return next(version for version in found.versions if version.path == path)


def dep_of(found: Discovery, definition: str) -> Link:
    return next(step.deps[0] for step in found.steps if step.name == definition)


def test_dvc_accepts_the_repository_and_so_do_we(found: Discovery, seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
    assert found.problems == ()
    assert len(found.versions) == len(seen["outs"]) > 60


@pytest.mark.parametrize(
    ("field", "ours"),
    [
        pytest.param("stage", lambda version: version.stage, id="stage names, generated ones too"),
        pytest.param("hash", lambda version: version.hash, id="hashes"),
        pytest.param("hash_name", lambda version: version.hash_name if version.hash else None, id="kinds of hashes"),
        pytest.param("size", lambda version: version.size_bytes, id="sizes"),
        pytest.param("files", lambda version: version.file_count, id="file counts"),
        pytest.param("cached", lambda version: version.cached, id="cache flag"),
        pytest.param("pushed", lambda version: version.pushed, id="push flag"),
        pytest.param("remote", lambda version: version.remote, id="remote"),
        pytest.param("role", lambda version: version.role, id="out, metric or plot"),
        pytest.param("frozen", lambda version: version.frozen, id="frozen"),
    ],
)
def test_the_outs_are_those_that_dvc_reports(found: Discovery, seen: dict[str, Any], field: str, ours: Any) -> None:
    assert {version.path: ours(version) for version in found.versions} == {
        out["path"]: out[field] for out in seen["outs"]
    }


def test_annotations_are_those_that_dvc_reports(found: Discovery, seen: dict[str, Any]) -> None:
    theirs = {out["path"]: (out["desc"], out["type"], tuple(out["labels"]), out["meta"]) for out in seen["outs"]}
    # DVC keeps `artifacts:` apart; we show them at the path that they speak of.
    theirs["plain/out.bin"] = ("the best one", "model", ("prod",), {})
    assert {
        version.path: (version.desc, version.type, version.labels, dict(version.meta)) for version in found.versions
    } == theirs


def test_commands_and_dependencies_are_those_that_dvc_reports(found: Discovery, seen: dict[str, Any]) -> None:
    ours = {
        (stage.step.definition.path, stage.name): (
            stage.cmd,
            {dep.path: dep.hash for dep in stage.step.deps if dep.kind == "path"},
            {use.path: sorted(use.keys) for use in stage.params},
        )
        for stage in found.stages
    }
    theirs = {
        (stage["file"], stage["name"]): (stage["cmd"], stage["deps"], stage["params"]) for stage in seen["stages"]
    }
    assert ours == theirs


def test_a_definition_points_at_the_line_of_the_hash(found: Discovery) -> None:
    def text_at(path: str) -> str:
        place = version_at(found, path).definition
        assert place.line
        return FILES[place.path].removeprefix("\n").splitlines()[place.line - 1].strip(" -")

    assert text_at("one/added.txt") == f"md5: {MD5}"
    assert text_at("one/second") == f"md5: {OTHER}"
    assert text_at("plain/out.bin") == f"md5: {OTHER}"
    assert text_at("cloud/versioned").startswith("relpath: b.txt")
    assert text_at("plain/small.json") == "make:"
    assert text_at("templates/grid/cnn-ann-conf0-True") == "grid:"


def test_cloud_versioned_files_are_shards(found: Discovery) -> None:
    shards = version_at(found, "cloud/versioned").shards
    assert shards is not None
    assert [(shard.path, shard.hash, shard.size_bytes) for shard in shards] == [
        ("a/a.txt", OTHER, 5),
        ("b.txt", MD5, 2),
    ]
    assert version_at(found, "cloud/versioned").is_dir
    assert version_at(found, "one/folder").shards is None


def test_imports_say_where_they_come_from(found: Discovery) -> None:
    imported = dep_of(found, "imports/repo.dvc")
    assert (imported.kind, imported.path, imported.url) == ("import", "data/raw", "https://example.org/registry.git")
    assert (imported.rev, imported.rev_lock) == ("v1", "a" * 40)
    fetched = dep_of(found, "imports/url.dvc")
    assert (fetched.kind, fetched.url, fetched.hash, fetched.hash_name) == (
        "url",
        "https://example.org/data.csv",
        '"33a64df5"',
        "etag",
    )
    queried = dep_of(found, "imports/db.dvc")
    assert (queried.kind, queried.path, queried.url) == ("db", "customers", "warehouse")


def test_only_the_named_definitions_are_read(repo: GitRepo) -> None:
    tree = open_repository(repo.folder).revision("HEAD")
    one = discover(tree, frozenset({"one/added.txt.dvc"}))
    assert [version.path for version in one.versions] == ["one/added.txt"]
    assert discover(tree, frozenset()).versions == ()
    by_lock = discover(tree, frozenset({"plain/dvc.lock"}))
    by_yaml = discover(tree, frozenset({"plain/dvc.yaml"}))
    assert by_lock.versions == by_yaml.versions
    assert {version.definition.path for version in by_lock.versions} == {"plain/dvc.yaml", "plain/dvc.lock"}


def test_every_snapshot_of_the_same_files_gives_the_same(repo: GitRepo, found: Discovery) -> None:
    repository = open_repository(repo.folder)
    for tree in (repository.index(), repository.worktree(), repository.revision("HEAD^{tree}")):
        again = discover(tree)
        assert (again.versions, again.steps, again.problems) == (found.versions, found.steps, found.problems)


def test_nothing_of_dvc_is_imported(repo: GitRepo, tmp_path: Path) -> None:
    import subprocess
    import sys

    script = (
        "import sys; from pathlib import Path; from checker.discover import discover, open_repository;"
        f"discover(open_repository(Path({str(repo.folder)!r})).revision('HEAD'), frozenset({{'local.dvc'}}));"
        "heavy = ('dvc', 'git', 'jsonschema', 'msgspec', 'pyarrow', 'subprocess');"
        "print([name for name in heavy if name in sys.modules])"
    )
    package = str(Path(__file__).resolve().parents[2])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=package, check=True)
    assert done.stdout.strip() == "[]"
