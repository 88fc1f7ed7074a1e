"""Where the evidence of a repository is kept: the stores that headwater.yaml or a command names, as addresses."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from checker.discover.dvcconfig import is_url
from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.errors import UsageError
from checker.policy.settings import EvidenceSettings
from checker.store.addresses import Address, address_of

if TYPE_CHECKING:
    from checker.discover.trust import Root, Trust
    from checker.store import EvidenceCache
    from checker.store.addresses import Connected

DVC = "dvc://"


def evidence_of(
    repository: Repository, config: Tree, settings: EvidenceSettings, *, offline: bool, first: str | None = None
) -> EvidenceCache:
    """The local cache, and behind it the store that a command names, `first`, then those of the settings.

    `config` is the tree whose `.dvc/config` is believed. `offline` leaves out those of the settings that are no folder
    of this machine. Raises UsageError when git tracks the local cache: what lies there is believed, and compiled code
    is executed.
    """
    refuse_tracked_cache(repository)
    if first is None and not settings.stores:
        # The hook of a repository that shares nothing does not pay for sharing.
        from checker.store import EvidenceCache

        return EvidenceCache.default()
    from checker.store.opening import open_evidence
    from checker.store.signing import Signed

    named = () if first is None else (_resolved(repository, config, first),)
    for address in named:
        _refuse_inside(repository, first or "", address)
    addresses = addresses_of(repository, config, settings)
    return open_evidence(addresses, first=named, signed=Signed(settings.signed), offline=offline)


def addresses_of(
    repository: Repository, config: Tree, settings: EvidenceSettings, stores: Sequence[str] = ()
) -> tuple[Address, ...]:
    """Raises UsageError for an address that cannot be used."""
    if stores:
        return tuple(_resolved(repository, config, store) for store in stores)
    addresses = tuple(_resolved(repository, config, store) for store in settings.stores)
    for store, address in zip(settings.stores, addresses, strict=True):
        _refuse_inside(repository, store, address)
    return addresses


def _resolved(repository: Repository, config: Tree, store: str) -> Address:
    if not store.startswith(DVC):
        return address_of(store, Path.cwd())
    name, _, prefix = store.removeprefix(DVC).partition("/")
    parts = prefix.strip("/").split("/")
    if not name or not all(part and part not in (".", "..") for part in parts):
        raise UsageError(f"{store} names no folder of a DVC remote", hint=f"write {DVC}REMOTE/folder")
    from checker.discover.trust import establish

    trust = establish(repository, config, remotes=True)
    root = _root_with(trust, name)
    url = root.config.remote_url(name) if root is not None else None
    if root is None or url is None:
        raise UsageError(
            f"{store}: no remote {name!r} is defined in .dvc/config of {trust.label}",
            hint="`dvc remote add` defines one; at pr and release it is taken from the trusted revision",
        )
    below = "/".join(parts)
    if not is_url(url):
        return Address(str(Path(url) / below))
    from checker.discover.remote_errors import public_address

    return Address(f"{public_address(url).rstrip('/')}/{below}", connect=partial(_connect, root, name, trust, below))


def _root_with(trust: Trust, name: str) -> Root | None:
    """The first DVC root whose configuration defines the remote; the top one comes first."""
    roots = (trust.root(path) for path in sorted(trust.configs))
    return next((root for root in roots if root.config.remote_url(name)), None)


def _connect(root: Root, name: str, trust: Trust, below: str) -> Connected:
    from checker.discover.remotes import Remote

    system, base = Remote(root, name.lower(), trust).file_system()
    return system, f"{base.rstrip('/')}/{below}"


def refuse_tracked_cache(repository: Repository) -> None:
    """CI often keeps caches in the work tree, where a change could bring along both evidence and code.

    Raises UsageError.
    """
    from checker.store.local import default_folder

    measurements = default_folder(os.environ)
    if measurements is None or repository.bare:
        return
    folder, top = measurements.parent, repository.top.resolve()
    # Of a folder behind a symlink of the repository both ends count: either may be what a change brings along.
    places = {Path(os.path.normpath(folder)), Path(os.path.realpath(folder.parent), folder.name), folder.resolve()}
    inside = sorted(str(place.relative_to(top)) for place in places if place.is_relative_to(top) and place != top)
    if inside:
        tracked = repository.git.ask("ls-files", "-z", "--", *(f":(top,literal){place}" for place in inside))
        if tracked.code or tracked.out:  # git fails for what lies behind a symlink, or in a submodule
            raise UsageError(
                f"the cache {folder} holds files that the repository brings along, which must not be believed",
                hint="point HEADWATER_CACHE_DIR to a folder that git does not track",
            )


def _refuse_inside(repository: Repository, store: str, address: Address) -> None:
    """A folder of the repository is written by the very change that is judged."""
    folder = address.folder
    if folder is not None and not repository.bare and folder.resolve().is_relative_to(repository.top.resolve()):
        raise UsageError(
            f"the evidence store {store} lies in the repository, where a change could bring along its own evidence",
            hint="name a folder outside of it, a URL, or dvc://REMOTE/folder",
        )
