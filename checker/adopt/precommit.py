"""The entry for pre-commit: a new configuration, or one more repository at the end of an existing one."""

from __future__ import annotations

import json
import re

from checker import safeyaml
from checker.errors import YamlError
from checker.hooks_catalog import MINIMUM_PRE_COMMIT, hooks

CONFIG = ".pre-commit-config.yaml"
_ITEM = re.compile(r"([ ]*)-(?:[ ]|$)")


def entry(source: str, revision: str) -> str:
    """The repository entry. Without a source the hooks run the `headwater` that is installed."""
    if source:
        names = [hook.id for hook in hooks() if hook.language == "python"]
        return f"- repo: {source}\n  rev: {revision}\n  hooks:\n" + "".join(f"    - id: {name}\n" for name in names)
    text = "- repo: local\n  hooks:\n"
    for hook in hooks():
        if hook.language == "system":
            text += f"    - id: {hook.id.removesuffix('-system')}\n"
            text += f"      name: {json.dumps(hook.name)}\n"
            text += f"      entry: {hook.entry}\n      language: system\n"
            text += f"      stages: [{', '.join(hook.stages)}]\n"
            text += "      pass_filenames: false\n      require_serial: true\n"
            text += f"      files: {json.dumps(hook.files)}\n" if hook.files else "      always_run: true\n"
    return text


def new_config(source: str, revision: str) -> str:
    """A configuration of its own."""
    return f'minimum_pre_commit_version: "{MINIMUM_PRE_COMMIT}"\nrepos:\n{_indented(entry(source, revision), "  ")}'


def has_headwater(config: bytes) -> bool:
    """Whether somebody has put a hook of ours in already."""
    return re.search(rb"(?m)^\s*(?:-\s+)?(?:id|entry):\s*[\"']?headwater", config) is not None


def appended(config: bytes, source: str, revision: str) -> bytes | None:
    """The configuration with one more entry at the end of `repos`, every other byte as it was.

    None where the result could not be shown to be right: a flow sequence, anchors, something else than a list.
    """
    try:
        text = config.decode("utf-8")
        before = safeyaml.load(config, CONFIG, strict=False)
    except (UnicodeDecodeError, YamlError):
        return None
    data = before.data
    if not isinstance(data, dict) or not isinstance(data.get("repos"), list) or not data["repos"]:
        return None
    lines = text.splitlines(keepends=True)
    first = before.where("repos", 0).line or 1
    indent = _ITEM.match(lines[first - 1])
    if indent is None:
        return None
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    at = _end_of_repos(lines, before, data)
    if not lines[at - 1].endswith("\n"):
        lines[at - 1] += end
    lines.insert(at, _indented(entry(source, revision), indent[1]).replace("\n", end))
    made = "".join(lines).encode()
    return made if _is_one_more(data, made) else None


def _end_of_repos(lines: list[str], before: safeyaml.Document, data: dict[str, object]) -> int:
    """Behind the last line of the list, before the comments and empty lines that lead over to the next key."""
    start = before.where_key("repos").line or 1
    following = [before.where_key(key).line or 1 for key in data]
    at = min((line - 1 for line in following if line > start), default=len(lines))
    while at > start and (not lines[at - 1].strip() or lines[at - 1].startswith("#")):
        at -= 1
    return at


def _is_one_more(data: dict[str, object], made: bytes) -> bool:
    try:
        after = safeyaml.load(made, CONFIG, strict=False).data
    except YamlError:
        return False
    repos = data["repos"]
    if not isinstance(after, dict) or not isinstance(repos, list) or not isinstance(after.get("repos"), list):
        return False
    others = {key: value for key, value in data.items() if key != "repos"}
    return bool(after["repos"][:-1] == repos and {**after, "repos": None} == {**others, "repos": None})


def _indented(text: str, indent: str) -> str:
    return "".join(f"{indent}{line}" for line in text.splitlines(keepends=True))
