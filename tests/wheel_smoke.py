"""Build the sdist, the wheel from the sdist, install it in a clean environment and use it from `/`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What the wheel may hold: the package and its metadata, nothing that a data repository could shadow or import.
WHEEL_FOLDERS = {"checker"}
SDIST_MUST_HOLD = {"pyproject.toml", "README.md", "LICENSE", "Makefile", "tests/test_layers.py", "policies/README.md"}


def main() -> int:
    """Run every step; the first that fails ends the program with what was expected."""
    with tempfile.TemporaryDirectory(prefix="headwater-wheel-") as name:
        folder = Path(name)
        sdist, wheel = build(folder / "dist")
        check_sdist(sdist)
        check_wheel(wheel)
        headwater = install(wheel, folder / "venv")
        check_program(headwater)
        check_gate(headwater, folder / "data")
    print(f"wheel smoke test passed: {sdist.name} -> {wheel.name}")
    return 0


def build(dist: Path) -> tuple[Path, Path]:
    """`python -m build` without arguments makes the sdist and then the wheel from that sdist, not from the tree."""
    say("building the sdist, and the wheel from it")
    run([sys.executable, "-m", "build", "--outdir", str(dist), str(ROOT)], quiet=True)
    return only(dist, "*.tar.gz"), only(dist, "*.whl")


def check_sdist(sdist: Path) -> None:
    """The sdist is enough to run the tests from."""
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers()}
    missing = SDIST_MUST_HOLD - names
    expect(not missing, f"the sdist lacks {sorted(missing)}")


def check_wheel(wheel: Path) -> None:
    """The packs and schemas in the wheel are those in `policies/`, byte for byte; tests, docs, benchmarks stay out."""
    say("comparing what was packed")
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        prefix = "checker/_data/policies/"
        packed = {name.removeprefix(prefix): archive.read(name) for name in names if name.startswith(prefix)}
    strangers = {name.partition("/")[0] for name in names} - WHEEL_FOLDERS
    strangers = {name for name in strangers if not re.fullmatch(r"headwater-[^/]+\.dist-info", name)}
    expect(not strangers, f"the wheel holds {sorted(strangers)} beside the package")
    shipped = [name for name in names if not name.startswith(f"{prefix}tests/")]
    leaked = [name for name in shipped if re.search(r"(^|/)(tests?|conftest|test_[^/]*)(\.py)?(/|$)", name)]
    expect(not leaked, f"the wheel holds tests: {leaked}")
    expect("checker/py.typed" in names, "the wheel lacks checker/py.typed")
    source = {
        path.relative_to(ROOT / "policies").as_posix(): path.read_bytes()
        for path in (ROOT / "policies").rglob("*")
        if path.is_file()
    }
    differing = sorted(name for name in packed.keys() | source.keys() if packed.get(name) != source.get(name))
    expect(not differing, f"the wheel's policies differ from policies/: {differing}")
    expect(any(name.startswith("packs/") for name in packed), "the wheel holds no pack")


def install(wheel: Path, folder: Path) -> Path:
    """A clean environment with only what the wheel asks for; returns its `headwater`."""
    say("installing the wheel in a clean environment")
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    run([str(scripts / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check", str(wheel)])
    return scripts / "headwater"


def check_program(headwater: Path) -> None:
    """From `/`, where no source tree can stand in for what the wheel lacks."""
    say("using it from /")
    version = run([str(headwater), "--version"], cwd=Path("/")).split()
    stated = re.search(r'^__version__ = "(.+)"$', (ROOT / "checker" / "__init__.py").read_text(), re.MULTILINE)
    expect(stated is not None and version == ["headwater", stated[1]], f"headwater --version printed {version}")
    listed = run([str(headwater), "policy", "list"], cwd=Path("/"))
    for path in sorted((ROOT / "policies" / "packs").glob("*.yaml")):
        expect(path.stem.partition("@")[0] in listed, f"headwater policy list does not name the pack {path.stem}")
    tested = run([str(headwater), "policy", "test", "--packs"], cwd=Path("/"))
    expect(" 0 failed" in tested, f"headwater policy test --packs said {tested}")
    where = run(
        [str(headwater.with_name("python")), "-c", "from checker.resources import policy_root; print(policy_root())"],
        cwd=Path("/"),
    )
    expect(Path(where.strip()).parts[-3:] == ("checker", "_data", "policies"), f"policies are read from {where}")


def check_gate(headwater: Path, data: Path) -> None:
    """In a tiny DVC repository, without any policy file: machine-made text is refused by the shipped baseline pack."""
    say("judging a tiny DVC repository")
    path = f"{headwater.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **clean_environment(),
        "PATH": path,
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(data / "site"),
    }
    data.mkdir()
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"]):
        run(command, cwd=data, env=environment)
    (data / "corpus.jsonl").write_text('{"text": "Water finds its level.", "origin": "machine"}\n', encoding="utf-8")
    run(["dvc", "add", "-q", "corpus.jsonl"], cwd=data, env=environment)
    run(["git", "add", "corpus.jsonl.dvc", ".gitignore", ".dvc"], cwd=data, env=environment)
    ended = subprocess.run(
        [str(headwater), "check", "--format", "json"], cwd=data, env=environment, capture_output=True, text=True
    )
    expect(ended.returncode == 1, f"headwater check ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
    report = json.loads(ended.stdout)
    expect(report["schema"] == "headwater/report/v1", f"the report says {report['schema']}")
    expect(report["exit_code"] == 1, "the report and the exit code differ")
    expect([entry["path"] for entry in report["datasets"]] == ["corpus.jsonl"], f"judged {report['datasets']}")
    blocking = {outcome["check"] for outcome in report["outcomes"] if outcome["blocking"]}
    expect(blocking == {"synthetic-cap"}, f"refused by {sorted(blocking)}")


def clean_environment() -> dict[str, str]:
    """The environment without what an outer git hook or source tree left in it, and with a git identity."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_DIR", "GIT_INDEX", "PYTHON"))
    }
    person = {"NAME": "Wheel Smoke", "EMAIL": "wheel@example.org"}
    return kept | {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()}


def run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None, quiet: bool = False) -> str:
    """Run to success; on failure show all that was printed."""
    ended = subprocess.run(command, cwd=cwd, env=env or clean_environment(), capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"wheel smoke test: {shutil.which(command[0])} {command[1:]} failed\n{ended.stdout}{ended.stderr}")
    if ended.stderr and not quiet:
        sys.stderr.write(ended.stderr)
    return ended.stdout


def only(folder: Path, pattern: str) -> Path:
    """The one file that a build must leave."""
    found = sorted(folder.glob(pattern))
    expect(len(found) == 1, f"the build left {[path.name for path in found]} for {pattern}")
    return found[0]


def expect(good: bool, words: str) -> None:
    """End with the words when what was expected is not so."""
    if not good:
        sys.exit(f"wheel smoke test: {words}")


def say(words: str) -> None:
    """Progress, at once even into a pipe."""
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main())
