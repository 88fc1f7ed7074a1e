"""Writes a waiver file: what is asked for, filled up with what is measured now, and read back before it is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from checker.discover import open_repository
from checker.discover.repository import Repository
from checker.errors import UsageError
from checker.governance import rulebook_of
from checker.model.exemption import Match, Waiver
from checker.model.location import Location
from checker.model.policy import Approvers, RuleUse, WaiverTerms
from checker.policy.days import is_day, today_utc
from checker.policy.nearest import did_you_mean
from checker.policy.places import SCHEMAS, SIGNERS
from checker.policy.rulebook import Rulebook
from checker.policy.waivers.reading import read_waiver, too_long
from checker.policy.waivers.relaxing import written
from checker.policy.waivers.signatures import WAIVER_NAMESPACE
from checker.policy.waivers.standing import approval
from checker.resources import schema_file
from checker.waiving.listing import place_of
from checker.waiving.measuring import needed

DAYS = 30
SCHEMA = f"{SCHEMAS}/waiver.schema.json"
Ask = Callable[[str], str]


class Wanted(NamedTuple):
    """What the command line asks for; empty is what it leaves open. `relax` are `name=value`."""

    folder: str
    rule: str
    match: Match
    relax: tuple[str, ...] = ()
    expires: str = ""
    days: str = ""
    not_before: str = ""
    id: str = ""
    reason: str = ""
    ticket: str = ""
    owner: str = ""
    requested_by: str = ""
    approvers: tuple[str, ...] = ()
    today: str = ""
    offline: bool = False


class Written(NamedTuple):
    """The file that was written, and what there is to say about it."""

    path: str
    said: tuple[str, ...]


def propose(wanted: Wanted, ask: Ask) -> Written:
    """Write the waiver. Raises UsageError or PolicyError where it would not be one, and never overwrites."""
    repository = open_repository(wanted.folder)
    book = rulebook_of(repository.worktree(), repository.folder)
    rule = _rule(wanted.rule, book)
    terms = next(policy.waivers for policy in book.policies if policy.id == rule.id.partition("/")[0])
    today = wanted.today or today_utc()
    wanted = _with_words(wanted, repository, ask)
    expires = _expires(wanted, terms, today)
    relax = _given(wanted) or needed(repository, rule, wanted.match, today, offline=wanted.offline)
    name = wanted.id or _free_id(wanted, expires, book, repository)
    path = f"waivers/{name}.yaml"
    data = _text(wanted._replace(id=name, expires=expires), relax).encode()
    waiver = _read_back(data, path, rule, terms, today)
    if any(known.id == name for known in book.waivers):
        raise UsageError(f"there is a waiver {name} already", hint="name another one with --id, or change that file")
    _create(repository.top, path, data)
    _keep_schema(repository.top)
    return Written(path, tuple(_said(waiver, rule, terms, book.approvers)))


def _rule(name: str, book: Rulebook) -> RuleUse:
    rules = {rule.id: rule for policy in book.policies for rule in policy.rules}
    if name not in rules:
        raise UsageError(f"no policy here has the rule {name}", hint=did_you_mean(name, rules))
    if not rules[name].waivable:
        place = rules[name].location
        raise UsageError(f"{name} cannot be waived ({place})", hint="mend the data")
    return rules[name]


def _with_words(wanted: Wanted, repository: Repository, ask: Ask) -> Wanted:
    """What only people know: asked for where somebody sits at a terminal."""
    reason = wanted.reason or ask("Why may it stand, and what is done meanwhile?")
    if not reason:
        raise UsageError("a waiver needs a reason", hint="say why it may stand: --reason TEXT, at least 20 letters")
    asked_by = wanted.requested_by
    if not asked_by and not wanted.owner:
        # A claim only, like every name in git: it keeps nobody from approving but who is named.
        asked_by = repository.git.ask("config", "user.email").out.decode("utf-8", "replace").strip()
        if not asked_by:
            raise UsageError("nobody asks for this waiver", hint="say who: --requested-by NAME or --owner NAME")
    return wanted._replace(reason=reason, requested_by=asked_by)


def _expires(wanted: Wanted, terms: WaiverTerms, today: str) -> str:
    for name, day in (("--expires", wanted.expires), ("--not-before", wanted.not_before)):
        if day and not is_day(day):
            raise UsageError(f"{name} names no day: {day!r}", hint="write it as YYYY-MM-DD, in UTC")
    if wanted.expires and wanted.days:
        raise UsageError("--expires and --days exclude each other", hint="use one of them")
    if wanted.expires:
        return wanted.expires
    days = wanted.days or str(min(DAYS, terms.max_days))
    if not (days.isascii() and days.isdigit() and len(days) < 6):
        raise UsageError(f"--days is {days!r}", hint=f"write how many days it holds, at most {terms.max_days:,}")
    try:
        return (date.fromisoformat(wanted.not_before or today) + timedelta(days=int(days))).isoformat()
    except OverflowError as error:
        raise UsageError(f"no calendar goes {days} days on", hint=f"at most {terms.max_days:,} are allowed") from error


def _given(wanted: Wanted) -> dict[str, object]:
    """`--relax max=0.04`: values are JSON, and text where they are not."""
    given: dict[str, object] = {}
    for text in wanted.relax:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise UsageError(f"--relax is {text!r}", hint="write NAME=VALUE, such as max=0.04")
        try:
            given[name] = json.loads(value)
        except ValueError:
            given[name] = value
    return given


def _free_id(wanted: Wanted, expires: str, book: Rulebook, repository: Repository) -> str:
    """`cap-data-train-2026-12-15`, with a number when that is taken."""
    words = f"{wanted.rule.partition('/')[2]}-{wanted.match.dataset}".lower()
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in words)
    stem = "-".join(part for part in plain.split("-") if part)[:48].strip("-") or "waiver"
    taken = {waiver.id for waiver in book.waivers}
    number, name = 1, f"{stem}-{expires}"
    while name in taken or (repository.top / "waivers" / f"{name}.yaml").exists():
        number += 1
        name = f"{stem}-{expires}-{number}"
    return name


def _text(wanted: Wanted, relax: dict[str, object]) -> str:
    """The file. JSON is YAML, so that no text of the command line can become anything but a value."""
    match = {name: value for name, value in wanted.match._asdict().items() if value}
    rows: tuple[tuple[str, object], ...] = (
        ("rule", wanted.rule),
        ("match", match),
        ("relax", relax),
        ("reason", wanted.reason),
        ("ticket", wanted.ticket),
        ("owner", wanted.owner),
        ("requested_by", wanted.requested_by),
        ("approved_by", list(wanted.approvers)),
        ("not_before", wanted.not_before),
        ("expires", wanted.expires),
    )
    line = f"# yaml-language-server: $schema=../{SCHEMA}"
    lines = [line, "apiVersion: headwater/v1", "kind: Waiver", f"metadata: {json.dumps({'id': wanted.id})}"]
    lines += [f"{name}: {json.dumps(value)}" for name, value in rows if value]
    return "\n".join(lines) + "\n"


def _read_back(data: bytes, path: str, rule: RuleUse, terms: WaiverTerms, today: str) -> Waiver:
    """The waiver as it will be read. Raises the first fault that it would have."""
    waiver, faults = read_waiver(data, path, {rule.id: rule})
    if waiver is not None:
        faults += too_long(waiver, terms, waiver.not_before or today)
        if waiver.expires < today:
            raise UsageError(f"--expires is {waiver.expires}, which is over", hint="name a day that is still to come")
    for fault in faults:
        fault.location = Location(path)
        raise fault
    if waiver is None:
        raise UsageError(f"{path} would hold no waiver", hint="say what to relax: --relax NAME=VALUE")
    return waiver


def _create(top: Path, path: str, data: bytes) -> None:
    """A new file, through no symlink and over nothing."""
    folder = top / "waivers"
    if folder.is_symlink():
        raise UsageError("waivers is a symlink, which is not written through", hint="make it a folder")
    try:
        folder.mkdir(exist_ok=True)
        with (top / path).open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already", hint="name another one with --id, or change that file") from error
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", hint="make the folder writable") from error


def _keep_schema(top: Path) -> None:
    """What the first line of the file names, unless it is there; without it an editor explains nothing, that is all."""
    place, folders = top / SCHEMA, [(top / SCHEMA).parent, (top / SCHEMA).parent.parent]
    with suppress(OSError):
        if not any(path.is_symlink() for path in (place, *folders)):
            data = Path(schema_file("waiver.schema.json")).read_bytes()
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                file.write(data)


def _said(waiver: Waiver, rule: RuleUse, terms: WaiverTerms, approvers: Approvers) -> list[str]:
    """What was written, what it allows, and what is missing before it counts."""
    path = waiver.location.path
    said = [
        f"wrote {path}",
        f"it lets {rule.id} allow {written(waiver.relax)} on {place_of(waiver.match)} until {waiver.expires}",
    ]
    problem = approval(waiver, terms._replace(signatures="optional"), approvers)[1]
    if problem:
        said.append(f"it has no effect yet: {problem} (name them under approved_by)")
    said.append(
        f"an approver signs it with: ssh-keygen -Y sign -f KEY -n {WAIVER_NAMESPACE} {path}"
        f" (their key in {SIGNERS}; a second signature goes beside it as {path}.NAME.sig),"
        " or signs the commit that adds it"
    )
    if terms.signatures != "required":
        said.append("a signature is not required here; without one, reports say: approver not verified")
    said.append("commit it; in a pull request it counts once it is merged")
    return said
