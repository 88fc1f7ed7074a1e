"""Reads `dvc.yaml` with its `dvc.lock`: every stage, generated ones included, with what was recorded for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from checker.discover.definitions import LockEntry, ParamUse, Problem, Stage
from checker.discover.dvcfile import annotation_fields, command_text, declares_source, read_document, working_folder
from checker.discover.generate import generated
from checker.discover.lockfile import Lock, read_lock
from checker.discover.params import ParamsError, read_params
from checker.discover.paths import dependency, joined, output, parent, shown
from checker.discover.records import Faults, Recorded
from checker.discover.template import Parsing, Scope, TemplateError, check_syntax, resolve
from checker.model.dataset import DatasetVersion
from checker.model.lineage import Link, Step
from checker.model.location import Location
from checker.safeyaml import Document

DEFAULT_PARAMS = "params.yaml"
_KINDS = (("outs", "out"), ("metrics", "metric"), ("plots", "plot"))
Read = Callable[[str], bytes | None]


def read_pipeline(
    path: str, data: bytes, root: str, read: Read, parsing: Parsing
) -> tuple[tuple[Stage, ...], tuple[Problem, ...]]:
    """The stages of a `dvc.yaml`, and what is wrong in it or its lock. `read` gives a file of the snapshot or None."""
    document = read_document(data, path) if data.strip() else Document({}, path)
    if isinstance(document, Problem):
        return (), (document,)
    pipeline = _Pipeline(document, root, read, parsing)
    stages = tuple(pipeline.stages())
    return stages, tuple(pipeline.faults.found)


class _Pipeline:
    """One `dvc.yaml` while it is being read."""

    def __init__(self, document: Document, root: str, read: Read, parsing: Parsing) -> None:
        self.path = document.path
        self.folder = parent(document.path)
        self.root = root
        self.faults = Faults(document)
        self.content = self.faults.mapping(document.data, "dvc.yaml")
        self.read = read
        self.lock_path = f"{document.path.removesuffix('.yaml')}.lock"
        self.lock: Lock | None = None
        self.scope = Scope(self._load_vars, parsing)
        self.artifacts: Mapping[str, Mapping[str, object]] = {}

    def stages(self) -> Iterator[Stage]:
        """Read the lock and the variables, then each stage; a fault in one stage leaves the others."""
        self._read_lock()
        try:
            default = joined(self.folder, DEFAULT_PARAMS)
            if default is not None and self.read(default) is not None:
                self.scope.add_file(DEFAULT_PARAMS, self._beside)
            self.scope.add_vars(self.content.get("vars") or [], self._beside)
        except TemplateError as error:
            self.faults.add(f"the variables cannot be resolved: {error}", "vars")
            return
        self.artifacts = self._read_artifacts()
        definitions = self.content.get("stages") or {}
        for name, definition in self.faults.mapping(definitions, "`stages`", "stages").items():
            yield from self._of_definition(str(name), name, definition)

    def _of_definition(self, name: str, key: str, definition: object) -> Iterator[Stage]:
        content = self.faults.mapping(definition, f"the stage {name}", "stages", key)
        try:
            if "foreach" in content or "matrix" in content:
                template = self._template(content, key)
                check_syntax(template)
                for suffix, scope in generated(content, self.scope):
                    yield from self._resolved(f"{name}@{suffix}", key, template, scope)
            elif content:
                check_syntax(content)
                yield from self._resolved(name, key, content, self.scope)
        except TemplateError as error:
            self.faults.add(f"the stage {shown(name)} cannot be resolved: {error}", "stages", key)

    def _template(self, content: Mapping[str, object], key: str) -> Mapping[str, object]:
        if "matrix" in content:
            return {name: value for name, value in content.items() if name != "matrix"}
        return self.faults.mapping(content.get("do"), "`do`", "stages", key, "do")

    def _resolved(self, name: str, key: str, template: Mapping[str, object], scope: Scope) -> Iterator[Stage]:
        """One stage with its templates filled in."""
        try:
            own = template.get("vars")
            written = template.get("wdir")
            wdir = resolve(written, scope, "wdir") if written else None
            folder = working_folder(wdir, self.folder, self.faults, ("stages", key, "wdir"))
            if folder is None:
                return
            if own:
                scope = scope.copy()
                scope.add_vars(own, lambda item: _inside(folder, item))
            fields = {str(part): resolve(value, scope, str(part)) for part, value in template.items() if part != "vars"}
        except TemplateError as error:
            self.faults.add(f"the stage {shown(name)} cannot be resolved: {error}", "stages", key)
            return
        yield self._stage(name, key, folder, fields)

    def _stage(self, name: str, key: str, folder: str, fields: Mapping[str, object]) -> Stage:
        entry, recorded, problems = self.lock.entry(name, folder) if self.lock else (None, {}, ())
        self.faults.found += problems
        deps = self._deps(fields, key, folder, entry)
        outs, versions = self._outs(name, key, folder, fields, recorded)
        desc, meta = fields.get("desc"), fields.get("meta")
        step = Step(
            name=f"{self.path}:{name}",
            definition=self.faults.document.where_key("stages", key),
            cmd=command_text(fields.get("cmd")),
            deps=deps,
            outs=outs,
            frozen=fields.get("frozen") is True,
            desc=desc if isinstance(desc, str) else None,
            meta=meta if isinstance(meta, dict) else {},
        )
        return Stage(
            step=step,
            versions=versions,
            name=name,
            cmd=fields.get("cmd"),
            params=self._params(fields, key, folder),
            lock=entry,
            lock_path=self.lock_path if self.lock else None,
            sourced=declares_source(fields),
        )

    def _deps(self, fields: Mapping[str, object], key: str, folder: str, entry: LockEntry | None) -> tuple[Link, ...]:
        """The declared dependencies, each with what the lock holds for it."""
        locked = {link.path: link for link in entry.deps} if entry else {}
        found: dict[str, Link] = {}
        for index, written in enumerate(self.faults.items(fields.get("deps"), "`deps`", "stages", key, "deps")):
            if isinstance(written, str) and written.startswith("ds://"):
                found[written] = locked.get(written) or Link(written, kind="dataset", location=self._at(key))
                continue
            place = dependency(written, folder)
            if place.fault:
                self.faults.add(place.fault, "stages", key, "deps", index, fix="write a path inside the repository")
                continue
            bare = Link(place.path, kind="path" if place.url is None else "url", url=place.url, location=self._at(key))
            found[place.path] = locked.get(place.path, bare)
        return tuple(found.values())

    def _outs(
        self, name: str, key: str, folder: str, fields: Mapping[str, object], recorded: Mapping[str, Recorded]
    ) -> tuple[tuple[Link, ...], tuple[DatasetVersion, ...]]:
        links: list[Link] = []
        versions: list[DatasetVersion] = []
        for section, role in _KINDS:
            for written, flags in self._declared(fields.get(section), section, key).items():
                cached = flags.get("cache") is not False
                place = output(written, folder, self.root, cached=cached)
                if place.fault:
                    self.faults.add(place.fault, "stages", key, section, fix="track only paths inside the repository")
                    continue
                held = recorded.get(place.path)
                where = held.location if held else self._at(key)
                value = (held.hash.value, held.hash.name) if held else (None, "md5")
                kind = "path" if place.url is None else "url"
                links.append(Link(place.path, *value, kind=kind, url=place.url, location=where))
                if place.url is None:
                    version = self._version(place.path, name, flags, held, where)
                    versions.append(version._replace(role=role, cached=cached, frozen=fields.get("frozen") is True))
        return tuple(links), tuple(versions)

    def _version(
        self, path: str, name: str, flags: Mapping[str, object], held: Recorded | None, where: Location
    ) -> DatasetVersion:
        remote = flags.get("remote")
        notes = {**annotation_fields(self.artifacts.get(path, {})), **annotation_fields(flags)}
        return DatasetVersion(
            path=path,
            root=self.root,
            hash=held.hash.value if held else None,
            definition=where,
            hash_name=held.hash.name if held else "md5",
            size_bytes=held.size_bytes if held else None,
            file_count=held.file_count if held else None,
            is_dir=held.is_dir if held else False,
            stage=name,
            pushed=flags.get("push") is not False,
            remote=remote if isinstance(remote, str) else None,
            shards=held.shards if held else None,
            **notes,  # type: ignore[arg-type]  # as in dvcfile
        )

    def _declared(self, value: object, section: str, key: str) -> dict[str, dict[str, object]]:
        """Paths with their flags; a path may be listed bare or as a mapping."""
        found: dict[str, dict[str, object]] = {}
        for index, item in enumerate(self.faults.items(value, f"`{section}`", "stages", key, section)):
            if isinstance(item, str):
                found.setdefault(item, {})
            elif isinstance(item, dict):
                for path, flags in item.items():
                    found.setdefault(str(path), {}).update(flags if isinstance(flags, dict) else {})
            else:
                self.faults.add(f"an output is a path, not {shown(item)}", "stages", key, section, index)
        return found

    def _params(self, fields: Mapping[str, object], key: str, folder: str) -> tuple[ParamUse, ...]:
        """Which parameters of which files the stage depends on; a file named without keys counts whole."""
        keys: dict[str, list[str]] = {}
        whole: set[str] = set()
        for index, item in enumerate(self.faults.items(fields.get("params"), "`params`", "stages", key, "params")):
            if isinstance(item, str):
                keys.setdefault(DEFAULT_PARAMS, []).append(item)
            elif isinstance(item, dict):
                for name, wanted in item.items():
                    listed = self.faults.items(wanted, "parameters", "stages", key, "params", index)
                    keys.setdefault(str(name), []).extend(str(one) for one in listed)
                    if not listed:
                        whole.add(str(name))
            else:
                self.faults.add(f"a parameter is a name, not {shown(item)}", "stages", key, "params", index)
        uses = []
        for name, wanted in keys.items():
            place = dependency(name, folder)
            if place.fault or place.url is not None:
                self.faults.add(place.fault or f"{shown(name)} is not in the repository", "stages", key, "params")
                continue
            uses.append(ParamUse(place.path, () if name in whole else tuple(wanted), self._at(key)))
        return tuple(uses)

    def _read_lock(self) -> None:
        data = self.read(self.lock_path)
        if data is not None:
            self.lock, problems = read_lock(self.lock_path, data)
            self.faults.found += problems

    def _read_artifacts(self) -> dict[str, Mapping[str, object]]:
        """`artifacts:` annotate a path that some stage or `.dvc` file makes."""
        found: dict[str, Mapping[str, object]] = {}
        held = self.content.get("artifacts") or {}
        for name, item in self.faults.mapping(held, "`artifacts`", "artifacts").items():
            try:
                content = resolve(item, self.scope) if item else {}
            except TemplateError as error:
                self.faults.add(f"the artifact {shown(name)} cannot be resolved: {error}", "artifacts", name)
                continue
            written = content.get("path") if isinstance(content, dict) else None
            path = joined(self.folder, written) if isinstance(written, str) else None
            if path and isinstance(content, dict):
                found[path] = content
        return found

    def _at(self, key: str) -> Location:
        return self.faults.document.where_key("stages", key)

    def _beside(self, item: str) -> str:
        return _inside(self.folder, item)

    def _load_vars(self, path: str) -> object:
        data = self.read(path)
        if data is None:
            raise TemplateError(f"the file {shown(path)} is not in the snapshot")
        try:
            return read_params(path, data)
        except ParamsError as error:
            raise TemplateError(f"{shown(path)} is {error}") from error


def _inside(folder: str, written: str) -> str:
    path = joined(folder, written) if not written.startswith("/") else None
    if path is None:
        raise TemplateError(f"the file {shown(written)} is not in the repository")
    return path
