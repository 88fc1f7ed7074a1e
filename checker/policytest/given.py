"""Evidence from short descriptions: what tests of policies and the cases of the checks are written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.model import likeness
from checker.model.card import Card, CardFormat, CardProblem, Value
from checker.model.composition import (
    Absence,
    BadRow,
    Cell,
    Composition,
    Measurement,
    Moments,
    Origin,
    Tally,
    Unmeasured,
)
from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion, Shard
from checker.model.evidence import Evidence
from checker.model.lineage import Gap, GapKind, Lineage, Link, Step
from checker.model.location import Location
from checker.policytest import given_text

NAME = "data/train"
PPM = 1_000_000
AXES = ("kind", "domain", "language", "source")


def cell(described: Mapping[str, Any]) -> tuple[Cell, Tally]:
    """`{origin: machine, records: 30, domain: health, scores: {900: 20}, ...}`; scores are thousandths -> records."""
    given = dict(described)
    place = Cell(Origin(given.pop("origin")), **{axis: given.pop(axis, "") for axis in AXES})
    scores = {int(score): (number, number * int(score) * 1000) for score, number in given.pop("scores", {}).items()}
    given.setdefault("weight_micro", given.get("records", 0) * PPM)
    for name in ("token_moments", "weight_moments"):
        if name in given:
            given[name] = Moments(**given[name])
    return place, Tally(scores=scores, **given)


def composition(described: list[Mapping[str, Any]], bad_rows: int = 0) -> Composition:
    """Cells, and unreadable rows that start at line 31."""
    samples = (BadRow(31, "not JSON"),) if bad_rows else ()
    return Composition(dict(sorted(map(cell, described))), bad_rows, samples)


def measured(name: str, described: Any) -> Measurement | Unmeasured:
    """A list of cells; `{unmeasured: DEFERRED}`; or `{bad_rows: 3, cells: [...], slices: {...}}`."""
    key = f"hash-of-{name}"
    if isinstance(described, list):
        return Measurement(key, composition(described), f"sha256:measured-{name}")
    if "unmeasured" in described:
        absence = Absence[described["unmeasured"]]
        return Unmeasured(key, absence, absence.value, "run headwater check --stage push")
    cells = composition(described.get("cells", []), described.get("bad_rows", 0))
    return Measurement(key, cells._replace(slices=described.get("slices", {})), f"sha256:measured-{name}")


def version(shards: Mapping[str, Any] | None, name: str = NAME, **given: Any) -> DatasetVersion:
    """A version whose shards are hashed by what they hold, so that equal shards have equal hashes."""
    listed = (
        None
        if shards is None
        else tuple(Shard(path, shard_hash(path, held), size_bytes=100) for path, held in shards.items())
    )
    fields: dict[str, Any] = {"hash": "feed.dir", "is_dir": True, "shards": listed, **given}
    return DatasetVersion(name, "", definition=Location(f"{name}.dvc", 3), **fields)


def shard_hash(name: str, held: Any) -> str:
    """`same_as: NAME` gives a shard the content of another."""
    return f"hash-of-{held['same_as']}" if isinstance(held, dict) and "same_as" in held else f"hash-of-{name}"


def measurements(shards: Mapping[str, Any] | None) -> dict[str, Measurement | Unmeasured]:
    """By hash; shards that are the same as another have no measurement of their own."""
    return {
        shard_hash(name, held): measured(name, held)
        for name, held in (shards or {}).items()
        if not (isinstance(held, dict) and "same_as" in held) and held is not None
    }


def card(described: Mapping[str, Any]) -> Card:
    """`{fields: {license: [MIT], sources: {empty: true}}, problems: [...]}`; a statement is on the line of its turn."""
    path = described.get("path", "cards/train.md")
    fields: dict[str, tuple[Value, ...]] = {}
    line = 1
    for key, contents in described.get("fields", {}).items():
        values = []
        for content in contents if isinstance(contents, list) else [contents]:
            line += 1
            empty = isinstance(content, dict) and "empty" in content
            values.append(Value("" if empty else content, Location(path, line), f"/{key}", not empty))
        fields[key] = tuple(values)
    problems = tuple(CardProblem(text, Location(path, 2)) for text in described.get("problems", ()))
    return Card(
        path, CardFormat(described.get("format", "huggingface")), digest="sha256:card", fields=fields, problems=problems
    )


def lineage(described: Mapping[str, Any], name: str = NAME) -> Lineage:
    """`{roots: [...], imports: [url], gaps: [{kind: UNTRACKED, path: x}]}`."""
    where = Location("dvc.yaml", 7)
    imports = tuple(Link("data/raw", kind="import", url=url, rev_lock="0" * 40) for url in described.get("imports", ()))
    steps = (Step("import", where, deps=imports),) if imports else ()
    if described.get("added", not imports):
        steps = (*steps, Step(f"{name}.dvc", where, outs=(Link(name),)))
    return Lineage(
        steps=steps if described.get("steps", True) else (),
        roots=tuple(described.get("roots", ())),
        gaps=tuple(_gap(gap, where) for gap in described.get("gaps", ())),
        unchecked=tuple(_gap(gap, where) for gap in described.get("unchecked", ())),
    )


def _gap(described: Mapping[str, Any], where: Location) -> Gap:
    kind = GapKind[described["kind"]]
    return Gap(kind, described["path"], f"{described['path']} breaks the trail: {kind.value}", where, "run dvc repro")


def evidence(described: Mapping[str, Any]) -> Evidence:
    """All of a case: `name`, `role`, `labels`, `settings`, `shards` or `composition`, `version`, `base`, `where`,
    `card`, `base_card`, `lineage`, `earlier`, and of its text what `given_text` builds."""
    name = described.get("name", NAME)
    shards, base = shards_of(described), described.get("base")
    before = None
    if isinstance(base, dict):
        before = version(base.get("shards"), name, **{"hash": "cafe.dir", **base.get("version", {})})
    labels = {"labels": tuple(described["labels"])} if "labels" in described else {}
    return Evidence(
        dataset=Dataset(
            name,
            version(shards, name, **labels, **described.get("version", {})),
            settings(described),
            base=before,
            base_problem=base if isinstance(base, str) else None,
        ),
        card=card(described["card"]) if "card" in described else None,
        card_problem=described.get("card_problem"),
        base_card=card(described["base_card"]) if "base_card" in described else None,
        lineage=lineage(described["lineage"], name) if "lineage" in described else None,
        measurements=measurements(shards),
        base_measurements=measurements(base.get("shards")) if isinstance(base, dict) else {},
        where={axis: tuple(values) for axis, values in described.get("where", {}).items()},
        earlier={against: earlier(given, described) for against, given in described.get("earlier", {}).items()},
        **given_text.of_case(described, name),
    )


def shards_of(described: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The shards as they are given, or those that have the given shares."""
    if "composition" not in described:
        shards: Mapping[str, Any] | None = described.get("shards")
        return shards
    from checker.policytest.shares import shards_with

    return shards_with(described["composition"])


def settings(described: Mapping[str, Any]) -> DatasetSettings:
    """What `headwater.yaml` would say of the dataset; `role` stands beside the rest as it is needed most."""
    stated = {**described.get("settings", {}), **{key: described[key] for key in ("role",) if key in described}}
    if not stated:
        return DatasetSettings()
    from checker.policy.settings import dataset_settings

    return dataset_settings(stated)


def earlier(given: Mapping[str, Any], described: Mapping[str, Any]) -> Evidence | likeness.Gap:
    """The evidence of a reference, of the dataset of the same name; `{gap: WHY}` for one that is not there."""
    if "gap" in given:
        return likeness.Gap(given["gap"], given.get("fix", ""), given.get("deferred", False))
    same = {key: described[key] for key in ("name", "role", "settings") if key in described}
    return evidence({**same, **given})
