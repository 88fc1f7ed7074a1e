"""Reads `dvc.lock`: what each stage used and made when it last ran (schema 2.0, and 1.0 of DVC 1.x)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from checker.discover.definitions import LockEntry, Problem
from checker.discover.dvcfile import read_document
from checker.discover.paths import dependency, shown
from checker.discover.records import Faults, Keys, Recorded, link, read_dependency, read_recorded
from checker.model.lineage import Link
from checker.safeyaml import Document


class Lock(NamedTuple):
    """A parsed `dvc.lock`. `level` is the keys that lead to the stages."""

    document: Document
    stages: Mapping[str, object]
    level: Keys

    def entry(self, name: str, folder: str) -> tuple[LockEntry | None, Mapping[str, Recorded], tuple[Problem, ...]]:
        """What was recorded for a stage: the entry, its outs by path, and faults. `folder` is the stage's `wdir`."""
        if name not in self.stages:
            return None, {}, ()
        faults = Faults(self.document)
        keys = (*self.level, name)
        content = faults.mapping(self.stages[name], f"the stage {name}", *keys)
        outs, recorded = _outs(content, keys, folder, faults)
        entry = LockEntry(
            cmd=content.get("cmd"),
            deps=_deps(content, keys, folder, faults),
            outs=outs,
            params=_params(content, keys, folder, faults),
            location=self.document.where_key(*keys),
        )
        return entry, recorded, tuple(faults.found)


def read_lock(path: str, data: bytes) -> tuple[Lock | None, tuple[Problem, ...]]:
    """Parse a `dvc.lock`."""
    document = read_document(data, path)
    if isinstance(document, Problem):
        return None, (document,)
    faults = Faults(document)
    content = faults.mapping(document.data, "dvc.lock")
    schema = content.get("schema")
    if schema is None:
        return Lock(document, content, ()), ()
    if str(schema) != "2.0":
        faults.add(f"the lock schema {shown(schema)} is unknown; 1.0 and 2.0 are read", "schema")
    stages = faults.mapping(content.get("stages") or {}, "`stages`", "stages")
    return Lock(document, stages, ("stages",)), tuple(faults.found)


def _deps(content: Mapping[str, object], keys: Keys, folder: str, faults: Faults) -> tuple[Link, ...]:
    found = []
    for index, item in enumerate(faults.items(content.get("deps"), "`deps`", *keys, "deps")):
        entry = faults.mapping(item, "a dependency", *keys, "deps", index)
        if entry:
            found.append(read_dependency(entry, (*keys, "deps", index), folder, faults))
    return tuple(dep for dep in found if dep is not None)


def _outs(
    content: Mapping[str, object], keys: Keys, folder: str, faults: Faults
) -> tuple[tuple[Link, ...], dict[str, Recorded]]:
    links, recorded = [], {}
    for index, item in enumerate(faults.items(content.get("outs"), "`outs`", *keys, "outs")):
        at = (*keys, "outs", index)
        entry = faults.mapping(item, "an output", *at)
        # Whether an output may lie outside is said in dvc.yaml, where it is judged.
        place = dependency(entry.get("path"), folder)
        if place.fault:
            faults.add(place.fault, *at, "path")
            continue
        recorded[place.path] = read_recorded(entry, at, faults)
        links.append(link(place, recorded[place.path]))
    return tuple(links), recorded


def _params(
    content: Mapping[str, object], keys: Keys, folder: str, faults: Faults
) -> Mapping[str, Mapping[str, object]]:
    """Parameter values by file."""
    held = content.get("params")
    found = {}
    for name, values in (faults.mapping(held, "`params`", *keys, "params") if held is not None else {}).items():
        place = dependency(name, folder)
        if place.fault:
            faults.add(place.fault, *keys, "params", name)
        else:
            found[place.path] = faults.mapping(values or {}, "parameters", *keys, "params", name)
    return found
