"""Reads one `.dvc` file: `dvc add`, the imports, and the single-stage files of DVC before 1.0."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checker.discover.definitions import Problem, Stage
from checker.discover.paths import joined, output, parent, shown
from checker.discover.records import LEGACY_MD5, Faults, Keys, link, read_dependency, read_recorded
from checker.errors import YamlError
from checker.model.dataset import DatasetVersion
from checker.model.lineage import Link, Step
from checker.model.location import Location
from checker.safeyaml import Document, load

# What people write in `meta` to say where data comes from (`docs/lineage.md`).
SOURCE_KEYS = frozenset(
    {"source", "sources", "source_url", "url", "urls", "origin", "provenance", "homepage", "doi", "citation", "vendor"}
)


# Exactly what `dvc add` writes. A digest of digits alone, or a path like `true`, means something else in YAML.
_ADDED = re.compile(
    rb"outs:\n- md5: ([0-9a-f]{32}(?:\.dir)?)\n  size: (0|[1-9][0-9]{0,17})\n(?:  nfiles: (0|[1-9][0-9]{0,11})\n)?"
    rb"(?:  hash: (md5)\n)?  path: ([A-Za-z_][A-Za-z0-9_./-]*)\n"
)
_NOT_A_NUMBER = re.compile(rb"[abcdf]")
_WORDS = frozenset({"true", "false", "null"})


def _mend(path: str) -> str:
    return f"correct {path}; `dvc status` tells whether DVC can read it"


def read_document(data: bytes, path: str) -> Document | Problem:
    """Parse DVC metadata by the guarded loader; what it refuses is a problem at its line."""
    if data.startswith(b"version https://git-lfs"):
        return Problem(
            "the file is a Git LFS pointer, not DVC metadata", Location(path, 1), f"keep {path} out of Git LFS"
        )
    try:
        document = load(data, path, strict=False)
    except YamlError as error:
        mend = error.hint or _mend(path)
        fix = "resolve the merge conflict" if b"<<<<<<< " in data else mend
        return Problem(error.message, error.location or Location(path), fix)
    if not isinstance(document.data, dict):
        return Problem(f"DVC metadata is a mapping, not {shown(document.data)}", document.where(), _mend(path))
    return document


def read_dvcfile(path: str, data: bytes, root: str) -> tuple[Stage | None, tuple[Problem, ...]]:
    """The stage that a `.dvc` file stands for, and what is wrong with the file."""
    added = _read_added(path, data, root)
    if added is not None:
        return added, ()
    document = read_document(data, path)
    if isinstance(document, Problem):
        return None, (document,)
    faults = Faults(document)
    content = faults.mapping(document.data, "a .dvc file")
    folder = working_folder(content.get("wdir"), parent(path), faults, ("wdir",))
    if folder is None:
        return None, tuple(faults.found)
    stage = _stage(path, content, folder, root, faults)
    return stage, tuple(faults.found)


def working_folder(wdir: object, folder: str, faults: Faults, keys: Keys) -> str | None:
    """The folder that a definition's paths count from; None when it lies outside of the repository."""
    if wdir in (None, ""):
        return folder
    reached = joined(folder, wdir) if isinstance(wdir, str) and not wdir.startswith("/") else None
    if reached is None or "\0" in reached or "\\" in reached:
        faults.add(f"the working folder {shown(wdir)} is not in the repository", *keys)
        return None
    return reached


def declares_source(content: Mapping[str, object]) -> bool:
    """Whether a description, or `meta`, says where the data comes from."""
    desc, meta = content.get("desc"), content.get("meta")
    if isinstance(desc, str) and desc.strip():
        return True
    return isinstance(meta, dict) and any(
        str(key).lower() in SOURCE_KEYS and value not in (None, "", [], {}) for key, value in meta.items()
    )


def annotation_fields(flags: Mapping[str, object]) -> dict[str, object]:
    """`desc`, `type`, `labels` and `meta` as fields of a DatasetVersion; only well-formed ones."""
    desc, kind, labels, meta = (flags.get(name) for name in ("desc", "type", "labels", "meta"))
    found: dict[str, object] = {}
    if isinstance(desc, str) and desc:
        found["desc"] = desc
    if isinstance(kind, str) and kind:
        found["type"] = kind
    if isinstance(labels, list):
        found["labels"] = tuple(str(label) for label in labels)
    if isinstance(meta, dict):
        found["meta"] = meta
    return found


def _read_added(path: str, data: bytes, root: str) -> Stage | None:
    """The stage of a file that `dvc add` wrote and nobody edited; None when it has to be read as YAML."""
    match = _ADDED.fullmatch(data)
    if match is None:
        return None
    digest, size, count, kind, written = match.groups()
    name = written.decode("ascii")
    place = output(name, parent(path), root, cached=True)
    if place.fault or not _NOT_A_NUMBER.search(digest) or name.lower() in _WORDS:
        return None
    value, where = digest.decode("ascii"), Location(path, 2, 8)
    hash_name = "md5" if kind else LEGACY_MD5
    version = DatasetVersion(
        path=place.path,
        root=root,
        hash=value,
        definition=where,
        hash_name=hash_name,
        size_bytes=int(size),
        file_count=None if count is None else int(count),
        is_dir=count is not None or value.endswith(".dir"),
    )
    return Stage(Step(path, where, outs=(Link(place.path, value, hash_name, location=where),)), (version,))


def _stage(path: str, content: Mapping[str, object], folder: str, root: str, faults: Faults) -> Stage:
    deps = _dependencies(content, folder, faults)
    frozen = content.get("frozen") is True or content.get("locked") is True
    outs: list[Link] = []
    versions: list[DatasetVersion] = []
    sourced = declares_source(content)
    for index, item in enumerate(faults.items(content.get("outs"), "`outs`", "outs")):
        entry = faults.mapping(item, "an output", "outs", index)
        sourced = sourced or declares_source(entry)
        made = _output(entry, ("outs", index), folder, root, faults, frozen=frozen)
        if isinstance(made, DatasetVersion):
            versions.append(made)
            outs.append(Link(made.path, made.hash, made.hash_name, location=made.definition))
        elif made is not None:
            outs.append(made)
    if not outs and not faults.found:
        faults.add("the file defines no output", fix="remove the file, or run `dvc add` again")
    desc, meta = content.get("desc"), content.get("meta")
    step = Step(
        name=path,
        definition=versions[0].definition if versions else Location(path, 1),
        cmd=command_text(content.get("cmd")),
        deps=deps,
        outs=tuple(outs),
        frozen=frozen,
        desc=desc if isinstance(desc, str) else None,
        meta=meta if isinstance(meta, dict) else {},
    )
    return Stage(step, tuple(versions), cmd=content.get("cmd"), sourced=sourced)


def command_text(cmd: object) -> str:
    """A command as one text; a list has one command a line."""
    if isinstance(cmd, list):
        return "\n".join(str(line) for line in cmd)
    return cmd if isinstance(cmd, str) else ""


def _dependencies(content: Mapping[str, object], folder: str, faults: Faults) -> tuple[Link, ...]:
    found = []
    for index, item in enumerate(faults.items(content.get("deps"), "`deps`", "deps")):
        entry = faults.mapping(item, "a dependency", "deps", index)
        if entry:
            found.append(read_dependency(entry, ("deps", index), folder, faults))
    return tuple(dep for dep in found if dep is not None)


def _output(
    entry: Mapping[str, object], keys: Keys, folder: str, root: str, faults: Faults, *, frozen: bool
) -> DatasetVersion | Link | None:
    if not entry:
        return None
    cached = entry.get("cache") is not False
    place = output(entry.get("path"), folder, root, cached=cached)
    if place.fault:
        faults.add(place.fault, *keys, "path", fix="track only paths inside the repository")
        return None
    recorded = read_recorded(entry, keys, faults)
    if place.url is not None:
        return link(place, recorded)
    remote = entry.get("remote")
    return DatasetVersion(
        path=place.path,
        root=root,
        hash=recorded.hash.value,
        definition=recorded.location,
        hash_name=recorded.hash.name,
        size_bytes=recorded.size_bytes,
        file_count=recorded.file_count,
        is_dir=recorded.is_dir,
        cached=cached,
        pushed=entry.get("push") is not False,
        remote=remote if isinstance(remote, str) else None,
        frozen=frozen,
        role="metric" if entry.get("metric") else "plot" if entry.get("plot") else "out",
        shards=recorded.shards,
        **annotation_fields(entry),  # type: ignore[arg-type]  # it holds only what these fields take
    )
