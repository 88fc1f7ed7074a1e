"""One test document becomes cases, held against the policy that it tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker.errors import HeadwaterError, PolicyError
from checker.model.evidence import Evidence
from checker.model.exemption import Waiver
from checker.model.location import Location
from checker.model.policy import Level, Policy, Stage
from checker.policy.days import is_day
from checker.policy.kinds import WAIVER
from checker.policy.nearest import did_you_mean, shown
from checker.policy.waivers.reading import read_waiver
from checker.policytest import given
from checker.policytest.cases import Case, Expectation
from checker.safeyaml import Document

# The name of a fixture, what is given beside it, the policy and its stages -> evidence. Raises PolicyError.
Measure = Callable[[str, Mapping[str, Any], Policy, tuple[Stage, ...]], Evidence]


class Known(NamedTuple):
    """What tests may name. `policy_of` finds a policy or pack by name, and raises PolicyError where there is none."""

    policy_of: Callable[[str], Policy]
    waivers: Mapping[str, Waiver]


class CaseReader:
    """Reads the cases of one document; `faults` gathers what is wrong."""

    def __init__(self, document: Document, known: Known, measure: Measure) -> None:
        self._document, self._known, self._measure = document, known, measure
        self._beside: tuple[Waiver, ...] = ()
        self.faults: list[HeadwaterError] = []

    def cases(self, beside: Sequence[Document]) -> Iterator[Case]:
        """The cases; `beside` are waivers in the same file, which hold for those that name none."""
        data: Any = self._document.data
        try:
            policy = self._known.policy_of(data["policy"])
        except PolicyError as error:
            place = self._document.where("policy")
            self.faults.append(PolicyError(error.message, hint=error.hint, location=error.location or place))
            return
        found = (_waiver(waiver.data, policy, waiver.where("metadata", "id"), self.faults) for waiver in beside)
        self._beside = tuple(waiver for waiver in found if waiver)
        names: set[str] = set()
        for index, entry in enumerate(data["cases"]):
            if entry["name"] in names:
                hint = "give each case a name of its own"
                self._fault(f"the case {entry['name']} is there twice", hint, index, "name")
            names.add(entry["name"])
            case = self._case(data["metadata"]["id"], policy, index, entry)
            if case is not None:
                yield case

    def _case(self, suite: str, policy: Policy, index: int, entry: Mapping[str, Any]) -> Case | None:
        before = len(self.faults)
        stages = _stages(entry.get("stage", Stage.PR.value))
        at, waivers = entry.get("at", ""), self._waivers(policy, index, entry)
        if at and not is_day(at):
            self._fault(f"at is {at}, which no calendar has", "write a day as YYYY-MM-DD", index, "at")
        if "waivers" in entry and not at:
            self._fault("the case has waivers and no day", "say at: YYYY-MM-DD, the day to judge by", index)
        expect = tuple(self._expectations(policy, stages, index, entry["expect"]))
        evidence = self._evidence(policy, stages, index, entry)
        if evidence is None or len(self.faults) > before:
            return None
        place = self._document.where("cases", index, "name")
        return Case(
            entry["name"],
            suite,
            policy,
            evidence,
            expect,
            place,
            stages,
            at,
            waivers if at else (),
            tuple(entry.get("signed_by", ())),
        )

    def _evidence(
        self, policy: Policy, stages: tuple[Stage, ...], index: int, entry: Mapping[str, Any]
    ) -> Evidence | None:
        described = entry.get("given", {})
        sources = [key for key in ("composition", "shards", "version") if key in described]
        if ("dataset" in entry and sources) or {"composition", "shards"} <= set(sources):
            what = "of the fixture" if "dataset" in entry else "by `shards`"
            message = f"what is in the dataset is stated twice: {what} and by `{sources[0]}`"
            self._fault(message, "keep one of them", index, "given", sources[0])
            return None
        try:
            if "dataset" in entry:
                return self._measure(entry["dataset"], described, policy, stages)
            return given.evidence(described)
        except PolicyError as error:
            self._fault(error.message, error.hint, index, "dataset")
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # The schema knows the words, not how they go together.
            message = f"no evidence can be made of what is given: {error}"
            self._fault(message, "see docs/testing-policies.md", index, "given")
        return None

    def _waivers(self, policy: Policy, index: int, entry: Mapping[str, Any]) -> tuple[Waiver, ...]:
        """Those that the case names or writes out, else those of its file."""
        if "waivers" not in entry:
            return self._beside
        known = {**self._known.waivers, **{waiver.id: waiver for waiver in self._beside}}
        found: list[Waiver] = []
        for position, named in enumerate(entry["waivers"]):
            if isinstance(named, str):
                if named in known:
                    found.append(known[named])
                else:
                    hint = did_you_mean(named, known)
                    self._fault(f"{shown(named)} is no waiver here", hint, index, "waivers", position)
                continue
            envelope = {"apiVersion": "headwater/v1", "kind": WAIVER, "metadata": {"id": f"waiver-{position + 1}"}}
            place = self._document.where("cases", index, "waivers", position)
            made = _waiver({**envelope, **named}, policy, place, self.faults)
            found += [made] if made else []
        return tuple(found)

    def _expectations(
        self, policy: Policy, stages: tuple[Stage, ...], index: int, expect: Mapping[str, Any]
    ) -> Iterator[Expectation]:
        rules = {rule.id.partition("/")[2]: rule for rule in policy.rules}
        for name, wanted in expect.items():
            place = self._document.where_key("cases", index, "expect", name)
            rule = rules.get(name.removeprefix(f"{policy.id}/"))
            if rule is None:
                message = f"{shown(name)} is no rule of {policy.id}"
                self.faults.append(PolicyError(message, hint=did_you_mean(name, rules), location=place))
                continue
            stated = {"status": wanted} if isinstance(wanted, str) else wanted
            made = _expectation(rule.id, place, stated)
            silent = [stage.value for stage in stages if rule.level is Level.OFF or stage not in rule.stages]
            if silent and made.status != "not-judged":
                why = "it is off" if rule.level is Level.OFF else "its stages leave that out"
                message = f"{rule.id} is never judged at {', '.join(silent)}: {why}"
                self.faults.append(PolicyError(message, hint="expect not-judged there", location=place))
            yield made

    def _fault(self, message: str, hint: str, index: int, *keys: str | int) -> None:
        place = self._document.where("cases", index, *keys)
        self.faults.append(PolicyError(message, hint=hint, location=place))


def _waiver(body: object, policy: Policy, place: Location, faults: list[HeadwaterError]) -> Waiver | None:
    """A waiver from a test. Whether its rule can be waived at all is for the cases to find out."""
    uses = {rule.id: rule._replace(waivable=True) for rule in policy.rules}
    found, wrong = read_waiver(json.dumps(body).encode(), place.path, uses)
    faults += [PolicyError(f"the waiver is wrong: {fault.message}", hint=fault.hint, location=place) for fault in wrong]
    return found._replace(location=place) if found else None


def _stages(named: str | list[str]) -> tuple[Stage, ...]:
    wanted = [named] if isinstance(named, str) else named
    return tuple(stage for stage in Stage if stage.value in wanted)


def _expectation(rule: str, place: Location, stated: Mapping[str, Any]) -> Expectation:
    says = stated.get("says", ())
    return Expectation(
        rule=rule,
        location=place,
        status=stated.get("status"),
        level=Level(stated["level"]) if "level" in stated else None,
        blocking=stated.get("blocking"),
        waivable=stated.get("waivable"),
        measured=stated.get("measured"),
        limit=stated.get("limit"),
        says=(says,) if isinstance(says, str) else tuple(says),
        number=stated.get("count"),
        scope=tuple(stated["scope"].items()) if "scope" in stated else None,
    )
