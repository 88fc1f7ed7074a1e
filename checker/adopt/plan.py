"""What `init` writes: files by path, and what it leaves to people, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from checker.adopt import ci_file, precommit
from checker.adopt.card_stub import card_path, card_text
from checker.adopt.look import Sight
from checker.adopt.policy_file import narrow_text, packs_for, policy_id, policy_text
from checker.adopt.settings_file import settings_text
from checker.policy.places import SCHEMAS, SETTINGS
from checker.resources import policy_root

_MOST_CARDS = 100
# A question with its default answer yes.
Ask = Callable[[str], bool]


class Choices(NamedTuple):
    """Where hooks and workflow take headwater from; empty: what is installed."""

    source: str = ""
    revision: str = ""


class File(NamedTuple):
    """A file to write; `grows` marks one that is there already and only gets longer."""

    path: str
    data: bytes
    grows: bool = False


class Plan(NamedTuple):
    """`files` to write, `kept` what is there already, `said` what people have to do by hand."""

    files: tuple[File, ...]
    kept: tuple[str, ...]
    said: tuple[str, ...]


def plan(sight: Sight, config: bytes | None, choices: Choices, ask: Ask) -> Plan:
    """Everything that fits the repository; `config` is its configuration of pre-commit."""
    files = [File(SETTINGS, settings_text(sight, _schema_line("settings", SETTINGS)).encode())]
    kept: list[str] = []
    said: list[str] = []
    if _policies(sight):
        kept.append(f"{_policies(sight)[0]} is the policy already")
    else:
        files += _starters(sight, ask)
    files += [File(f"{SCHEMAS}/{name}.schema.json", _schema(name)) for name in ("settings", "policy")]
    files += _cards(sight, ask, said)
    _add_hooks(files, kept, said, config, choices, ask)
    _add_ci(files, kept, said, sight, choices, ask)
    there = [file.path for file in files if file.path in sight.files and not file.grows]
    new = tuple(file for file in files if file.grows or file.path not in sight.files)
    return Plan(new, (*kept, *(f"{path} is there already" for path in there)), tuple(said))


def _starters(sight: Sight, ask: Ask) -> Iterator[File]:
    """One policy for all data, and one more for each pack that only some of it is for."""
    own = policy_id(sight.name)
    packs = tuple(pack for pack in packs_for(sight) if not pack.question or ask(pack.question))
    path = f"policies/{own}.yaml"
    yield File(path, policy_text(own, tuple(p for p in packs if not p.datasets), _schema_line("policy", path)).encode())
    for pack in packs:
        if pack.datasets:
            name = pack.name.partition("@")[0]
            path = f"policies/{own}-{name}.yaml"
            yield File(path, narrow_text(f"{own}-{name}", pack, _schema_line("policy", path)).encode())


def _policies(sight: Sight) -> list[str]:
    return sorted(path for path in sight.files if path.startswith("policies/") and path.endswith((".yaml", ".yml")))


def _schema_line(name: str, path: str) -> str:
    up = "../" * path.count("/")
    return f"# yaml-language-server: $schema={up or './'}{SCHEMAS}/{name}.schema.json\n"


def _schema(name: str) -> bytes:
    return (Path(policy_root()) / "schema" / f"{name}.schema.json").read_bytes()


def _cards(sight: Sight, ask: Ask, said: list[str]) -> list[File]:
    bare = [seen for seen in sight.datasets if seen.card is None]
    if not bare or not ask(f"Begin {len(bare):,} {'card' if len(bare) == 1 else 'cards'} with what can be measured?"):
        return []
    if len(bare) > _MOST_CARDS:
        said.append(f"{len(bare) - _MOST_CARDS:,} more datasets have no card: run init again once the first are filled")
    files: list[File] = []
    for seen in bare[:_MOST_CARDS]:
        taken = sight.files | {file.path for file in files}
        files.append(File(card_path(seen, taken), card_text(seen).encode("utf-8", "backslashreplace")))
    return files


def _add_hooks(
    files: list[File], kept: list[str], said: list[str], config: bytes | None, choices: Choices, ask: Ask
) -> None:
    source, revision = choices
    if config is not None and precommit.has_headwater(config):
        kept.append(f"{precommit.CONFIG} names headwater already")
        return
    if not ask(f"Add the hooks to {precommit.CONFIG}?"):
        return
    if config is None:
        files.append(File(precommit.CONFIG, precommit.new_config(source, revision).encode()))
        return
    made = precommit.appended(config, source, revision)
    if made is not None:
        files.append(File(precommit.CONFIG, made, grows=True))
    else:
        said.append(f"add to repos in {precommit.CONFIG}:\n{precommit.entry(source, revision)}")


def _add_ci(files: list[File], kept: list[str], said: list[str], sight: Sight, choices: Choices, ask: Ask) -> None:
    other = ci_file.elsewhere(sight)
    if other == "GitLab":
        said.append(f"include the job in .gitlab-ci.yml from a project of its own:\n{ci_file.GITLAB}")
    elif other:
        said.append(f"for {other}, copy the job that hooks/README.md of headwater shows")
    elif ci_file.WORKFLOW in sight.files:
        kept.append(f"{ci_file.WORKFLOW} is there already")
    elif ask("Add the workflow for GitHub that judges pull requests?"):
        text = ci_file.workflow_text(*choices)
        files.append(File(ci_file.WORKFLOW, text.encode()))
        if ci_file.PLACEHOLDER in text:
            said.append(f"in {ci_file.WORKFLOW}, name where you host headwater instead of {ci_file.PLACEHOLDER}")
