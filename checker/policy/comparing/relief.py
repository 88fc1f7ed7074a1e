"""What exempts and who may approve, compared: waivers, baseline, groups, keys, registries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from checker import rules
from checker.model.exemption import BaselineEntry, Match, Waiver
from checker.model.location import Location
from checker.model.policy import Approvers
from checker.policy.comparing.change import Change, Direction, counted, from_to, loosened, neutral, shown, tightened
from checker.policy.comparing.covering import covers
from checker.policy.places import BASELINE, GOVERNANCE, GROUPS, SIGNERS, Kind, kind_of
from checker.policy.rulebook import Rulebook
from checker.policy.strictness import at_least_as_strict
from checker.policy.waivers.signatures import folded, key_lines
from checker.policy.waivers.standing import independent

VENDORS, INCIDENTS = f"{GOVERNANCE}vendors.yaml", f"{GOVERNANCE}incidents.yaml"
_WORDS = frozenset({"reason", "ticket", "owner", "requested_by"})
_SILENT = frozenset({*_WORDS, "id", "location", "digest", "data", "signatures"})


def compare_relief(old: Rulebook, new: Rulebook) -> Iterator[Change]:
    """Every difference in what relieves."""
    checks = {rule.id: rule.check for book in (old, new) for policy in book.policies for rule in policy.rules}
    yield from _waivers(old, new, checks)
    yield from _baseline(old.baseline, new.baseline)
    yield from _groups(old.approvers.groups, new.approvers.groups)
    yield from _keys(old.approvers.allowed_signers, new.approvers.allowed_signers)
    for field in Approvers._fields:
        was, now = getattr(old.approvers, field), getattr(new.approvers, field)
        if field not in ("groups", "allowed_signers") and was != now:
            words = f"the approvers' {field} are others, so other signatures count"
            yield tightened(Location(GROUPS), words) if not now else loosened(Location(GROUPS), words)
    yield from _registries(old.files, new.files)


def _waivers(old: Rulebook, new: Rulebook, checks: Mapping[str, str]) -> Iterator[Change]:
    was = {waiver.id: waiver for waiver in old.waivers}
    now = {waiver.id: waiver for waiver in new.waivers}
    for name in was.keys() - now.keys():
        yield tightened(Location(was[name].location.path), f"the waiver {name} for {was[name].rule} is gone")
    for name, waiver in now.items():
        if name in was:
            yield from _waiver(was[name], waiver, checks.get(waiver.rule, ""))
        else:
            until = f" until {waiver.expires}" if waiver.expires else ""
            words = f"the waiver {name} relaxes {waiver.rule} to {shown(waiver.relax)} for {shown(waiver.match)}{until}"
            yield Change(Direction.RELIEVED, waiver.location, words, waiver.rule)


def _waiver(was: Waiver, now: Waiver, check: str) -> Iterator[Change]:
    """A waiver that is edited keeps the approval that was given for less, so more of it is looser."""
    name, place = f"the waiver {now.id}", now.location
    if was.rule != now.rule:
        yield loosened(place, f"{name}: for another rule, {now.rule}, was {was.rule}", now.rule)
    for field in Match._fields:
        before, after = getattr(was.match, field), getattr(now.match, field)
        if before != after:
            narrower = covers(before or "**", after or "**")
            words = f"{name}: match.{field} {from_to(before, after)}"
            yield (tightened if narrower else loosened)(place, words, now.rule)
    for param in sorted(was.relax.keys() | now.relax.keys()):
        if was.relax.get(param) != now.relax.get(param):
            words = f"{name}: relax.{param} {from_to(was.relax.get(param), now.relax.get(param))}"
            yield (tightened if _no_looser(was, now, param, check) else loosened)(place, words, now.rule)
    if was.expires != now.expires:
        words = f"{name}: expires {from_to(was.expires, now.expires)}"
        yield (tightened if now.expires < was.expires else loosened)(place, words, now.rule)
    if was.not_before != now.not_before:
        words = f"{name}: not_before {from_to(was.not_before, now.not_before)}"
        yield (tightened if now.not_before > was.not_before else loosened)(place, words, now.rule)
    if was.approved_by != now.approved_by:
        words = f"{name}: approved_by {from_to(was.approved_by, now.approved_by)}"
        yield (tightened if set(now.approved_by) < set(was.approved_by) else loosened)(place, words, now.rule)
    yield from _authors(was, now, name)
    yield from _other_words(was, now, name)


def _authors(was: Waiver, now: Waiver, name: str) -> Iterator[Change]:
    """Who asks for a waiver or owns it cannot approve it, so with another one there somebody may approve after all."""
    own = set(map(folded, was.approved_by)) - set(map(folded, independent(was)))
    gained = [one for one in independent(now) if folded(one) in own]
    if gained:
        words = f"{name}: others ask for it or own it, so {counted(gained)} may approve it now"
        yield loosened(now.location, words, now.rule)


def _other_words(was: Waiver, now: Waiver, name: str) -> Iterator[Change]:
    told = _SILENT | {"rule", "match", "relax", "expires", "not_before", "approved_by"}
    for field in Waiver._fields:
        before, after = getattr(was, field), getattr(now, field)
        if before == after or (field in _SILENT and field not in _WORDS):
            continue
        words = f"{name}: {field} {from_to(before, after)}"
        if field in _WORDS:
            yield neutral(now.location, words, now.rule)
        elif field not in told:
            yield loosened(now.location, f"{words}, which may loosen", now.rule)


def _no_looser(was: Waiver, now: Waiver, param: str, check: str) -> bool:
    if param not in now.relax:
        return True
    info = next((info for info in rules.by_id(check).parameters() if info.name == param), None) if check else None
    return info is not None and param in was.relax and at_least_as_strict(now.relax[param], was.relax[param], info)


def _baseline(was: frozenset[BaselineEntry], now: frozenset[BaselineEntry]) -> Iterator[Change]:
    grown, shrunk, place = sorted(now - was), sorted(was - now), Location(BASELINE)
    if grown:
        words = f"the baseline has grown by {len(grown):,}: {counted([_entry(entry) for entry in grown], 3)}"
        yield loosened(place, words)
    if shrunk:
        yield tightened(place, f"the baseline has shrunk by {len(shrunk):,}")


def _entry(entry: BaselineEntry) -> str:
    scope = " ".join(f"{axis} {part}" for axis, part in entry.scope)
    return f"{entry.rule} for {entry.dataset}{f' {scope}' if scope else ''}"


def _groups(was: Mapping[str, tuple[str, ...]], now: Mapping[str, tuple[str, ...]]) -> Iterator[Change]:
    place = Location(GROUPS)
    for group in sorted(was.keys() | now.keys()):
        before, after = set(was.get(group, ())), set(now.get(group, ()))
        if after - before:
            yield loosened(place, f"the group {group} gains {counted(sorted(after - before))}, who may approve now")
        if before - after:
            yield tightened(place, f"the group {group} loses {counted(sorted(before - after))}")


def _keys(was: bytes, now: bytes) -> Iterator[Change]:
    before, after = _lines(was), _lines(now)
    place = Location(SIGNERS)
    if after - before:
        names = counted(sorted({line.split()[0] for line in after - before}))
        yield loosened(place, f"a key is added or changed: signatures with it count as those of {names}")
    gone = before - after
    if gone and not after - before:
        words = f"a key is gone: of {counted(sorted({line.split()[0] for line in gone}))}"
        left = {key.fingerprint for key in key_lines(now, SIGNERS)[0]}
        if any(key.fingerprint in left for key in key_lines("\n".join(gone).encode(), SIGNERS)[0]):
            # A key of somebody who asks approves nothing, whoever else it is listed for: now it would.
            yield loosened(place, f"{words}, and still there as somebody else's, who may approve with it now")
        else:
            yield tightened(place, words)


def _registries(was: Mapping[str, bytes], now: Mapping[str, bytes]) -> Iterator[Change]:
    """Files that checks read, line by line. A contract less is stricter, an incident more is; all else may loosen.

    Only a line that is an entry of its own is a contract or an incident; one of several lines may be its end.
    """
    for path in sorted(was.keys() | now.keys()):
        kind = kind_of(path)
        if was.get(path) == now.get(path) or kind not in (Kind.GOVERNANCE, Kind.TEST, Kind.SIGNATURE):
            continue
        how = "is new" if path not in was else "is gone" if path not in now else "changed"
        if kind is not Kind.GOVERNANCE:
            yield neutral(Location(path), f"{path} {how}")
            continue
        before, after = _lines(was.get(path, b"")), _lines(now.get(path, b""))
        added, removed = after - before, before - after
        by_line = path not in was or path not in now or _an_entry_a_line(before + after)
        strict = by_line and ((path == VENDORS and not added) or (path == INCIDENTS and not removed))
        words = f"{path} {how}: {_counts(added, removed)}"
        yield tightened(Location(path), words) if strict else loosened(Location(path), f"{words}, which may loosen")


def _an_entry_a_line(lines: Counter[str]) -> bool:
    return all(line.startswith("- ") or line.endswith(":") for line in lines)


def _counts(added: Counter[str], removed: Counter[str]) -> str:
    sides = ((added, "added"), (removed, "removed"))
    said = [f"{lines.total():,} {'line' if lines.total() == 1 else 'lines'} {how}" for lines, how in sides if lines]
    return ", ".join(said) or "other line ends, order or comments"


def _lines(data: bytes) -> Counter[str]:
    """What a file says, line by line: no blank lines, no comments, in any order."""
    lines = (line.strip() for line in data.decode("utf-8", "replace").splitlines())
    return Counter(line for line in lines if line and not line.startswith("#"))
