"""Explains one rule on one dataset: the very run that `check` makes, with what it saw and how it computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from checker import rules
from checker.errors import UsageError
from checker.globs import matches
from checker.model.composition import Measurement
from checker.model.evidence import Evidence
from checker.model.explanation import Explanation, Section
from checker.model.likeness import Gap
from checker.model.location import Location
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level, Policy, RuleUse, Stage
from checker.model.report import Report
from checker.policy.nearest import did_you_mean
from checker.policy.schemas.shapes import plain
from checker.policy.select import selects
from checker.rules._base import Missing
from checker.run import Request, check

Progress = Callable[[int, int, str], None]
MOST_SHARDS = 10


class Seen(NamedTuple):
    """What the run was made of."""

    policies: tuple[Policy, ...]
    evidence: Mapping[str, Evidence]
    report: Report


def explain(request: Request, rule: str, dataset: str, progress: Progress | None = None) -> Explanation:
    """Run the check and explain. Raises UsageError for a rule or a dataset that is not there, with the nearest name."""
    seen = _seen(request, dataset.rstrip("/"), progress)
    policy, used = _rule(seen.policies, rule)
    evidence = seen.evidence[dataset.rstrip("/")]
    name = evidence.dataset.name
    outcomes = tuple(
        one for one in seen.report.outcomes if one.rule == used.id and one.dataset == name and not one.informs_only
    )
    judged = bool(outcomes)
    sections = (
        Section("the rule", tuple(_origin(policy, used))),
        Section(
            f"why it is {'' if judged else 'not '}for this dataset", tuple(_selected(used, evidence, request.stage))
        ),
        Section("the evidence", tuple(_evidence(evidence, used))),
        Section("the computation", tuple(_computation(used, evidence)) if judged else ()),
        Section("what would make it pass", tuple(_counterfactual(outcomes))),
    )
    state = f"{seen.report.snapshot.label} at stage {request.stage.value}"
    shown = tuple(section for section in sections if section.lines)
    return Explanation(used.id, used.check, name, state, shown, outcomes)


def _seen(request: Request, dataset: str, progress: Progress | None) -> Seen:
    kept: list[tuple[tuple[Policy, ...], Mapping[str, Evidence]]] = []
    report = check(
        request._replace(everything=True, only=(dataset,)),
        progress,
        lambda policies, evidence: kept.append((policies, evidence)),
    )
    policies, evidence = kept[0]
    return Seen(policies, evidence, report)


def _rule(policies: tuple[Policy, ...], name: str) -> tuple[Policy, RuleUse]:
    """By its whole id, or by the part after the slash where only one policy has it."""
    every = [(policy, rule) for policy in policies for rule in policy.rules]
    found = [pair for pair in every if pair[1].id == name] or [
        pair for pair in every if pair[1].id.partition("/")[2] == name
    ]
    if len(found) > 1:
        hint = f"say which one: {' or '.join(rule.id for _, rule in found)}"
        raise UsageError(f"{name} is a rule of several policies", hint=hint)
    if not found:
        known = [rule.id for _, rule in every] + [rule.id.partition("/")[2] for _, rule in every]
        raise UsageError(f"no policy that binds has a rule {name}", hint=did_you_mean(name, known))
    return found[0]


def _origin(policy: Policy, rule: RuleUse) -> Iterator[str]:
    """Who wrote what: every parameter with its value and its place."""
    title = f": {rule.title}" if rule.title else ""
    yield f"{rule.id}{title}, check {rule.check} at level {rule.level.value}, written at {rule.location}"
    version = f" {policy.version}" if policy.version else ""
    at = f", read at {policy.revision}" if policy.revision else ""
    yield f"policy {policy.id}{version} ({policy.digest}){at}"
    if rule.origin:
        yield f"inherited from {rule.origin}"
    checked = rules.by_id(rule.check)
    for attribute, info in checked.params.declared.items():
        unit = f" {info.unit}" if info.unit else ""
        yield f"{info.name} = {plain(getattr(rule.params, attribute))!r}{unit} ({_place(rule, f'with.{info.name}')})"
    stages = ", ".join(stage.value for stage in rule.stages)
    missing = rule.when_missing.value if rule.when_missing else "warn at commit and push, block at pr and release"
    yield f"stages: {stages}; when evidence is missing: {missing}; waivable: {'yes' if rule.waivable else 'no'}"
    ratchet = rule.ratchet
    if ratchet is not None:
        bounds = [
            f"{name} = {value!r} ({_place(rule, f'ratchet.{name}')})"
            for name, value in (("max_worse", ratchet.max_worse), ("max_worse_share", ratchet.max_worse_share))
            if value is not None
        ]
        yield f"ratchet against {ratchet.against} ({_place(rule, 'ratchet.against')}): {', '.join(bounds)}"
    why = rule.rationale
    if why.why:
        yield f"why it stands: {why.why}" + (f" ({why.source})" if why.source else "")


def _place(rule: RuleUse, key: str) -> str:
    place: Location | None = rule.stated.get(key)
    return f"stated at {place}" if place is not None else "the default"


def _selected(rule: RuleUse, evidence: Evidence, stage: Stage) -> Iterator[str]:
    select, dataset = rule.select, evidence.dataset
    if rule.level is Level.OFF or stage not in rule.stages:
        stages = ", ".join(one.value for one in rule.stages)
        yield f"it is not active at stage {stage.value}: its level is {rule.level.value}, its stages are {stages}"
    fitting = [glob for glob in select.datasets if matches(glob, dataset.name)]
    if select.datasets:
        globs = ", ".join(select.datasets)
        yield f"{dataset.name} fits {fitting[0] if fitting else 'nothing'} of select.datasets ({globs})"
    if select.roles:
        yield f"its role is {dataset.settings.role.value}; select.roles has {', '.join(select.roles)}"
    if select.labels:
        labels = ", ".join(dataset.version.labels) or "none"
        yield f"its labels are {labels}; select.labels has {', '.join(select.labels)}"
    if select.paths:
        yield f"of its shards those count that fit {', '.join(select.paths)}"
    for axis, values in sorted(select.where.items()):
        yield f"only records of {axis} {' or '.join(values)} count"
    if not (select.datasets or select.roles or select.labels):
        yield "it selects every dataset"
    if not selects(select, dataset):
        yield "so the rule does not judge it"


def _evidence(evidence: Evidence, rule: RuleUse) -> Iterator[str]:
    """Each piece with its digest, and where it lies."""
    version = evidence.dataset.version
    yield f"{version.path} is {version.hash_name}:{version.hash} by {version.definition}"
    shards = version.shards or ()
    measured = [shard for shard in shards if isinstance(evidence.measurements.get(shard.hash), Measurement)]
    if evidence.measurements:
        bad = sum(
            found.composition.bad_rows for found in evidence.measurements.values() if isinstance(found, Measurement)
        )
        unread = f", {bad:,} rows of them cannot be read" if bad else ""
        yield f"{len(measured):,} of {len(shards):,} shards are measured{unread}"
    for shard in measured[:MOST_SHARDS]:
        found = evidence.measurements[shard.hash]
        digest = found.digest if isinstance(found, Measurement) else ""
        yield f"{shard.path} is {shard.hash_name}:{shard.hash}, its measurement {_sha(digest)}"
    if len(measured) > MOST_SHARDS:
        yield f"and {len(measured) - MOST_SHARDS:,} more shards"
    if evidence.card is not None:
        yield f"card {evidence.card.path}, {_sha(evidence.card.digest)}"
    if evidence.dataset.base is not None:
        base = evidence.dataset.base
        yield f"the base has {base.hash_name}:{base.hash} by {base.definition}"
    for name, digests in sorted(evidence.reference_digests.items()):
        yield f"compared with {name}: {', '.join(digests)}"
    if rule.ratchet is not None:
        yield _reference(evidence, rule.ratchet.against)


def _reference(evidence: Evidence, against: str) -> str:
    there = evidence.earlier.get(against)
    if there is None or isinstance(there, Gap):
        return f"the reference {against} is not there: {there.what if there else 'it was not gathered'}"
    version = there.dataset.version
    return f"the reference {there.label} has {version.hash_name}:{version.hash} by {version.definition}"


def _sha(digest: str) -> str:
    return digest if ":" in digest or not digest else f"sha256:{digest}"


def _computation(rule: RuleUse, evidence: Evidence) -> Iterator[str]:
    from checker.evaluate.paths import narrowed

    asked = narrowed(evidence, rule.select.paths)._replace(where=rule.select.where)
    try:
        yield from rules.by_id(rule.check).workings(asked, rule.params)
    except Missing as missing:
        yield f"cannot be computed: {missing.what}"


def _counterfactual(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.status is not Status.PASS and outcome.fix:
            scope = ", ".join(f"{axis} {value}" for axis, value in outcome.scope)
            yield f"{scope}: {outcome.fix}" if scope else outcome.fix
    if outcomes and all(outcome.status is Status.PASS for outcome in outcomes):
        yield "it passes"
