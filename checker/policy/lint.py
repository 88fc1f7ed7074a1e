"""Everything that is wrong with some ruling files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker.errors import HeadwaterError
from checker.model.policy import Policy
from checker.policy.load import collect
from checker.policy.packs import Sources
from checker.policy.places import Kind, kind_of
from checker.policy.settings import read_settings

SETTINGS = "headwater.yaml"
_RELIEF = (Kind.WAIVER, Kind.SIGNATURE, Kind.GROUPS, Kind.SIGNERS)
_NO_SOURCES = Sources()


def lint(files: Mapping[str, bytes], sources: Sources = _NO_SOURCES) -> list[HeadwaterError]:
    """Every fault of every file, by path; what is no settings file and lies in no place of its own is a policy."""
    faults: list[HeadwaterError] = []
    relief = {path: data for path, data in files.items() if kind_of(path) in _RELIEF}
    policies = policies_of({path: data for path, data in files.items() if path not in relief})
    for path in sorted(files.keys() - policies.keys() - relief.keys()):
        faults += read_settings(files[path], path)[1]
    loaded = collect(policies, sources=sources)
    faults += loaded.faults
    if relief:
        # Which rules there are is not known where a policy cannot be read, or where none was named.
        faults += _relief_faults(relief, None if loaded.faults or not policies else loaded.policies)
    return sorted(faults, key=lambda fault: fault.location.path if fault.location else "")


def _relief_faults(files: Mapping[str, bytes], known: tuple[Policy, ...] | None) -> Iterator[HeadwaterError]:
    """What is wrong with waivers, and with the files that say who approves them."""
    from checker.policy.waivers.groups import read_approvers
    from checker.policy.waivers.reading import read_waivers

    yield from read_waivers(files, known)[1]
    yield from read_approvers(files)[1]


def policies_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that are no settings."""
    return {path: data for path, data in files.items() if path.rpartition("/")[2] != SETTINGS}
