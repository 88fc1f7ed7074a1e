"""Every pack that `extends` may name: those that headwater ships, those that are included, and other policies here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from checker import safeyaml
from checker.errors import PolicyError
from checker.model.location import Location
from checker.model.nothing import NOTHING
from checker.policy.drafts import PolicyDraft, draft_of
from checker.policy.nearest import did_you_mean, shown
from checker.resources import policy_root

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_PACK = "baseline@1"


class UnknownPack(PolicyError):
    """A name that nothing has. Not worth telling while a file cannot be read: that one may have it."""


class Pack(NamedTuple):
    """A policy that others extend; `reference` is how they name it: `baseline@1`, or the id of a policy here."""

    reference: str
    draft: PolicyDraft
    data: bytes


class Sources(NamedTuple):
    """Where included packs come from.

    `read` gives the bytes of a file of the tree that the policies are of, None where there is none. `may_fetch` says
    whether a git repository may be asked now for what was not fetched before. `signers` is `governance/allowed_signers`
    of the same tree; `today` the day on which keys have to be valid, by default that of the clock.
    """

    read: Callable[[str], bytes | None] = lambda path: None
    may_fetch: Callable[[str], bool] = lambda url: False
    signers: bytes = b""
    today: str = ""


class Library:
    """The packs of one rulebook. `local` are its own policies by id, `included` its includes by reference.

    `merged` keeps what was resolved, so that a policy which many extend is resolved once; `spent` counts the work.
    """

    __slots__ = ("_folder", "_shipped", "included", "local", "merged", "spent")

    def __init__(
        self,
        folder: Path | None = None,
        local: Mapping[str, Pack] = NOTHING,
        included: Mapping[str, Pack] = NOTHING,
    ) -> None:
        self._folder = folder
        self._shipped: dict[str, Pack] = {}
        self.local = local
        self.included = included
        self.merged: dict[str, Any] = {}  # `inherit.Merged`, which knows of libraries
        self.spent = 0

    def find(self, reference: str, place: Location | None) -> Pack:
        """The pack of this name; `place` is where it is named. Raises PolicyError for a name that nothing has."""
        if reference in self.local:
            return self.local[reference]
        if reference in self.included:
            return self.included[reference]
        if reference in self._shipped:
            return self._shipped[reference]
        pack_id = reference.partition("@")[0]
        others = sorted(name for name in self.included if name.partition("@")[0] == pack_id)
        if others:
            message = f"{shown(reference)} is not the version that is included"
            raise PolicyError(message, hint=f"write {' or '.join(others)}, or include it", location=place)
        shipped = pack_ids(self._folder)
        if pack_id in shipped:
            self._shipped[reference] = find_pack(reference, place, self._folder)
            return self._shipped[reference]
        what = "a pack that headwater ships or a policy includes" if "@" in reference else "a policy or pack here"
        known = {name.partition("@")[0]: name for name in (*self.local, *self.included)} | {
            name: name for name in shipped
        }
        message = f"{shown(reference)} is not {what}"
        raise UnknownPack(message, hint=did_you_mean(pack_id, known), location=place)


def pack_ids(folder: Path | None = None) -> tuple[str, ...]:
    """The ids of the shipped packs, sorted."""
    return tuple(sorted(path.stem for path in (folder or pack_folder()).glob("*.yaml")))


def list_packs() -> tuple[tuple[str, str], ...]:
    """The reference and the title of each shipped pack."""
    found = (_open(pack_id, pack_folder()) for pack_id in pack_ids())
    return tuple((pack.reference, pack.draft.title) for pack in found)


def find_pack(reference: str, place: Location | None, folder: Path | None = None) -> Pack:
    """The shipped pack that `reference` (`baseline@1`) names; `place` is where it is named."""
    home = folder or pack_folder()
    pack_id, _, major = reference.partition("@")
    if pack_id not in pack_ids(home):
        message = f"{shown(pack_id)} is not a pack that headwater ships"
        raise PolicyError(message, hint=did_you_mean(pack_id, pack_ids(home)), location=place)
    pack = _open(pack_id, home)
    if not major:
        message = f"the pack {pack_id} is named without its version"
        raise PolicyError(message, hint=f"write {pack.reference}", location=place)
    if reference != pack.reference:
        message = f"{shown(reference)} does not exist in this version of headwater"
        raise PolicyError(message, hint=f"write {pack.reference}", location=place)
    return pack


def pack_folder() -> Path:
    """Where the shipped packs are."""
    return policy_root() / "packs"


def reference_of(draft: PolicyDraft) -> str:
    """How `extends` names a pack: its id and major version. Without a version, its id alone."""
    major = draft.version.partition(".")[0]
    return f"{draft.id}@{major}" if major else draft.id


def _open(pack_id: str, folder: Path) -> Pack:
    """Packs are shipped and tested with this version, so the schema is not asked about them at run time."""
    path = folder / f"{pack_id}.yaml"
    data = path.read_bytes()
    document = safeyaml.load(data, path.name)
    reference = reference_of(draft_of(document))
    return Pack(reference, draft_of(document.at_path(reference)), data)
