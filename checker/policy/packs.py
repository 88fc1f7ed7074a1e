"""The packs that headwater ships: found by id and major version, read without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from checker import safeyaml
from checker.errors import PolicyError
from checker.model.location import Location
from checker.policy.drafts import PolicyDraft, draft_of
from checker.policy.nearest import did_you_mean
from checker.policy.schema import shown
from checker.resources import policy_root

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_PACK = "baseline@1"


class Pack(NamedTuple):
    """A shipped policy; `reference` is how others name it, and the path in locations within it."""

    reference: str
    draft: PolicyDraft
    data: bytes


def pack_ids(folder: Path | None = None) -> tuple[str, ...]:
    """The ids of the shipped packs, sorted."""
    return tuple(sorted(path.stem for path in (folder or pack_folder()).glob("*.yaml")))


def list_packs() -> tuple[tuple[str, str], ...]:
    """The reference and the title of each shipped pack."""
    found = (_open(pack_id, pack_folder()) for pack_id in pack_ids())
    return tuple((pack.reference, pack.draft.title) for pack in found)


def find_pack(reference: str, place: Location | None, folder: Path | None = None) -> Pack:
    """The pack that `reference` (`baseline@1`) names; `place` is where it is named."""
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


def _open(pack_id: str, folder: Path) -> Pack:
    """Packs are shipped and tested with this version, so the schema is not asked about them at run time."""
    path = folder / f"{pack_id}.yaml"
    data = path.read_bytes()
    document = safeyaml.load(data, path.name)
    reference = f"{pack_id}@{draft_of(document).version.partition('.')[0]}"
    return Pack(reference, draft_of(document.at_path(reference)), data)
