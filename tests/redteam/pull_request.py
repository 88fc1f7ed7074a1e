"""A governed repository, and a pull request against it that a test may fill with tricks."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.data_repository import environment, record

from checker.model.outcome import Outcome
from checker.model.policy import Stage
from checker.model.report import Report
from checker.run import Request, Target, check

TODAY = "2026-11-23"
TEAM = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: "1.0.0"}
extends: [{pack: baseline@1}]
select: {datasets: ["data/**"], require_match: true}
waivers: {max_days: 60, min_approvers: 1, approver_groups: [governance]}
rules:
  - id: cap
    check: synthetic-cap
    level: block
    when_missing: block
    waivable: true
    with: {max: 0.2, per: [shard, dataset]}
    ratchet: {against: base, max_worse: 0.1, when_missing: warn}
  - {id: flags, check: origin-flags, level: block, waivable: false, with: {min_coverage: 0.9}}
"""
CLINICAL = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: clinical, version: "1.0.0"}
select: {datasets: ["data/**"], roles: [train], where: {domain: [health]}}
rules:
  - {id: no-machine, check: synthetic-cap, level: block, with: {max: 0.1, per: [dataset]}}
"""
PACK = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: org, version: "1.0.0"}
rules:
  - {id: flags, check: origin-flags, level: block, with: {min_coverage: 0.9}}
"""
CRAWL = f"""\
apiVersion: headwater/v1
kind: Policy
metadata: {{id: crawl, version: "1.0.0"}}
include: [{{file: packs/org.yaml, sha256: {hashlib.sha256(PACK.encode()).hexdigest()}}}]
extends: [{{pack: org@1}}]
select: {{labels: [web]}}
rules:
  - {{id: cap, check: synthetic-cap, level: block, with: {{max: 0.3}}}}
"""
SETTINGS = """\
datasets:
  - {path: data/gold, role: gold}
  - path: data/**
    role: train
    domain: sport
    values: {origin: {bot: machine}}
  - {path: web/**, role: train}
evidence: {signed: required}
budget: 5
"""
GROUPS = """\
apiVersion: headwater/v1
kind: Groups
metadata: {id: groups}
groups: {governance: [gita]}
"""
WAIVER = """\
apiVersion: headwater/v1
kind: Waiver
metadata: {id: wv-old}
rule: team/cap
match: {dataset: data/old}
relax: {max: 0.4}
reason: the export of 2019 is delivered anew in December
requested_by: ana
approved_by: [gita]
not_before: "2026-11-01"
expires: "2026-12-20"
"""
CARD = """\
---
license: cc-by-4.0
language: [en]
pretty_name: Field notes
headwater:
  synthetic: true
  sources: [{name: field notes, url: "https://example.org/notes"}]
---
# Dataset Card for field notes

Notes taken in the field by people.
"""


def rows(humans: int, machines: int = 0, origin: str = "machine", **fields: object) -> bytes:
    """Records as JSON Lines; `fields` are put into each."""
    made = [record(number) for number in range(humans)] + [record(number, origin) for number in range(machines)]
    return "".join(json.dumps({**row, **fields}) + "\n" for row in made).encode()


@dataclass(frozen=True)
class PullRequest:
    """A clone on branch `proposal`, to be changed and then judged as a pull request against `main`."""

    path: Path

    def git(self, *arguments: str) -> str:
        """Run git."""
        done = subprocess.run(
            ("git", *arguments), cwd=self.path, env=environment(self.path.parent), capture_output=True, check=False
        )
        if done.returncode:
            raise AssertionError(f"{arguments}: {done.stdout.decode()}{done.stderr.decode()}")
        return done.stdout.decode()

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file, its folders included."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, path: str) -> str:
        """A file of the work tree."""
        return (self.path / path).read_text()

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace what stands in a file exactly once."""
        text = self.read(path)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        self.write(path, text.replace(old, new))

    def remove(self, *paths: str) -> None:
        """Take files or folders away."""
        self.git("rm", "-r", "--quiet", "--force", *paths)

    def keep(self, data: bytes, suffix: str = "") -> str:
        """Put bytes into the DVC cache, as somebody who may push to the remote does; the hash is returned."""
        name = hashlib.md5(data, usedforsecurity=False).hexdigest() + suffix
        self.write(f".dvc/cache/files/md5/{name[:2]}/{name[2:]}", data)
        return name

    def track(self, name: str, files: Mapping[str, bytes], extra: str = "") -> None:
        """A `.dvc` file as `dvc add` writes it for a folder of these files; `extra` lines go into the out."""
        entries = [{"md5": self.keep(data), "relpath": path} for path, data in sorted(files.items())]
        oid = self.keep(json.dumps(entries).encode(), ".dir")
        size = sum(map(len, files.values()))
        self.write(
            f"{name}.dvc",
            f"outs:\n- md5: {oid}\n  size: {size}\n  nfiles: {len(files)}\n  hash: md5\n"
            f"{extra}  path: {name.rpartition('/')[2]}\n",
        )

    def commit(self, message: str = "Propose") -> None:
        """Commit everything, empty changes too."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message)

    def on_main(self, *changes: tuple[str, str]) -> None:
        """Let `main` go on without this branch."""
        self.git("switch", "--quiet", "main")
        for path, content in changes:
            self.write(path, content)
        self.commit("Go on")
        self.git("switch", "--quiet", "proposal")

    def request(self, base: str | None = "refs/heads/main", **asked: Any) -> Request:
        """The question that the gate is asked about the head."""
        request = Request(
            folder=str(self.path),
            target=Target.CHANGE if base else Target.REVISION,
            stage=Stage.PR,
            rev="HEAD",
            base=base,
            jobs=1,
            today=TODAY,
        )
        return request._replace(**asked)

    def judge(self, base: str = "refs/heads/main", **asked: Any) -> Report:
        """What the gate says of the change, once it is committed."""
        self.commit()
        return check(self.request(base, **asked))


def blocking(report: Report) -> list[Outcome]:
    """What keeps the change from being merged."""
    return [outcome for outcome in report.outcomes if outcome.blocking]


def told(outcomes: Iterable[Outcome]) -> str:
    """Outcomes as lines, for a message."""
    return "\n".join(f"{one.rule} {one.status.value} {one.dataset}: {one.message}" for one in outcomes)
