"""Which tests of policies there are to run: those of the repository, of files, of the shipped packs, of a commit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.errors import HeadwaterError, PolicyError, RepositoryError, UsageError

if TYPE_CHECKING:
    from checker.discover.repository import Repository
    from checker.discover.tree import Tree
    from checker.model.policy import Policy
    from checker.policy.rulebook import Rulebook
    from checker.policytest.load import Tests

FIXTURES = "/fixtures/"


class Found(NamedTuple):
    """What is to be tested: the test files with what they are read from, the rulebook, and the policies in question."""

    files: Mapping[str, bytes]
    folders: Mapping[str, Path]
    book: Rulebook
    policies: tuple[Policy, ...] = ()


def shipped() -> Found:
    """The tests that headwater ships, of the packs that it ships."""
    from checker.policy.packs import list_packs
    from checker.policy.rulebook import Rulebook
    from checker.resources import policy_root

    folder = policy_root() / "tests"
    files = {f"policies/tests/{path.name}": path.read_bytes() for path in sorted(folder.glob("*.yaml"))}
    policies = tuple(pack_policy(reference) for reference, _ in list_packs())
    return Found(files, dict.fromkeys(files, folder), Rulebook(policies=policies), policies)


def around(paths: list[Path]) -> Found:
    """The tests of the repository around the working folder, or the files that are named."""
    from checker import governance
    from checker.discover import open_repository
    from checker.policy.rulebook import Rulebook

    try:
        repository = open_repository(".")
    except RepositoryError:
        if not paths:
            raise
        return _named(paths, Path.cwd(), Rulebook(), ())
    book = governance.rulebook_of(repository.worktree(), repository.folder)
    own = tuple(policy for policy in book.policies if policy.location.path in book.files)
    if paths:
        return _named(paths, repository.top, book, own)
    files = _test_files(book)
    return Found(files, _folders(repository, files), book, own)


def _named(paths: list[Path], top: Path, book: Rulebook, own: tuple[Policy, ...]) -> Found:
    """The files of the command line, named from the top of the repository where they lie in it."""
    files: dict[str, bytes] = {}
    folders: dict[str, Path] = {}
    for path in (file for named in paths for file in _files_of(named)):
        place = path.resolve()
        inside = place.is_relative_to(top.resolve())
        name = place.relative_to(top.resolve()).as_posix() if inside else path.as_posix()
        try:
            files[name] = path.read_bytes()
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}", hint="name an existing test file") from error
        folders[name] = _folder_of(name, top) if inside else path.parent
    return Found(files, folders, book, own)


def _files_of(path: Path) -> list[Path]:
    """A file, or the test files of a folder; what lies among fixtures is data."""
    if not path.is_dir():
        return [path]
    from checker.policytest.load import holds_tests

    found = sorted(file for ending in ("*.yaml", "*.yml") for file in path.rglob(ending) if file.is_file())
    named = [file for file in found if FIXTURES not in f"/{file.relative_to(path).as_posix()}"]
    return [file for file in named if holds_tests(file.read_bytes(), file.as_posix())]


def _test_files(book: Rulebook) -> dict[str, bytes]:
    """Every file of policies/tests/ but fixtures, and those among the policies that hold tests."""
    from checker.policy.places import TESTS, Kind, kind_of
    from checker.policytest.load import holds_tests

    found = {}
    for path, data in sorted(book.files.items()):
        kind = kind_of(path, book.settings.policies)
        test = kind is Kind.TEST and f"{TESTS}fixtures/" not in path and FIXTURES not in path.removeprefix(TESTS)
        if test or (kind is Kind.POLICY and holds_tests(data, path)):
            found[path] = data
    return found


def _folders(repository: Repository, files: Mapping[str, bytes]) -> dict[str, Path]:
    return {path: _folder_of(path, repository.top) for path in files}


def _folder_of(path: str, top: Path) -> Path:
    """Where the fixtures of a test file are: in policies/tests/, for tests elsewhere beside them."""
    from checker.policy.places import POLICIES, TESTS

    return top / TESTS if path.startswith(POLICIES) else (top / path).parent


def staged_faults() -> list[HeadwaterError]:
    """Everything that is wrong with the settings, policies and waivers of the index."""
    from checker import added, governance
    from checker.discover import open_repository
    from checker.policy.lint import lint
    from checker.policy.packs import Sources
    from checker.policy.places import SETTINGS, Kind, kind_of
    from checker.policy.settings import read_settings

    repository = open_repository(".")
    index = repository.index()
    stated = index.read(SETTINGS) if SETTINGS in index.entries() else b""
    settings = read_settings(stated, SETTINGS)[0]
    if settings.plugins or added.active():
        from checker import plugins

        plugins.activate(settings.plugins, str(repository.top))
    kinds = {path: kind_of(path, settings.policies) for path in governance.ruling_paths(index, settings)}
    linted = (Kind.SETTINGS, Kind.POLICY, Kind.WAIVER, Kind.SIGNATURE, Kind.GROUPS, Kind.SIGNERS)
    files = index.read_many(frozenset(path for path, kind in kinds.items() if kind in linted))
    return lint(files, Sources(governance.included(index)))


def staged() -> Found:
    """What the index would commit: the tests of policies that it changes, and the tests that it changes."""
    from checker import governance
    from checker.discover import open_repository
    from checker.policytest.load import tests_of

    repository = open_repository(".")
    index = repository.index()
    book = governance.rulebook_of(index, repository.folder)
    head = repository.head_or_empty(index)
    try:
        before = governance.rulebook_of(head)
    except HeadwaterError:
        # What was broken before is changed by whatever mends it.
        before = book._replace(policies=(), files={})
    digests = {policy.id: policy.digest for policy in before.policies}
    changed = frozenset(policy.id for policy in book.policies if digests.get(policy.id) != policy.digest)
    anything = _shared_by_tests(index) != _shared_by_tests(head)
    files = {
        path: data
        for path, data in _test_files(book).items()
        if anything or before.files.get(path) != data or not changed.isdisjoint(tests_of(data, path))
    }
    own = tuple(policy for policy in book.policies if policy.id in changed and policy.location.path in book.files)
    return Found(files, _folders(repository, files), book, own)


def _shared_by_tests(tree: Tree) -> dict[str, str]:
    """What any test may read beside its own file: fixtures, waivers and approvers, by path and content."""
    from checker.policy.places import GOVERNANCE, TESTS, WAIVERS

    shared = (f"{TESTS}fixtures/", WAIVERS, GOVERNANCE)
    return {path: entry.oid for path, entry in tree.entries().items() if path.startswith(shared)}


def read(found: Found) -> Tests:
    """The cases of the files, with everything that is wrong with them."""
    from checker.policytest.fixtures import Fixtures
    from checker.policytest.load import read_tests
    from checker.policytest.reading import Known

    fixtures = {folder: Fixtures(folder) for folder in set(found.folders.values())}
    known = Known(lambda name: _policy(found.book, name), {waiver.id: waiver for waiver in found.book.waivers})
    return read_tests(found.files, known, lambda path: fixtures[found.folders[path]].measure)


def _policy(book: Rulebook, name: str) -> Policy:
    """A policy here, or a shipped pack by its reference or id. Raises PolicyError for any other name."""
    from checker.policy.nearest import did_you_mean
    from checker.policy.packs import list_packs

    own = {policy.id: policy for policy in book.policies}
    if name in own:
        return own[name]
    packs = {reference.partition("@")[0]: reference for reference, _ in list_packs()}
    if name in packs or name in packs.values():
        return pack_policy(packs.get(name, name))
    raise PolicyError(f"{name} is no policy here and no shipped pack", hint=did_you_mean(name, (*own, *packs.values())))


def pack_policy(reference: str) -> Policy:
    """A shipped pack as the policy that it would be alone."""
    from checker.policy.load import load_policies
    from checker.policy.packs import find_pack

    (policy,) = load_policies({f"{reference}.yaml": find_pack(reference, None).data}, reference)
    return policy
