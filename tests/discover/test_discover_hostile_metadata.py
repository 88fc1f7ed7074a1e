"""Hostile and broken metadata: a problem at its line, never a crash, never silence, and the good files still listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from repos import GitRepo, dvc_file, init, init_dvc

from checker.discover import Discovery, discover, open_repository
from checker.errors import DatasetError

MD5 = "d8acabbe38a3afb2b8ab15bdcb1ea1b8"
GOOD = {"good.dvc": dvc_file("good")}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return init_dvc(tmp_path / "data")


def found_in(repo: GitRepo, files: dict[str, str | bytes]) -> Discovery:
    repo.add({**GOOD, **files})
    found = discover(open_repository(repo.folder).index())
    assert "good" in {version.path for version in found.versions}
    return found


def said(found: Discovery) -> list[str]:
    return [f"{problem.location}: {problem.message}" for problem in found.problems]


def with_path(path: str) -> str:
    return f"outs:\n- md5: {MD5}\n  size: 2\n  hash: md5\n  path: {path}\n"


def with_md5(md5: str) -> str:
    return f"outs:\n- md5: {md5}\n  size: 2\n  hash: md5\n  path: x\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(with_path("../x"), "sub/x.dvc:5:9: ", id="a sibling folder is fine"),
        pytest.param(with_path("../../x"), "the path '../../x' leaves the repository", id="out of the repository"),
        pytest.param(with_path("a/../../../etc/x"), "leaves the repository", id="out of the repository on a detour"),
        pytest.param(with_path("/etc/passwd"), "lies outside of the repository and is cached", id="absolute"),
        pytest.param(
            with_path("s3://bucket/x"), "lies outside of the repository and is cached", id="cached remote out"
        ),
        pytest.param(with_path("'C:\\Windows\\x'"), "is a Windows path", id="drive letter with backslashes"),
        pytest.param(with_path("C:/Windows/x"), "is a Windows path", id="drive letter with slashes"),
        pytest.param(with_path("a\\b"), "is a Windows path", id="backslash"),
        pytest.param(with_path('"a\\0b"'), "a NUL character is not allowed", id="NUL"),
        pytest.param(with_path('"a\\nb"'), "holds a control character", id="line break"),
        pytest.param(with_path('"a\\e[31mb"'), "holds a control character", id="terminal escape"),
        pytest.param(with_path("../.git/hooks/x"), "points into git's own folder", id="git's folder"),
        pytest.param(with_path("../.GIT/x"), "points into git's own folder", id="git's folder where case is ignored"),
        pytest.param(with_path("../.dvc/config"), "points into DVC's own folder", id="DVC's folder"),
        pytest.param(with_path("../other.dvc"), "is a DVC file itself", id="a definition"),
        pytest.param(with_path(".."), "is not inside the DVC root '.'", id="the root itself"),
        pytest.param(with_path("[a]"), "a path is expected, not", id="a list"),
        pytest.param(with_path("12"), "a path is expected, not '12'", id="a number"),
        pytest.param(with_path("''"), "a path is expected, not nothing", id="empty"),
        pytest.param(with_md5("../../../../etc/passwd"), "is not 32 hexadecimal digits", id="md5 with dots"),
        pytest.param(with_md5("d8acabbe38a3afb2"), "is not 32 hexadecimal digits", id="md5 too short"),
        pytest.param(with_md5(MD5.upper()), "is not 32 hexadecimal digits", id="md5 in capitals"),
        pytest.param(with_md5(f"{MD5}.dir.dir"), "is not 32 hexadecimal digits", id="md5 with two suffixes"),
        pytest.param(with_md5(f'"{MD5}\\n"'), "is not 32 hexadecimal digits", id="md5 with a line break"),
        pytest.param(with_md5("{a: b}"), "is not 32 hexadecimal digits", id="md5 is a mapping"),
        pytest.param(with_md5("true"), "is not 32 hexadecimal digits", id="md5 is true"),
        pytest.param(with_md5(f"{MD5}\n  nfiles: -1"), "nfiles is a count, not '-1'", id="negative count"),
        pytest.param(with_md5(MD5).replace("size: 2", "size: big"), "size is a count, not 'big'", id="size in words"),
        pytest.param(with_md5(MD5).replace("hash: md5", "hash: sha1"), "the hash 'sha1' is not one", id="unknown hash"),
        pytest.param(f"wdir: ../..\n{with_path('x')}", "the working folder '../..' is not in the", id="wdir leaves"),
        pytest.param(f"wdir: /tmp\n{with_path('x')}", "the working folder '/tmp' is not in the", id="wdir absolute"),
        pytest.param(f"wdir: [1]\n{with_path('x')}", "the working folder '[1]' is not in the", id="wdir is a list"),
        pytest.param(f"deps:\n- path: ../../x\n{with_path('x')}", "'../../x' leaves the repository", id="dep leaves"),
        pytest.param(f"deps:\n- path: x\n  repo: 3\n{with_path('x')}", "`repo` is a mapping", id="repo is a number"),
        pytest.param(f"deps: 3\n{with_path('x')}", "`deps` is a list in DVC's files, not '3'", id="deps is a number"),
        pytest.param("outs: 3\n", "`outs` is a list in DVC's files, not '3'", id="outs is a number"),
        pytest.param("outs:\n- 3\n", "an output is a mapping in DVC's files", id="an out is a number"),
        pytest.param("outs: []\n", "the file defines no output", id="no outs"),
        pytest.param("{}\n", "the file defines no output", id="empty mapping"),
        pytest.param("", "DVC metadata is a mapping, not 'None'", id="empty file"),
        pytest.param("- 1\n", "DVC metadata is a mapping, not '[1]'", id="a list at the top"),
        pytest.param("outs: [\n", "not valid YAML", id="broken YAML"),
        pytest.param("outs: !!python/object/apply:os.system [id]\n", "the tag", id="a tag that would run code"),
        pytest.param(f"{with_path('x')}outs: []\n", "stands twice", id="a key twice"),
        pytest.param(b"\xff\xfe\x00", "UTF-16", id="not UTF-8"),
        pytest.param(b"outs:\n- path: \x00\n", "a NUL byte", id="a NUL byte"),
        pytest.param("[" * 5000, "nested deeper than", id="a nesting bomb"),
        pytest.param(
            "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
            "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
            "aliases stand for more than",
            id="an alias bomb",
        ),
        pytest.param(
            "<<<<<<< HEAD\nouts:\n=======\nouts:\n>>>>>>> other\n", "not valid YAML", id="merge conflict markers"
        ),
        pytest.param(
            "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 3\n", "a Git LFS pointer", id="LFS pointer"
        ),
        pytest.param(
            f"outs:\n- path: x\n  hash: md5\n  files:\n  - relpath: ../../y\n    md5: {MD5}\n",
            "the file '../../y' of a dataset is hostile",
            id="a file of a dataset leaves it",
        ),
        pytest.param(
            f"outs:\n- path: x\n  files:\n  - {{relpath: y, md5: {MD5}}}\n  - {{relpath: y, md5: {MD5}}}\n",
            "the file 'y' of a dataset is listed twice",
            id="a file of a dataset twice",
        ),
        pytest.param(
            "outs:\n- path: x\n  files:\n  - {relpath: y}\n", "'y' of a dataset has no hash", id="a file without hash"
        ),
    ],
)
def test_a_hostile_dvc_file(repo: GitRepo, content: str | bytes, expected: str) -> None:
    found = found_in(repo, {"sub/x.dvc": content})
    if expected == "sub/x.dvc:5:9: ":
        assert {version.path for version in found.versions} == {"good", "x"}
        assert found.problems == ()
        return
    assert len(found.problems) == 1
    assert expected in found.problems[0].message
    assert found.problems[0].location.path == "sub/x.dvc"


def test_an_empty_list_of_files_does_not_hide_what_dvc_goes_by(repo: GitRepo) -> None:
    found = found_in(repo, {"x.dvc": f"outs:\n- md5: {MD5}.dir\n  nfiles: 2\n  hash: md5\n  files: []\n  path: x\n"})
    (version,) = (version for version in found.versions if version.path == "x")
    assert (version.hash, version.file_count, version.shards) == (f"{MD5}.dir", 2, None)


def test_the_problem_stands_at_the_line_of_the_fault(repo: GitRepo) -> None:
    found = found_in(
        repo, {"x.dvc": f"outs:\n- md5: {MD5}\n  path: fine\n- md5: nonsense\n  path: a\n- md5: {MD5}\n  path: /b\n"}
    )
    assert said(found) == [
        "x.dvc:4:8: the md5 'nonsense' is not 32 hexadecimal digits",
        "x.dvc:7:9: the output '/b' lies outside of the repository and is cached",
    ]
    assert {version.path for version in found.versions} == {"good", "fine", "a"}


def test_external_outs_that_dvc_permits_are_links(repo: GitRepo) -> None:
    found = found_in(repo, {"x.dvc": "outs:\n- etag: abc\n  path: s3://bucket/model\n  cache: false\n"})
    assert found.problems == ()
    link = next(step.outs[0] for step in found.steps if step.name == "x.dvc")
    assert (link.kind, link.url, link.hash, link.hash_name) == ("url", "s3://bucket/model", "abc", "etag")


def test_an_old_single_stage_file_with_a_command(repo: GitRepo) -> None:
    text = (
        f"md5: {MD5}\ncmd: python train.py\ndeps:\n- md5: {MD5}\n  path: good\n"
        f"outs:\n- md5: {MD5}\n  path: m\n  metric: true\n"
    )
    found = found_in(repo, {"train.dvc": text})
    step = next(step for step in found.steps if step.name == "train.dvc")
    assert (step.cmd, step.deps[0].path, step.deps[0].hash_name) == ("python train.py", "good", "md5-dos2unix")
    assert next(version.role for version in found.versions if version.path == "m") == "metric"


@pytest.mark.parametrize("name", ["x.dvc", "dvc.yaml", "dvc.lock"])
def test_metadata_that_is_a_symlink(repo: GitRepo, name: str) -> None:
    (repo.folder / name).symlink_to("/etc/hostname")
    repo.git("add", name)
    if name == "dvc.lock":
        repo.add({"dvc.yaml": "stages: {a: {cmd: x, outs: [y]}}\n"})
    found = found_in(repo, {})
    assert said(found) == [f"{name}: '{name}' is a symlink; what it points to is not judged"]


def test_file_names_that_cannot_be_printed(repo: GitRepo) -> None:
    for name in ("\udcff.dvc", "line\nbreak.dvc", "\x1b[2Jclear.dvc"):
        file = repo.folder / name
        file.write_text(dvc_file("x"))
        repo.git("add", name)
    found = found_in(repo, {})
    assert len(found.problems) == 3
    for problem in found.problems:
        assert problem.message.startswith("the file name ")
        assert problem.message.isprintable()
        assert str(problem.location).encode("utf-8")


def test_a_definition_without_end_is_not_read(repo: GitRepo) -> None:
    found = found_in(repo, {"x.dvc": b"#" * (64 * 1024 * 1024 + 1)})
    assert said(found) == ["x.dvc: 'x.dvc' has 67,108,865 bytes, too many for a text file"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"a.dvc": dvc_file("x"), "b.dvc": dvc_file("./x")},
            ["b.dvc:2:8: 'x' is the same output as a.dvc:2:8"],
            id="the same path twice",
        ),
        pytest.param(
            {"a.dvc": dvc_file("x"), "b.dvc": dvc_file("x/y/z")},
            ["b.dvc:2:8: 'x/y/z' is an output inside 'x' of a.dvc:2:8"],
            id="one inside the other",
        ),
        pytest.param({"a.dvc": dvc_file("x"), "b.dvc": dvc_file("x-y"), "c.dvc": dvc_file("xy")}, [], id="only alike"),
        pytest.param(
            {"a.dvc": dvc_file("x"), "dvc.yaml": "stages:\n  s:\n    cmd: c\n    outs: [x]\n"},
            ["dvc.yaml:2:3: 'x' is the same output as a.dvc:2:8"],
            id="a .dvc file and a stage",
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    cmd: c\n    outs: [x, x/y]\n"},
            ["dvc.yaml:2:3: 'x/y' is an output inside 'x' of dvc.yaml:2:3"],
            id="within one stage",
        ),
    ],
)
def test_outputs_that_overlap(repo: GitRepo, files: dict[str, str | bytes], expected: list[str]) -> None:
    assert said(found_in(repo, files)) == expected


STAGE = "stages:\n  s:\n    cmd: c\n    outs: [x]\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"dvc.yaml": "stages: 3\n"}, "dvc.yaml:1:9: `stages` is a mapping", id="stages is a number"),
        pytest.param(
            {"dvc.yaml": "stages: {s: 3}\n"}, "dvc.yaml:1:13: the stage s is a mapping", id="stage is a number"
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    cmd: c\n    outs: [../../x]\n"},
            "dvc.yaml:4:11: the path '../../x' leaves the repository",
            id="an out leaves",
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    cmd: c\n    wdir: ../..\n    outs: [x]\n"},
            "dvc.yaml:4:11: the working folder '../..' is not in the repository",
            id="wdir leaves",
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    cmd: c\n    wdir: ${up}\n    outs: [x]\nvars:\n- up: ../..\n"},
            "dvc.yaml:4:11: the working folder '../..' is not in the repository",
            id="a templated wdir leaves",
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    cmd: c\n    deps: ['a\\b']\n    outs: [x]\n"},
            "dvc.yaml:4:12: the path 'a\\\\b' is a Windows path",
            id="a dep with a backslash",
        ),
        pytest.param({"dvc.lock": "schema: '2.0'\n"}, "dvc.lock: `dvc.lock` without a `dvc.yaml`", id="lock alone"),
        pytest.param(
            {"dvc.yaml": STAGE, "dvc.lock": "schema: '3.0'\nstages: {}\n"},
            "dvc.lock:1:9: the lock schema '3.0' is unknown",
            id="unknown schema",
        ),
        pytest.param(
            {"dvc.yaml": STAGE, "dvc.lock": "[]\n"}, "dvc.lock:1:1: DVC metadata is a mapping", id="lock is a list"
        ),
        pytest.param(
            {"dvc.yaml": STAGE, "dvc.lock": "schema: '2.0'\nstages:\n  s:\n    outs:\n    - path: x\n      md5: bad\n"},
            "dvc.lock:6:12: the md5 'bad' is not 32 hexadecimal digits",
            id="a bad hash in the lock",
        ),
        pytest.param(
            {"dvc.yaml": STAGE, "dvc.lock": "schema: '2.0'\nstages:\n  s: 1\n"},
            "dvc.lock:3:6: the stage s is a mapping",
            id="a lock entry is a number",
        ),
        pytest.param(
            {"dvc.yaml": STAGE, "dvc.lock": "schema: '2.0'\nstages:\n  s:\n    params: {../../p: {a: 1}}\n"},
            "dvc.lock:4:23: the path '../../p' leaves the repository",
            id="parameters from outside in the lock",
        ),
        pytest.param(
            {"dvc.yaml": "vars: [nope.yaml]\n" + STAGE},
            "dvc.yaml:1:7: the variables cannot be resolved: the file 'nope.yaml' is not in the snapshot",
            id="vars from a file that is not there",
        ),
        pytest.param(
            {"dvc.yaml": "vars: [../../x.yaml]\n" + STAGE},
            "the file '../../x.yaml' is not in the repository",
            id="vars from outside",
        ),
        pytest.param(
            {"dvc.yaml": "vars: [/etc/x.yaml]\n" + STAGE}, "is not in the repository", id="vars from the machine"
        ),
        pytest.param(
            {"dvc.yaml": "vars: [{a: '${b}'}]\n" + STAGE}, "`vars` may not hold ${...}", id="templates in vars"
        ),
        pytest.param({"dvc.yaml": "vars: [3]\n" + STAGE}, "`vars` holds file names", id="vars of a number"),
        pytest.param(
            {"dvc.yaml": "vars: [v.yaml:k]\n" + STAGE, "v.yaml": "a: 1\n"}, "'v.yaml' has no key 'k'", id="no such key"
        ),
        pytest.param(
            {"dvc.yaml": "vars: [v.yaml, {a: 2}]\n" + STAGE, "v.yaml": "a: 1\n"}, "'a' is defined twice", id="redefined"
        ),
        pytest.param(
            {"dvc.yaml": "vars: ['v.yaml:a', v.yaml]\n" + STAGE, "v.yaml": "a: 1\n"}, "is loaded twice", id="twice"
        ),
        pytest.param(
            {"dvc.yaml": STAGE, "params.yaml": "a: [\n"}, "'params.yaml' is not valid YAML", id="broken params.yaml"
        ),
        pytest.param(
            {"dvc.yaml": "vars: [p.py]\n" + STAGE, "p.py": "a = (\n"},
            "'p.py' is not valid py: SyntaxError",
            id="broken .py",
        ),
        pytest.param(
            {"dvc.yaml": "vars: [p.json]\n" + STAGE, "p.json": "[1]"}, "'p.json' holds no mapping", id="a JSON list"
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    cmd: c ${nope.x}\n    outs: [x]\n"},
            "dvc.yaml:3:5: the stage 's' cannot be resolved: nothing is named 'nope.x'",
            id="unknown variable",
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    cmd: c ${}\n    outs: [x]\n"},
            "'${}' is no expression",
            id="empty expression",
        ),
        pytest.param(
            {"dvc.yaml": "vars: [{a: [1]}]\nstages:\n  s:\n    cmd: c ${a}\n    outs: [x]\n"},
            "a list cannot be inserted into `cmd`",
            id="a list in a command",
        ),
        pytest.param(
            {"dvc.yaml": "vars: [{a: {b: 1}}]\nstages:\n  s:\n    cmd: c\n    outs: ['${a}']\n"},
            "a mapping cannot be inserted into `outs`",
            id="a mapping as a path",
        ),
        pytest.param(
            {"dvc.yaml": "vars: [{a: {b: 1}}]\nstages:\n  s:\n    cmd: c\n    meta: {'${a}': 1}\n    outs: [x]\n"},
            "a mapping cannot be inserted into `meta`",
            id="a mapping as a key",
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    foreach: 3\n    do: {cmd: c}\n"},
            "`foreach` takes a list",
            id="foreach of a number",
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    matrix: [1]\n    cmd: c\n"},
            "`matrix` takes a mapping",
            id="matrix of a list",
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    matrix: {a: 3}\n    cmd: c\n"},
            "the axis 'a' of `matrix` is a list",
            id="axis",
        ),
        pytest.param(
            {
                "dvc.yaml": "stages:\n  s:\n    matrix: {a: '${n}', b: '${n}', c: '${n}', d: '${n}'}\n    cmd: c\n",
                "params.yaml": f"n: {list(range(100))}\n",
            },
            "the template makes 1000000 stages, at most 10000 are read",
            id="a matrix bomb",
        ),
        pytest.param(
            {
                "dvc.yaml": f"vars: [{{t: {'x' * 100_000}}}]\nstages:\n  s:\n    cmd: {'${t}' * 100}\n    outs: [x]\n",
            },
            "the template produces too much text",
            id="a text bomb",
        ),
        pytest.param(
            {"dvc.yaml": "stages:\n  s:\n    foreach: [1]\n    do:\n      vars: [{item: 2}]\n      cmd: c\n"},
            "`vars` may not set 'item' here",
            id="vars over item",
        ),
    ],
)
def test_a_hostile_pipeline(repo: GitRepo, files: dict[str, str | bytes], expected: str) -> None:
    found = found_in(repo, files)
    assert len(found.problems) == 1
    assert expected in said(found)[0]


def test_a_fault_in_one_stage_leaves_the_others(repo: GitRepo) -> None:
    text = "stages:\n  bad:\n    cmd: ${nope}\n    outs: [b]\n  fine:\n    cmd: c\n    outs: [f]\n"
    found = found_in(repo, {"dvc.yaml": text})
    assert {version.path for version in found.versions} == {"good", "f"}
    assert len(found.problems) == 1


def test_a_python_parameters_file_is_parsed_and_never_run(repo: GitRepo, tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    code = f"from pathlib import Path\nPath({str(trap)!r}).touch()\nX = 5\nY = Path.cwd()\nclass C:\n    z: int = 3\n"
    found = found_in(
        repo, {"p.py": code, "dvc.yaml": "vars: [p.py]\nstages:\n  s:\n    cmd: c ${X} ${C.z}\n    outs: [x]\n"}
    )
    assert next(step.cmd for step in found.steps if step.name == "dvc.yaml:s") == "c 5 3"
    assert not trap.exists()


def test_a_regular_expression_bomb_in_dvcignore_costs_nothing(repo: GitRepo) -> None:
    name = "a" * 200 + ".dvc"
    found = found_in(repo, {".dvcignore": "*a" * 100 + "b\n", name: dvc_file("x")})
    assert {version.path for version in found.versions} == {"good", "x"}


def test_not_a_dvc_repository(tmp_path: Path) -> None:
    repo = init(tmp_path / "data")
    repo.commit({"a.txt": "x", "b.dvc": dvc_file("b")})
    with pytest.raises(DatasetError) as caught:
        discover(open_repository(repo.folder).revision("HEAD"))
    assert caught.value.message == "HEAD holds no DVC repository: no `.dvc/config` is tracked by git"
    assert "dvc init" in caught.value.hint


def test_nothing_at_all_is_nothing(repo: GitRepo) -> None:
    found = discover(open_repository(repo.folder).empty())
    assert (found.roots, found.versions, found.problems) == ((), (), ())


def test_several_roots_each_with_its_own(tmp_path: Path) -> None:
    repo = init(tmp_path / "data")
    repo.commit(
        {
            "team/a/.dvc/config": "",
            "team/a/data.dvc": dvc_file("data"),
            "team/a/nested/.dvc/.gitignore": "/cache\n",
            "team/a/nested/inner.dvc": dvc_file("inner"),
            "team/b/.dvc/config": "",
            "team/b/sub/dvc.yaml": "stages:\n  s:\n    cmd: c\n    outs: [../made]\n",
            "team/b/climb.dvc": dvc_file("../a/stolen"),
            "outside.dvc": dvc_file("outside"),
        }
    )
    found = discover(open_repository(repo.folder).revision("HEAD"))
    assert found.roots == ("team/a", "team/a/nested", "team/b")
    assert {version.path: version.root for version in found.versions} == {
        "team/a/data": "team/a",
        "team/a/nested/inner": "team/a/nested",
        "team/b/made": "team/b",
    }
    assert said(found) == ["team/b/climb.dvc:5:9: the output '../a/stolen' is not inside the DVC root 'team/b'"]


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("\\", id="nothing behind a backslash"),
        pytest.param("a[z-a]b", id="a range the wrong way round"),
        pytest.param("!d*a*t*a*x.dvc", id="a negation with many wildcards"),
    ],
)
def test_an_unreadable_pattern_in_dvcignore_hides_nothing(repo: GitRepo, pattern: str) -> None:
    # DVC sees what a `!pattern` takes back: to drop the pattern alone would hide the definition from the gate only.
    found = found_in(repo, {".dvcignore": f"*.dvc\n{pattern}\n", "data-x.dvc": dvc_file("x")})
    assert {version.path for version in found.versions} == {"good", "x"}
    (problem,) = found.problems
    assert "cannot be read, so it hides nothing" in problem.message
    assert str(problem.location) == ".dvcignore:2"
