"""A stand-in for the Actions runner: reads `action.yml`, fills in the expressions, runs the steps as they are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
Event = Mapping[str, object]


@dataclass
class Runner:
    """One job. `variables` are the machine's, `log` is what the steps print, `outputs` what `action.yml` hands on."""

    folder: Path
    workspace: Path
    tools: Path = BIN
    variables: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    code: int = 0
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        path = self.folder / "summary.md"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def use(self, event_name: str, event: Event, **inputs: str) -> Runner:
        """Run the action but for its installation, which the smoke test of the wheel covers."""
        action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        given = {name: str(entry.get("default", "")) for name, entry in action["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() == action["inputs"].keys()
        context: dict[str, object] = {
            "inputs": given,
            "github": {"event_name": event_name, "event": event, "token": "a-token"},
            "steps": {},
        }
        for step in action["runs"]["steps"]:
            if step["id"] != "install" and self._wanted(step, context):
                self._run(step, context, event_name)
            context["steps"] = {name: {"outputs": outputs} for name, outputs in self.steps.items()}
            if self.code:
                break
        self.outputs = {name: fill(entry["value"], context) for name, entry in action["outputs"].items()}
        return self

    def _wanted(self, step: Mapping[str, str], context: Mapping[str, object]) -> bool:
        """The conditions that the action has: `inputs.x == 'y'` and `github.event.z`, joined by `&&`."""
        for part in filter(None, step.get("if", "").split("&&")):
            left, _, right = part.partition("==")
            found = fill(f"${{{{ {left.strip()} }}}}", context)
            if found != right.strip().strip("'") if right else not found:
                return False
        return True

    def _run(self, step: Mapping[str, object], context: Mapping[str, object], event_name: str) -> None:
        name, given = str(step["id"]), step["env"]
        assert isinstance(given, dict) and step["shell"] == "sh"
        output = self.folder / f"output-{name}"
        output.touch()
        environment = {
            **os.environ,
            **self.variables,
            "PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}",
            "CI": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_REPOSITORY": "acme/corpus",
            "GITHUB_REF_NAME": "main",
            "GITHUB_SHA": git(self.workspace, "rev-parse", "HEAD"),
            "RUNNER_TEMP": str(self.folder),
            **{key: fill(str(value), context) for key, value in given.items()},
        }
        done = subprocess.run(
            ["sh", "-e", "-c", str(step["run"])],
            cwd=self.workspace,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=200,
        )
        self.log += done.stdout + done.stderr
        self.code = done.returncode
        self.steps[name] = outputs_of(output.read_text(encoding="utf-8"))


def fill(text: str, context: Mapping[str, object]) -> str:
    """Every `${{ a.b.c }}` replaced; what does not exist is the empty string, as on GitHub."""

    def value(match: re.Match[str]) -> str:
        found: object = context
        for part in match[1].strip().split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return "" if found is None else str(found)

    return re.sub(r"\$\{\{([^}]*)\}\}", value, text)


def outputs_of(text: str) -> dict[str, str]:
    """`name<<DELIMITER`, the value, `DELIMITER`: as the runner reads the file."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, _, delimiter = line.partition("<<")
        found[name] = "\n".join(iter(lines.__next__, delimiter))
    return found


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout.strip()
