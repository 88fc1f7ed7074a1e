"""Finds every dataset version that DVC tracks in a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checker.discover.definitions import Discovery, Problem, Stage
from checker.discover.dvcfile import read_dvcfile
from checker.discover.git import TooLarge
from checker.discover.ignore import NAME as IGNORE_FILE
from checker.discover.ignore import unreadable, visible
from checker.discover.paths import is_inside, parent, shown
from checker.discover.tree import SUBMODULE, SYMLINK, Tree
from checker.errors import DatasetError
from checker.model.dataset import DatasetVersion, SnapshotKind
from checker.model.location import Location

PIPELINE, LOCK, PARAMS = "dvc.yaml", "dvc.lock", "params.yaml"


def discover(tree: Tree, only: frozenset[str] | None = None) -> Discovery:
    """Read the DVC metadata of a snapshot. `only` names the definitions to read; a `dvc.yaml` goes with its lock."""
    if tree.snapshot.kind is SnapshotKind.EMPTY:
        return Discovery(tree, (), (), (), ())
    roots = _roots(tree)
    if not roots:
        raise DatasetError(
            f"{tree.snapshot.label} holds no DVC repository: no `.dvc/config` is tracked by git",
            hint="run `dvc init` and commit `.dvc`, or name another folder or revision",
        )
    search = _Search(tree, roots)
    search.run(only)
    stages = tuple(sorted(search.stages, key=lambda stage: (stage.step.definition.path, stage.step.name)))
    versions = tuple(sorted((version for stage in stages for version in stage.versions), key=_order))
    problems = (*search.problems, *_overlaps(versions))
    steps = tuple(stage.step for stage in stages)
    made = {link.path: stage for stage in reversed(stages) for link in stage.step.outs if link.kind == "path"}
    return Discovery(tree, roots, versions, steps, tuple(sorted(problems, key=_place_order)), stages, made)


def _roots(tree: Tree) -> tuple[str, ...]:
    """Folders that hold a `.dvc` folder, `""` for the git root."""
    found = set()
    for path in tree.entries():
        if path.startswith(".dvc/"):
            found.add("")
        elif "/.dvc/" in path:
            found.add(path[: path.index("/.dvc/")])
    return tuple(sorted(found))


class _Search:
    """One walk over the definitions of a tree."""

    def __init__(self, tree: Tree, roots: tuple[str, ...]) -> None:
        self.tree = tree
        self.roots = roots
        self.stages: list[Stage] = []
        self.problems: list[Problem] = []

    def run(self, only: frozenset[str] | None) -> None:
        """Read the wanted definitions: all files by one git process, then each in turn."""
        root_of = self._definitions(only)
        wanted = list(root_of)
        ignores = [path for path in self.tree.entries() if path.rpartition("/")[2] == IGNORE_FILE]
        pipelines = [path for path in wanted if path.rpartition("/")[2] == PIPELINE]
        beside = [name for path in pipelines for name in (f"{path[:-5]}.lock", _join(parent(path), PARAMS)) if name]
        self._prefetch([*wanted, *beside, *ignores])
        ignored = {path: data for path in ignores if (data := self._read(path)) is not None}
        wrong = unreadable(ignored)
        self.problems += wrong
        for path in wanted if wrong else visible(wanted, ignored, root_of):
            self._read_definition(path, root_of[path])

    def _definitions(self, only: frozenset[str] | None) -> dict[str, str]:
        """Each wanted `.dvc`, `dvc.yaml` and `dvc.lock` inside a DVC root, with that root."""
        found = {}
        for path, entry in self.tree.entries().items():
            name = path.rpartition("/")[2]
            if not (name.endswith(".dvc") or name in (PIPELINE, LOCK)) or entry.mode == SUBMODULE:
                continue
            if only is not None and not _named(path, only):
                continue
            root = self._root_of(path)
            if root is not None and not is_inside(path, _join(root, ".dvc")):
                found[path] = root
        return found

    def _root_of(self, path: str) -> str | None:
        inside = [root for root in self.roots if is_inside(path, root)]
        return max(inside, key=len, default=None)

    def _prefetch(self, paths: Iterable[str]) -> None:
        entries = self.tree.entries()
        self.tree.fetch([path for path in paths if path in entries and entries[path].mode != SUBMODULE])

    def _read(self, path: str) -> bytes | None:
        """A file's bytes; None when it is absent. A symlink or a huge file is a problem, and as good as absent."""
        entry = self.tree.entries().get(path)
        if entry is None or entry.mode == SUBMODULE:
            return None
        if entry.mode == SYMLINK:
            self._note(
                f"{shown(path)} is a symlink; what it points to is not judged", path, "replace it by a regular file"
            )
            return None
        content = self.tree.fetch((path,))[path]
        if isinstance(content, TooLarge):
            self._note(f"{shown(path)} has {content.size_bytes:,} bytes, too many for a text file", path)
            return None
        return content

    def _read_definition(self, path: str, root: str) -> None:
        if not _printable(path):
            self._note(f"the file name {shown(path)} is not printable", path, "rename the file")
            return
        name = path.rpartition("/")[2]
        if name == LOCK:
            if f"{path[:-5]}.yaml" not in self.tree.entries():
                self._note("`dvc.lock` without a `dvc.yaml`: DVC does not read it", path, "restore dvc.yaml")
            return
        data = self._read(path)
        if data is None:
            return
        if name == PIPELINE:
            from checker.discover.pipeline import read_pipeline

            stages, problems = read_pipeline(path, data, root, self._read, self._parsing(root))
            self.stages += stages
        else:
            stage, problems = read_dvcfile(path, data, root)
            self.stages += [stage] if stage else []
        self.problems += problems

    def _parsing(self, root: str) -> Mapping[str, str]:
        """DVC's settings for mappings in commands, which the `cmd` of a stage depends on."""
        data = self._read(_join(root, ".dvc/config"))
        if data is None or b"parsing" not in data:
            return {}
        from checker.discover.dvcconfig import parse

        return parse(data.decode("utf-8", "replace")).get("parsing", {})

    def _note(self, message: str, path: str, fix: str = "") -> None:
        safe = path if _printable(path) else path.encode("utf-8", "backslashreplace").decode("utf-8")
        problem = Problem(message, Location(safe), fix)
        if problem not in self.problems:
            self.problems.append(problem)


def _named(path: str, only: frozenset[str]) -> bool:
    if path.endswith((PIPELINE, LOCK)) and path.rpartition("/")[2] in (PIPELINE, LOCK):
        folder = parent(path)
        return _join(folder, PIPELINE) in only or _join(folder, LOCK) in only
    return path in only


def _overlaps(versions: tuple[DatasetVersion, ...]) -> list[Problem]:
    """Outs with the same path, or one inside another: DVC refuses both. `versions` are sorted by path parts."""
    found = []
    open_outs: list[DatasetVersion] = []
    for version in versions:
        while open_outs and not is_inside(version.path, open_outs[-1].path):
            open_outs.pop()
        if open_outs:
            other = open_outs[-1]
            relation = (
                "the same output as" if other.path == version.path else f"an output inside {shown(other.path)} of"
            )
            found.append(
                Problem(
                    f"{shown(version.path)} is {relation} {other.definition}",
                    version.definition,
                    "keep one definition of an output",
                )
            )
        open_outs.append(version)
    return found


def _order(version: DatasetVersion) -> tuple[list[str], str, int]:
    return version.path.split("/"), version.definition.path, version.definition.line or 0


def _place_order(problem: Problem) -> tuple[str, int, str]:
    return problem.location.path, problem.location.line or 0, problem.message


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _printable(path: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" or char < " " or char == "\x7f" for char in path)
