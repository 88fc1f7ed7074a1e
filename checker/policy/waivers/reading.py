"""Waiver files become waivers: read, validated, held against the rules that they relax."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from checker import safeyaml
from checker.errors import HeadwaterError, PolicyError, YamlError
from checker.model.exemption import Match, Waiver
from checker.model.location import Location
from checker.model.policy import Policy, RuleUse, WaiverTerms
from checker.policy import validated
from checker.policy.days import days_between, is_day
from checker.policy.kinds import WAIVER, wrong_kind
from checker.policy.nearest import did_you_mean
from checker.policy.places import Kind, kind_of
from checker.policy.schemas.waivers import LEAST_REASON
from checker.safeyaml import Document

# Beside one waiver. Each is tried with each approver's keys, so their number is bounded.
MOST_SIGNATURES = 20
MAX_SIGNATURE_BYTES = 64 * 1024


def read_waivers(
    files: Mapping[str, bytes], policies: tuple[Policy, ...] | None
) -> tuple[tuple[Waiver, ...], tuple[HeadwaterError, ...]]:
    """The waivers among these ruling files, by id, and everything that is wrong with any of them.

    `policies` are those of the same rulebook; None where they could not be read, so that rules are not looked up.
    """
    uses = None if policies is None else {rule.id: rule for policy in policies for rule in policy.rules}
    terms = {} if policies is None else {policy.id: policy.waivers for policy in policies}
    found: dict[str, Waiver] = {}
    faults: list[HeadwaterError] = []
    for path in sorted(path for path in files if kind_of(path) is Kind.WAIVER):
        waiver, here = read_waiver(files[path], path, uses)
        if waiver is not None:
            here += _repeated(found, waiver)
            here += too_long(waiver, terms.get(waiver.rule.partition("/")[0]), waiver.not_before)
            found.setdefault(waiver.id, waiver._replace(signatures=_signatures(files, path, here)))
        faults += here
    return tuple(found[name] for name in sorted(found)), tuple(faults)


def read_waiver(
    data: bytes, path: str, uses: Mapping[str, RuleUse] | None
) -> tuple[Waiver | None, list[HeadwaterError]]:
    """One waiver, or None with what is wrong with the file. `uses` are the rules by id."""
    try:
        document = safeyaml.load(data, path)
    except YamlError as error:
        return None, [error]
    if document.data is None:
        hint = "write a waiver (kind: Waiver), or remove the file"
        return None, [PolicyError("the file holds no waiver", hint=hint, location=Location(path))]
    faults: list[HeadwaterError] = list(wrong_kind(document, WAIVER)) or _schema_faults(document, data)
    if faults:
        return None, faults
    waiver = waiver_of(document, data)
    faults += (*_of_days(document, waiver), *_of_reason(document, waiver))
    if uses is not None:
        faults += _of_rule(document, waiver, uses)
    return (None, faults) if faults else (waiver, [])


def waiver_of(document: Document, data: bytes = b"") -> Waiver:
    """The waiver of a document that the schema has accepted."""
    body: Any = document.data
    return Waiver(
        id=body["metadata"]["id"],
        rule=body["rule"],
        match=Match(**body["match"]),
        relax=body["relax"],
        reason=body["reason"],
        expires=body["expires"],
        location=document.where("metadata", "id"),
        ticket=body.get("ticket", ""),
        owner=body.get("owner", ""),
        requested_by=body.get("requested_by", ""),
        approved_by=tuple(body.get("approved_by", ())),
        not_before=body.get("not_before", ""),
        digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        data=data,
    )


def too_long(waiver: Waiver, terms: WaiverTerms | None, first: str) -> Iterator[PolicyError]:
    """The fault of a waiver that would hold longer than its policy lets one, counted from the day `first`."""
    if terms is None or not first:
        return
    days = days_between(first, waiver.expires)
    if days > terms.max_days:
        message = f"{waiver.id} would hold for {days:,} days from {first}; {waiver.rule} allows {terms.max_days:,}"
        hint = "let it expire sooner, and renew it when it is still needed"
        yield PolicyError(message, hint=hint, location=waiver.location)


def _schema_faults(document: Document, data: bytes) -> list[HeadwaterError]:
    faults: list[HeadwaterError] = []

    def holds() -> bool:
        from checker.policy import schema
        from checker.policy.schemas.waivers import waiver_schema

        faults.extend(schema.faults(document, waiver_schema()))
        return not faults

    validated.unless_known(data, validated.schema_digest("waiver.schema.json"), holds)
    return faults


def _of_days(document: Document, waiver: Waiver) -> Iterator[PolicyError]:
    wrong = [key for key in ("not_before", "expires") if (day := getattr(waiver, key)) and not is_day(day)]
    for key in wrong:
        message = f"{key} is {getattr(waiver, key)}, which no calendar has"
        yield PolicyError(message, hint="write a day as YYYY-MM-DD", location=document.where(key))
    if not wrong and waiver.not_before > waiver.expires:
        message = f"{waiver.id} expires on {waiver.expires}, before it begins on {waiver.not_before}"
        yield PolicyError(message, hint="write the two days the other way round", location=document.where("expires"))


def _of_reason(document: Document, waiver: Waiver) -> Iterator[PolicyError]:
    letters = sum(char.isalpha() for char in waiver.reason)
    if letters < LEAST_REASON:
        message = f"reason has {letters} letters, at least {LEAST_REASON} are expected"
        hint = "say why the breach may stand for a while, and what is done about it"
        yield PolicyError(message, hint=hint, location=document.where("reason"))


def _of_rule(document: Document, waiver: Waiver, uses: Mapping[str, RuleUse]) -> list[PolicyError]:
    """What is wrong with a waiver for its rule."""
    rule = uses.get(waiver.rule)
    place = document.where("rule")
    if rule is None:
        message = f"{waiver.id} is for {waiver.rule}, which no policy here has"
        return [PolicyError(message, hint=did_you_mean(waiver.rule, uses), location=place)]
    if not rule.waivable:
        message = f"{waiver.id} is for {waiver.rule}, which cannot be waived ({rule.location})"
        return [PolicyError(message, hint="mend the data, and remove the waiver", location=place)]
    faults = _relax_faults(document, waiver, rule)
    if faults:
        return faults
    from checker.policy.waivers.relaxing import faults_of

    return list(faults_of(rule, waiver.relax, {name: document.where("relax", name) for name in waiver.relax}))


def _relax_faults(document: Document, waiver: Waiver, rule: RuleUse) -> list[PolicyError]:
    """What the check's own schema has against the relaxed values."""
    faults: list[PolicyError] = []

    def holds() -> bool:
        from checker.policy import schema
        from checker.policy.schemas.waivers import relax_schema

        faults.extend(schema.faults(document, relax_schema(rule.check)))
        return not faults

    known = validated.schema_digest("policy.schema.json")
    validated.unless_known(b"\0".join((rule.check.encode(), waiver.data)), known, holds)
    return faults


def _repeated(found: Mapping[str, Waiver], waiver: Waiver) -> Iterator[PolicyError]:
    if waiver.id in found:
        message = f"the waiver id {waiver.id} is used already at {found[waiver.id].location}"
        yield PolicyError(message, hint="give each waiver an id of its own", location=waiver.location)


def _signatures(files: Mapping[str, bytes], path: str, faults: list[HeadwaterError]) -> tuple[bytes, ...]:
    """The files `<path>.<anything>.sig` beside a waiver."""
    names = sorted(name for name in files if name.startswith(f"{path}.") and name.endswith(".sig"))
    if len(names) > MOST_SIGNATURES:
        message = f"{path} has {len(names)} signatures, at most {MOST_SIGNATURES} are looked at"
        faults.append(PolicyError(message, hint="remove those that no approver made", location=Location(path)))
        return ()
    large = next((name for name in names if len(files[name]) > MAX_SIGNATURE_BYTES), None)
    if large is not None:
        message = f"a signature has at most {MAX_SIGNATURE_BYTES:,} bytes, this file has {len(files[large]):,}"
        faults.append(PolicyError(message, hint="sign again with ssh-keygen -Y sign", location=Location(large)))
        return ()
    return tuple(files[name] for name in names)
