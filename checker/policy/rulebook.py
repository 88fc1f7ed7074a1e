"""All that judges, as one state of a repository has it: settings, policies, waivers, baseline, approvers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from checker.errors import PolicyError
from checker.model.location import Location
from checker.model.nothing import NOTHING
from checker.model.policy import Approvers, Policy
from checker.policy.load import default_policies, load_policies
from checker.policy.packs import Sources
from checker.policy.places import BASELINE, GROUPS, SETTINGS, SIGNERS, WAIVERS, Kind, kind_of
from checker.policy.settings import Settings, load_settings

if TYPE_CHECKING:
    # A hook without waivers and baseline does not pay for their nouns.
    from checker.model.exemption import BaselineEntry, Waiver

_NO_SOURCES = Sources()


class Rulebook(NamedTuple):
    """What judges. `files` are the bytes of every file that rules, by path: what an audit names and a diff compares."""

    settings: Settings = Settings()
    policies: tuple[Policy, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    baseline: frozenset[BaselineEntry] = frozenset()
    approvers: Approvers = Approvers()
    files: Mapping[str, bytes] = NOTHING
    notes: tuple[str, ...] = ()


def read_rulebook(files: Mapping[str, bytes], revision: str = "", sources: Sources = _NO_SOURCES) -> Rulebook:
    """The rulebook of these ruling files (`places.kind_of`). Raises PolicyError or YamlError where one is wrong.

    `sources` are where included packs are read from; keys for their signatures come from `files`.
    """
    settings = load_settings(files.get(SETTINGS), SETTINGS)
    kinds = {path: kind_of(path, settings.policies) for path in files}
    policies = {path: files[path] for path, kind in kinds.items() if kind is Kind.POLICY}
    if settings.policies and not policies:
        named = ", ".join(settings.policies)
        raise PolicyError(
            f"headwater.yaml names policies by {named}, which no file of {revision} fits",
            hint="add the policy file, or leave the key out: then policies/*.yaml or baseline@1 applies",
            location=Location(SETTINGS),
        )
    if not policies:
        note = f"no policy in {revision}: baseline@1, as shipped, applies"
        book = Rulebook(settings, default_policies(), baseline=_baseline(files), files=files, notes=(note,))
    else:
        book = Rulebook(
            settings,
            load_policies(policies, revision, sources._replace(signers=files.get(SIGNERS, b""))),
            baseline=_baseline(files),
            files=files,
        )
    asked = any(path.startswith(WAIVERS) or path in (GROUPS, SIGNERS) for path in files)
    return _waiving(book) if asked else book


def _waiving(book: Rulebook) -> Rulebook:
    """The rulebook with its waivers and those who may approve them."""
    from checker.policy.waivers.groups import read_approvers
    from checker.policy.waivers.reading import read_waivers

    waivers, faults = read_waivers(book.files, book.policies)
    approvers, more = read_approvers(book.files)
    every = (*faults, *more)
    if every:
        first = every[0]
        if len(every) > 1:
            note = f"{len(every) - 1} more {'fault' if len(every) == 2 else 'faults'}: headwater policy lint"
            first.hint = f"{first.hint}; {note}" if first.hint else note
        raise first
    return book._replace(waivers=waivers, approvers=approvers)


def _baseline(files: Mapping[str, bytes]) -> frozenset[BaselineEntry]:
    if BASELINE not in files:
        return frozenset()
    from checker.policy.baseline import read_baseline

    return read_baseline(files[BASELINE], BASELINE)
