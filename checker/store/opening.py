"""Opens the evidence of a run: the local folder, and behind it the shared stores that settings or a command name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from checker.store.addresses import Address
from checker.store.local import EvidenceCache, default_folder
from checker.store.shared import SharedStore
from checker.store.sharing import Shared
from checker.store.signing import Signed, signing_key


def open_evidence(
    addresses: Sequence[Address] = (),
    *,
    first: Sequence[Address] = (),
    folder: Path | None = None,
    signed: Signed = Signed.OPTIONAL,
    offline: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> EvidenceCache:
    """The cache at `folder` (by default the user's) with the stores behind it; nothing is asked yet.

    `first` come before the others. `offline` leaves out every other that is no folder of this machine.
    Raises UsageError for a useless secret in HEADWATER_EVIDENCE_KEY.
    """
    path = folder or default_folder(environment)
    others = (address for address in addresses if not offline or address.folder is not None)
    stores = [SharedStore(address) for address in (*first, *others)]
    return EvidenceCache(path, Shared(stores, signed, signing_key(environment)) if stores else None)
