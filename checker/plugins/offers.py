"""What a distribution offers by its entry points: imported, held against what is asked of each kind, named if wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from checker.errors import PluginError
from checker.model.evidence import Evidence
from checker.model.outcome import Judgement
from checker.model.plugin import CardFormat, Metric, RecordFormat, Renderer
from checker.plugins.api import API
from checker.plugins.installed import Installed, module_of
from checker.rules import shipped_ids
from checker.rules._base import Check, Missing, Parameters

# In the order of `checker.model.plugin.Plugin`.
KINDS: Mapping[str, tuple[str, type[Any]]] = {
    "headwater.checks": ("check", Check),
    "headwater.card_formats": ("card format", CardFormat),
    "headwater.record_formats": ("record format", RecordFormat),
    "headwater.renderers": ("renderer", Renderer),
    "headwater.metrics": ("metric", Metric),
}
GROUPS = tuple(KINDS)
NOUNS = {group: noun for group, (noun, _) in KINDS.items()}
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
# Those that headwater reads itself, of cards and of shards.
TAKEN = {
    "headwater.card_formats": (".md", ".markdown", ".yaml", ".yml", ".json", ".jsonld"),
    "headwater.record_formats": (
        *(".jsonl", ".ndjson", ".jsonlines", ".json", ".parquet", ".pq", ".arrow", ".arrows", ".feather", ".ipc"),
        *(".txt", ".text", ".md", ".rst", ".tsv", ".tab", ".csv", ".gz", ".gzip", ".zst", ".zstd"),
    ),
}


def offer(installed: Installed, group: str) -> dict[str, Any]:
    """Everything of one group by name. Raises PluginError for what is not as it must be."""
    points = sorted(point for point in installed.distribution.entry_points if point.group == group)
    found: dict[str, Any] = {}
    for point in points:
        where = f"the {NOUNS[group]} {point.name} of the plug-in {installed.stamp.name}"
        if point.name in found:
            raise PluginError(f"{where} is declared twice", hint="rename one of them")
        found[point.name] = _checked(group, point.name, _object(installed, point, where), where)
    return found


def _object(installed: Installed, point: Any, where: str) -> Any:
    """Import it. Whatever a plug-in raises is its own fault, and is named as such."""
    try:
        module = module_of(installed, point.module)
        version = getattr(module, "headwater_api", None)
        if type(version) is not int or version != API:
            said = "does not say which API it is for" if version is None else f"is for the API {version!r}"
            raise PluginError(f"{where} {said}, this is {API}", hint=f"write headwater_api = {API} in {point.module}")
        found = module
        for name in (point.attr or "").split("."):
            found = getattr(found, name)
        return found
    except PluginError:
        raise
    except Exception as error:  # code of others: whatever its import raises
        said = f"{type(error).__name__}: {error}"
        hint = "install a version that fits, or take it out of plugins in headwater.yaml"
        raise PluginError(f"{where} cannot be imported ({said[:300]})", hint=hint) from error


def _checked(group: str, name: str, found: Any, where: str) -> Any:
    noun, kind = KINDS[group]
    if not isinstance(found, kind):
        article = f"a checker.plugins.api.{kind.__name__}"
        raise PluginError(f"{where} is {type(found).__name__}, {article} is expected", hint=f"make it {article}")
    if not name or set(name) - _LETTERS or len(name) > 63:
        raise PluginError(f"{where} has no name for a {noun}", hint="use lower-case letters, digits and hyphens")
    if isinstance(found, Check):
        _refuse_check(name, found, where)
        return _guarded(found, where)
    _refuse_calls(found, where)
    if isinstance(found, CardFormat | RecordFormat):
        _refuse_endings(found.endings, TAKEN[group], where)
    return found


def _refuse_check(name: str, check: Check[Any], where: str) -> None:
    if name in shipped_ids():
        raise PluginError(f"{where} has the name of a check that headwater ships", hint="give it a name of its own")
    if check.id != name:
        raise PluginError(f"{where} calls itself {check.id!r}", hint="use one name for the entry point and the check")
    if not isinstance(check.params, type) or not issubclass(check.params, Parameters):
        raise PluginError(f"{where} has no parameters that headwater knows", hint="subclass Parameters")
    if not check.doc.strip():
        raise PluginError(f"{where} says nothing of itself", hint="write what it checks into its module's docstring")


def _guarded(check: Check[Any], where: str) -> Check[Any]:
    """The check as rules use it: where it fails, the rule is not evaluated, and all others are."""

    def judge(evidence: Evidence, params: Any) -> Iterator[Judgement]:
        try:
            yield from check.judge(evidence, params)
        except Missing:
            raise
        except Exception as error:  # code of others; what it cannot judge is not evaluated
            said = f"{type(error).__name__}: {error}"[:200]
            raise Missing(f"{where} failed ({said})", "report it to those who make the plug-in") from error

    return Check(
        id=check.id,
        group=check.group,
        params=check.params,
        needs=check.needs,
        judge=judge,
        module=check.module or check.judge.__module__,
        references=check.references,
        worse=check.worse,
        refuse=check.refuse,
    )


def _refuse_calls(found: Any, where: str) -> None:
    """Every field but the endings is called."""
    for field, value in found._asdict().items():
        if field != "endings" and not callable(value):
            raise PluginError(f"{field} of {where} cannot be called", hint="make it a function of a module")
        if field == "read" and isinstance(found, RecordFormat) and not _has_a_name(value):
            raise PluginError(f"{field} of {where} has no name in its module", hint="make it a function of a module")


def _has_a_name(function: Any) -> bool:
    """Whether a worker process will find it again by its name."""
    module = sys.modules.get(getattr(function, "__module__", "") or "")
    return module is not None and getattr(module, getattr(function, "__qualname__", ""), None) is function


def _refuse_endings(endings: object, taken: tuple[str, ...], where: str) -> None:
    known = isinstance(endings, tuple) and endings and all(isinstance(ending, str) for ending in endings)
    if not known or not isinstance(endings, tuple):
        raise PluginError(f"{where} names no endings", hint='write endings=(".ending",)')
    for ending in endings:
        if not ending.startswith(".") or len(ending) < 2 or ending != ending.lower():
            hint = 'write it with the dot and in lower case, such as ".warc"'
            raise PluginError(f"{where} names the ending {ending!r}", hint=hint)
        if ending.endswith(taken):
            raise PluginError(f"{where} takes the ending {ending}, which headwater reads itself", hint="use another")
