"""Opens the evidence of a run: the user's cache, and behind it the stores that trusted settings name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from checker.policy.settings import EvidenceSettings

if TYPE_CHECKING:
    from checker.store import EvidenceCache


def open_cache(
    stated: EvidenceSettings, top: Path, *, offline: bool, first: Sequence[tuple[str, Path]] = ()
) -> EvidenceCache:
    """`first` are stores that the command line names, each with the folder that a relative path starts from.

    `offline` leaves out every store that is no folder of this machine.
    """
    if not (stated.stores or first):
        from checker.store import EvidenceCache

        return EvidenceCache.default()
    from checker.store.addresses import address_of
    from checker.store.opening import open_evidence
    from checker.store.signing import Signed

    named = [*first, *((url, top) for url in stated.stores)]
    return open_evidence([address_of(*each) for each in named], signed=Signed(stated.signed), offline=offline)
