"""A data repository of any size in a second: the `.dvc` files are written by hand, exactly as DVC writes them."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: bench, version: "1.0.0"}
rules:
  - {id: card, check: card-required, level: block, with: {fields: [name, license]}}
  - {id: lineage, check: lineage-complete, level: block, with: {require_source: false}}
"""
SETTINGS = "datasets:\n  - {path: data/**, card: cards/shards.md}\n"
DVCIGNORE = """\
# Add patterns of files dvc should ignore, which could improve
# the performance. Learn more at
# https://dvc.org/doc/user-guide/dvcignore
"""
CARD = "---\npretty_name: Shards\nlicense: cc0-1.0\n---\n# Dataset Card for Shards\n"


def dvc_file(name: str, version: int = 1) -> str:
    """A `.dvc` file as `dvc add` of DVC 3 writes it."""
    content = hashlib.md5(f"{name} {version}".encode(), usedforsecurity=False).hexdigest()
    return f"outs:\n- md5: {content}\n  size: {1000 + len(name)}\n  hash: md5\n  path: {name}\n"


def build_repository(folder: Path, files: int) -> Path:
    """A committed git + DVC repository with `files` tracked shards, a policy, a card and a script; returns it."""
    for index in range(files):
        name = f"shard-{index:05}.jsonl"
        target = folder / "data" / f"part-{index // 100:03}"
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{name}.dvc").write_text(dvc_file(name), encoding="utf-8")
    for part in (folder / "data").iterdir():
        (part / ".gitignore").write_text("".join(f"/{path.stem}\n" for path in sorted(part.glob("*.dvc"))))
    for path, text in {
        ".dvc/config": "[core]\n    analytics = false\n    no_scm = false\n",
        ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
        ".dvcignore": DVCIGNORE,
        "headwater.yaml": SETTINGS,
        "cards/shards.md": CARD,
        "policies/bench.yaml": POLICY,
        "src/train.py": "print('epoch')\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    git(folder, "init", "-q", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "Add the shards")
    return folder


def stage_irrelevant_change(folder: Path) -> None:
    """Stage a script that no pipeline uses."""
    git(folder, "reset", "-q", "--hard")
    (folder / "src" / "train.py").write_text("print('epoch')\nprint('loss')\n", encoding="utf-8")
    git(folder, "add", "src/train.py")


def stage_one_dataset(folder: Path) -> None:
    """Stage a new version of one dataset."""
    git(folder, "reset", "-q", "--hard")
    changed = next((folder / "data").rglob("*.dvc"))
    changed.write_text(dvc_file(changed.stem, version=2), encoding="utf-8")
    git(folder, "add", "--all")


def git(folder: Path, *arguments: str) -> None:
    """Run git in the repository."""
    subprocess.run(["git", *arguments], cwd=folder, env=environment(), check=True, capture_output=True)


def environment() -> dict[str, str]:
    """A fixed identity, no settings of the user, compiled bytecode, no telemetry."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "DVC_", "PYTHON"))}
    person = {"NAME": "Bench", "EMAIL": "bench@example.org"}
    return {
        **kept,
        **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in person.items()},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_NO_ANALYTICS": "1",
        "NO_COLOR": "1",
    }
