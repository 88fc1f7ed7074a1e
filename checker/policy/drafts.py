"""Policies as they are written, before packs are merged in: what is not stated is None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from checker.model.location import Location
from checker.model.nothing import NOTHING
from checker.model.policy import Level, Rationale, Stage, WhenMissing
from checker.safeyaml import Document

# What a rule may say beside `with`, `select` and `ratchet`: each as one piece, so the last who says it counts.
WHOLE = ("level", "waivable", "stages", "when_missing", "rationale", "title", "fix", "tags")
_Keys = tuple[str | int, ...]


class RuleDraft(NamedTuple):
    """One rule as a file states it. `select` holds only the keys that are stated; `origin` is the pack it came from.

    `stated` maps each thing that somebody wrote (`level`, `with.max`, `select.roles`, `ratchet.against`) to the
    document and the keys where it stands.
    """

    id: str
    check: str
    place: Location
    document: Document
    position: int
    level: Level | None = None
    waivable: bool | None = None
    stages: tuple[Stage, ...] | None = None
    when_missing: WhenMissing | None = None
    params: Mapping[str, object] = NOTHING
    select: Mapping[str, Any] = NOTHING
    rationale: Rationale | None = None
    title: str | None = None
    fix: str | None = None
    tags: tuple[str, ...] | None = None
    ratchet: Mapping[str, Any] | None = None
    origin: str = ""
    stated: Mapping[str, tuple[Document, _Keys]] = NOTHING

    def at(self, *keys: str) -> Location:
        """Where this rule says something."""
        return self.document.where("rules", self.position, *keys)


class Extends(NamedTuple):
    """A pack that a policy names, and the values of the pack's parameters that it sets."""

    pack: str
    given: Mapping[str, object] = NOTHING


class Values(NamedTuple):
    """What an entry of `extends` sets of a pack's parameters, and where: `with` of that entry of that document."""

    given: Mapping[str, object] = NOTHING
    document: Document | None = None
    position: int = 0

    def place(self, *keys: str) -> Location | None:
        """Where the entry says something."""
        return self.document.where("extends", self.position, *keys) if self.document else None


class PolicyDraft(NamedTuple):
    """One policy as a file states it. `select` and `waivers` hold only the keys that are stated.

    `includes` and `parameters` are as written: most policies have neither.
    """

    id: str
    document: Document
    version: str = ""
    title: str = ""
    owners: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    extends: tuple[Extends, ...] = ()
    includes: Sequence[Mapping[str, Any]] = ()
    parameters: Mapping[str, Mapping[str, Any]] = NOTHING
    select: Mapping[str, Any] = NOTHING
    waivers: Mapping[str, Any] = NOTHING
    rules: tuple[RuleDraft, ...] = ()

    def extends_at(self, index: int, *keys: str) -> Location:
        """Where a pack is named, or what is said of it."""
        return self.document.where("extends", index, *(keys or ("pack",)))


def parameter_in(value: object) -> str | None:
    """The name in `{parameter: NAME}`, which stands for the value of a parameter of the pack."""
    name = value.get("parameter") if isinstance(value, dict) and len(value) == 1 else None
    return name if isinstance(name, str) else None


def uses_parameters(draft: PolicyDraft) -> bool:
    """Whether any value of the draft is that of a parameter."""
    given = (entry.given for entry in draft.extends)
    return any(
        type(value) is dict and parameter_in(value)
        for values in (*given, *(rule.params for rule in draft.rules))
        for value in values.values()
    )


def draft_of(document: Document) -> PolicyDraft:
    """The draft of a document that the schema has accepted."""
    data: Any = document.data
    metadata = data["metadata"]
    return PolicyDraft(
        id=metadata["id"],
        document=document,
        version=metadata.get("version", ""),
        title=metadata.get("title", ""),
        owners=tuple(metadata.get("owners", ())),
        refs=tuple(metadata.get("refs", ())),
        extends=tuple(Extends(entry["pack"], entry.get("with", NOTHING)) for entry in data.get("extends", ())),
        includes=data.get("include", ()),
        parameters=data.get("parameters", NOTHING),
        select=data.get("select", {}),
        waivers=data.get("waivers", {}),
        rules=tuple(_rule(document, index, entry) for index, entry in enumerate(data.get("rules", ()))),
    )


def _rule(document: Document, index: int, entry: Mapping[str, Any]) -> RuleDraft:
    return RuleDraft(
        id=entry["id"],
        check=entry["check"],
        place=document.where("rules", index, "id"),
        document=document,
        position=index,
        level=Level(entry["level"]) if "level" in entry else None,
        waivable=entry.get("waivable"),
        stages=_in_order(entry["stages"]) if "stages" in entry else None,
        when_missing=WhenMissing(entry["when_missing"]) if "when_missing" in entry else None,
        params=entry.get("with", {}),
        select=entry.get("select", {}),
        rationale=Rationale(**entry["rationale"]) if "rationale" in entry else None,
        title=entry.get("title"),
        fix=entry.get("fix"),
        tags=tuple(entry["tags"]) if "tags" in entry else None,
        ratchet=entry.get("ratchet"),
        stated=_stated(document, ("rules", index), entry),
    )


def _stated(document: Document, above: _Keys, entry: Mapping[str, Any]) -> dict[str, tuple[Document, _Keys]]:
    """Each thing that the rule says, and where."""
    found = {name: (document, (*above, name)) for name in ("check", *WHOLE) if name in entry}
    for group in ("with", "select", "ratchet"):
        found |= {f"{group}.{key}": (document, (*above, group, key)) for key in entry.get(group, ())}
    return found


def _in_order(stages: list[str]) -> tuple[Stage, ...]:
    return tuple(stage for stage in Stage if stage.value in stages)
