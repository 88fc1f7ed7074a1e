"""`headwater policy test`: run the tests of policies, say what they leave open."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.errors import HeadwaterError, PolicyError, RepositoryError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from checker.discover.repository import Repository
    from checker.model.policy import Policy, RuleUse
    from checker.policy.rulebook import Rulebook
    from checker.policytest.cases import Result
    from checker.policytest.coverage import RuleCoverage
    from checker.policytest.load import Tests
    from checker.policytest.mutate import Verdict

FORMATS = ("text", "junit", "json")
NO_TESTS = 3
FIXTURES = "/fixtures/"


class Found(NamedTuple):
    """What is to be tested: the test files with what they are read from, the rulebook, and the policies in question."""

    files: Mapping[str, bytes]
    folders: Mapping[str, Path]
    book: Rulebook
    policies: tuple[Policy, ...] = ()


class Summary(NamedTuple):
    """All that came of the tests; `coverage` and `verdicts` are None where they were not asked for."""

    results: tuple[Result, ...]
    coverage: tuple[RuleCoverage, ...] | None = None
    verdicts: tuple[Verdict, ...] | None = None
    exit_code: int = 0


def declare(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `test` and its options."""
    command = actions.add_parser(
        "test",
        help="run the tests of policies (kind: PolicyTest)",
        description="Run the cases of policies/tests/. Ends with 0 when all hold, 1 when one fails, a rule is not "
        "covered or a mutant lives, 2 when a file is wrong, 3 when there is no test where one is required.",
    )
    command.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="test files or folders")
    command.add_argument("--packs", action="store_true", help="the tests of the packs that headwater ships")
    command.add_argument("--staged", action="store_true", help="lint what is staged, then test the policies it changes")
    command.add_argument(
        "--require-tests", action="store_true", help="each own rule needs a case that passes and one that fails"
    )
    command.add_argument("--coverage", action="store_true", help="say which rules and sides of limits no case covers")
    command.add_argument("--mutate", action="store_true", help="change the policies; each change must fail some case")
    command.add_argument("--format", choices=FORMATS, default="text")
    command.add_argument("--output", metavar="FILE", help="write the report there")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Test, write the report, return the exit code."""
    from checker.commands.policy_tested import render

    if arguments.packs + bool(arguments.paths) + arguments.staged > 1:
        raise UsageError("more than one choice of tests", hint="use one of PATH, --packs, --staged")
    found = _staged() if arguments.staged else _packs() if arguments.packs else _here(arguments.paths)
    required = arguments.require_tests or arguments.coverage or arguments.mutate or arguments.paths
    if not found.files:
        sys.stderr.write("headwater: there is no policy test here; docs/testing-policies.md shows how to write one\n")
        return NO_TESTS if required and (found.policies or arguments.paths) else 0
    tests = _read(found)
    if tests.faults:
        for fault in tests.faults:
            sys.stderr.write(f"headwater: {_line(fault)}\n")
        return 2
    summary = _tested(arguments, found, tests)
    _write(render(arguments.format, summary), arguments.output)
    return summary.exit_code


def _tested(arguments: argparse.Namespace, found: Found, tests: Tests) -> Summary:
    from checker.policytest.coverage import coverage, untested
    from checker.policytest.judging import run as judge_all

    results = tuple(judge_all(tests.cases, found.book.approvers))
    failed = any(result.failures for result in results)
    verdicts: tuple[Verdict, ...] | None = None
    if (arguments.mutate or arguments.coverage) and not failed:
        # A suite that fails as it is tells nothing of mutants.
        verdicts = tuple(_mutated(found, results))
    if not (arguments.mutate or arguments.coverage or arguments.require_tests) or failed:
        return Summary(results, exit_code=int(failed))
    rows = [
        row for row in coverage(found.policies, results, verdicts or ()) if _in_question(arguments, found, row.rule)
    ]
    lacking = untested(rows) if not arguments.coverage else [row for row in rows if row.lacks]
    alive = arguments.mutate and any(verdict.killed_by is None for verdict in verdicts or ())
    shown = rows if arguments.coverage else [row._replace(not_evaluated=True, open_sides=()) for row in rows]
    return Summary(
        results,
        tuple(shown) if arguments.coverage or arguments.require_tests else None,
        verdicts if arguments.mutate else None,
        int(bool(lacking) or alive),
    )


def _mutated(found: Found, results: Sequence[Result]) -> Iterator[Verdict]:
    from checker.commands.progress import Bar
    from checker.policytest.mutate import judge, mutants

    work = [
        mutant
        for policy in found.policies
        for mutant in mutants(policy)
        if all(_own(policy, rule) for rule in policy.rules if rule.id == mutant.rule_id)
    ]
    with Bar(len(work), 0, "changing policies", "mutants") as bar:
        for mutant in work:
            yield judge(mutant, results, found.book.approvers)
            bar.done()


def _in_question(arguments: argparse.Namespace, found: Found, rule: RuleUse) -> bool:
    policy = next(policy for policy in found.policies if rule in policy.rules)
    return bool(arguments.packs) or _own(policy, rule)


def _own(policy: Policy, rule: RuleUse) -> bool:
    """Whether the policy itself says something of the rule; what a pack says is tested with the pack."""
    return not rule.origin or any(place.path == policy.location.path for place in rule.stated.values())


def _read(found: Found) -> Tests:
    from checker.policytest.fixtures import Fixtures
    from checker.policytest.load import Known, read_tests

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


def _packs() -> Found:
    """The tests that headwater ships, of the packs that it ships."""
    from checker.policy.packs import list_packs
    from checker.policy.rulebook import Rulebook
    from checker.resources import policy_root

    folder = policy_root() / "tests"
    files = {f"policies/tests/{path.name}": path.read_bytes() for path in sorted(folder.glob("*.yaml"))}
    policies = tuple(pack_policy(reference) for reference, _ in list_packs())
    return Found(files, dict.fromkeys(files, folder), Rulebook(policies=policies), policies)


def _here(paths: list[Path]) -> Found:
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
    book = governance.rulebook_of(repository.worktree())
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


def _staged() -> Found:
    """What the index would commit: the tests of policies that it changes, and the tests that it changes."""
    from checker import governance
    from checker.discover import open_repository
    from checker.policytest.load import tests_of

    repository = open_repository(".")
    index = repository.index()
    book = governance.rulebook_of(index)
    try:
        before = governance.rulebook_of(repository.head_or_empty(index))
    except HeadwaterError:
        # What was broken before is changed by whatever mends it.
        before = book._replace(policies=(), files={})
    digests = {policy.id: policy.digest for policy in before.policies}
    changed = frozenset(policy.id for policy in book.policies if digests.get(policy.id) != policy.digest)
    files = {
        path: data
        for path, data in _test_files(book).items()
        if before.files.get(path) != data or not changed.isdisjoint(tests_of(data, path))
    }
    own = tuple(policy for policy in book.policies if policy.id in changed and policy.location.path in book.files)
    return Found(files, _folders(repository, files), book, own)


def _line(fault: HeadwaterError) -> str:
    from checker.report._escape import terminal

    return terminal(str(fault))


def _write(text: str, output: str | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}", hint="name another --output") from error
