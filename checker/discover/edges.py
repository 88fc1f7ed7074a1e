"""Whether a stage used what is there: dependencies against their producers and against git (edges E2, E3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import md5

from checker.discover.definitions import Discovery, Stage
from checker.discover.git import TooLarge
from checker.discover.paths import is_inside, joined, parent, shown
from checker.discover.records import LEGACY_MD5, folder_hash
from checker.discover.rerun import rerun, track
from checker.discover.staleness import Finding
from checker.discover.tree import SUBMODULE, SYMLINK, Tree
from checker.model.dataset import DatasetVersion, Shard
from checker.model.lineage import Gap, GapKind, Link
from checker.model.location import Location

ManifestOf = Callable[[DatasetVersion], tuple[Shard, ...] | None]
_TEXT = bytes(range(32, 127)) + b"\n\r\t\f\b"
_LOOKED_AT = 512
_LINKS_FOLLOWED = 8


def producers(path: str, discovery: Discovery) -> list[Stage]:
    """The stages whose outs a dependency uses: the out itself, the out around it, or all outs below it."""
    folder = path
    while folder:
        if folder in discovery.makers:
            return [discovery.makers[folder]]
        folder = parent(folder)
    found = {stage.step.name: stage for out, stage in discovery.makers.items() if is_inside(out, path)}
    return list(found.values())


def check_edge(stage: Stage, dep: Link, discovery: Discovery, manifest_of: ManifestOf) -> Iterator[Finding]:
    """Hold the hash that a stage recorded for a dependency against what the snapshot holds."""
    if dep.path in discovery.makers:
        yield from _against_out(stage, dep, discovery)
    elif producers(dep.path, discovery):
        yield from _against_parts(stage, dep, discovery, manifest_of)
    else:
        yield from _against_git(stage, dep, discovery)


def check_kept_in_git(stage: Stage, discovery: Discovery) -> Iterator[Finding]:
    """Outs with `cache: false` lie in git: their blob must be what the stage made."""
    entries = discovery.tree.entries()
    for version in stage.versions:
        entry = entries.get(version.path)
        if (
            not version.cached
            and version.hash is not None
            and entry is not None
            and entry.mode not in (SYMLINK, SUBMODULE)
        ):
            content = discovery.tree.fetch((version.path,))[version.path]
            if not isinstance(content, TooLarge) and not same_bytes(content, version.hash, version.hash_name):
                message = f"{shown(version.path)} in git is not what {shown(stage.step.name)} made"
                yield Finding(Gap(GapKind.EDGE_HASH, version.path, message, version.definition, rerun(stage)))


def same_bytes(content: bytes, recorded: str, hash_name: str) -> bool:
    """Whether a blob is the file that DVC hashed; git may have changed its line ends on the way in."""
    unix = content.replace(b"\r\n", b"\n")
    forms = [content, unix.replace(b"\n", b"\r\n")]
    if hash_name == LEGACY_MD5 and _is_text(content):
        forms = [unix]
    return any(md5(form, usedforsecurity=False).hexdigest() == recorded for form in forms)


def _against_out(stage: Stage, dep: Link, discovery: Discovery) -> Iterator[Finding]:
    maker = discovery.makers[dep.path]
    made = next(out for out in maker.step.outs if out.path == dep.path)
    if dep.hash is None or made.hash is None or dep.hash == made.hash:
        return
    message = (
        f"{shown(stage.step.name)} used another version of {shown(dep.path)}: {dep.hash}, but {made.hash} is tracked"
    )
    if dep.hash_name != made.hash_name:
        message += " (one of them in the form of DVC 2)"
    yield Finding(_gap(GapKind.EDGE_HASH, dep, message, stage))


def _against_parts(stage: Stage, dep: Link, discovery: Discovery, manifest_of: ManifestOf) -> Iterator[Finding]:
    """A file or folder inside an out, or a folder that holds outs: compared through the lists of shards."""
    if dep.hash is None:
        return
    around = next((out for out in _folders(dep.path) if out in discovery.makers), None)
    if around is None:
        found = _folder_of_outs(dep, discovery, manifest_of)
        unsure = found != dep.hash
        message = f"{shown(dep.path)} holds several outputs; what {shown(stage.step.name)} used cannot be compared"
        if unsure:
            yield Finding(_gap(GapKind.EDGE_HASH, dep, message, stage), certain=False)
        return
    shards = _shards(around, discovery, manifest_of)
    if shards is None:
        message = f"the list of files of {shown(around)} is not here, so {shown(dep.path)} cannot be compared"
        yield Finding(_gap(GapKind.EDGE_HASH, dep, message, stage), certain=False)
        return
    inner = dep.path[len(around) + 1 :]
    found = _hash_of_part(shards, inner)
    if found is None:
        message = f"{shown(around)} holds no {shown(inner)}, which {shown(stage.step.name)} used"
        yield Finding(_gap(GapKind.EDGE_HASH, dep, message, stage))
    elif found != dep.hash:
        message = (
            f"{shown(stage.step.name)} used another version of {shown(dep.path)}: {dep.hash}, but {found} is tracked"
        )
        yield Finding(_gap(GapKind.EDGE_HASH, dep, message, stage))


def _shards(path: str, discovery: Discovery, manifest_of: ManifestOf) -> tuple[Shard, ...] | None:
    version = next((version for version in discovery.makers[path].versions if version.path == path), None)
    return manifest_of(version) if version is not None else None


def _hash_of_part(shards: tuple[Shard, ...], inner: str) -> str | None:
    below = [shard for shard in shards if shard.path.startswith(f"{inner}/")]
    if below:
        return folder_hash([{"md5": shard.hash, "relpath": shard.path[len(inner) + 1 :]} for shard in below])
    return next((shard.hash for shard in shards if shard.path == inner), None)


def _folder_of_outs(dep: Link, discovery: Discovery, manifest_of: ManifestOf) -> str | None:
    """The hash that DVC gives a folder of outs and tracked files, where every part of it is known."""
    rows = _git_rows(discovery.tree, dep.path)
    for out in sorted(path for path in discovery.makers if is_inside(path, dep.path)):
        shards = _shards(out, discovery, manifest_of)
        if rows is None or shards is None:
            return None
        version = next(version for version in discovery.makers[out].versions if version.path == out)
        inner = out[len(dep.path) + 1 :]
        rows += [
            {"md5": shard.hash, "relpath": f"{inner}/{shard.path}" if version.is_dir else inner} for shard in shards
        ]
    return folder_hash(rows) if rows else None


def _against_git(stage: Stage, dep: Link, discovery: Discovery) -> Iterator[Finding]:
    entries = discovery.tree.entries()
    entry = entries.get(dep.path)
    if entry is None or entry.mode == SUBMODULE:
        if entry is not None or any(out in entries and entries[out].mode == SUBMODULE for out in _folders(dep.path)):
            message = f"{shown(dep.path)} lies in a submodule and cannot be compared"
            yield Finding(_gap(GapKind.CODE_CHANGED, dep, message, stage), certain=False)
        elif any(path.startswith(f"{dep.path}/") for path in entries) or not dep.path:
            yield from _against_folder(stage, dep, discovery)
        else:
            message = f"{shown(stage.step.name)} depends on {shown(dep.path)}, which neither git nor DVC tracks"
            fix = track(stage, dep.path)
            where = dep.location or stage.step.definition
            yield Finding(Gap(GapKind.UNTRACKED, dep.path, message, where, fix))
        return
    content = _blob(discovery.tree, dep.path)
    if dep.hash is None:
        return
    if content is None or content.startswith(b"version https://git-lfs"):
        message = f"{shown(dep.path)} cannot be compared: a link out of git, a Git LFS pointer, or too large"
        yield Finding(_gap(GapKind.CODE_CHANGED, dep, message, stage), certain=False)
    elif not same_bytes(content, dep.hash, dep.hash_name):
        message = f"{shown(dep.path)} changed after {shown(stage.step.name)} last ran"
        yield Finding(_gap(GapKind.CODE_CHANGED, dep, message, stage))


def _against_folder(stage: Stage, dep: Link, discovery: Discovery) -> Iterator[Finding]:
    """DVC hashes what lies on disk, untracked files too: an equal hash proves, an unequal one does not refute."""
    rows = _git_rows(discovery.tree, dep.path) if dep.hash is not None else None
    if dep.hash is not None and (rows is None or folder_hash(rows) != dep.hash):
        message = f"the folder {shown(dep.path)} cannot be compared: files that git does not track may be part of it"
        yield Finding(_gap(GapKind.CODE_CHANGED, dep, message, stage), certain=False)


def _git_rows(tree: Tree, folder: str) -> list[dict[str, str]] | None:
    """The tracked files below a folder as DVC would list them; None when one of them cannot be hashed."""
    entries = tree.entries()
    paths = [path for path in entries if is_inside(path, folder)]
    if any(entries[path].mode in (SYMLINK, SUBMODULE) for path in paths):
        return None
    skip = len(folder) + 1 if folder else 0
    rows = []
    for path, content in tree.stream(paths):
        if isinstance(content, TooLarge):
            return None
        rows.append({"md5": md5(content, usedforsecurity=False).hexdigest(), "relpath": path[skip:]})
    return rows


def _blob(tree: Tree, path: str) -> bytes | None:
    """The bytes of a tracked file, links inside the repository followed."""
    entries = tree.entries()
    for _ in range(_LINKS_FOLLOWED):
        entry = entries.get(path)
        if entry is None or entry.mode == SUBMODULE:
            return None
        content = tree.fetch((path,))[path]
        if isinstance(content, TooLarge):
            return None
        if entry.mode != SYMLINK:
            return content
        target = content.decode("utf-8", "replace")
        followed = None if target.startswith("/") else joined(parent(path), target)
        if followed is None:
            return None
        path = followed
    return None


def _is_text(content: bytes) -> bool:
    """DVC 2's guess, by the first 512 bytes."""
    block = content[:_LOOKED_AT]
    if b"\0" in block:
        return False
    return not block or len(block.translate(None, _TEXT)) / len(block) <= 0.30


def _folders(path: str) -> Iterator[str]:
    while path := parent(path):
        yield path


def _gap(kind: GapKind, dep: Link, message: str, stage: Stage) -> Gap:
    location: Location = dep.location or stage.step.definition
    return Gap(kind, dep.path, message, location, rerun(stage))
