"""`headwater policy test`: run the tests of policies, say what they leave open."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from checker.errors import HeadwaterError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from checker.commands.policy_test_files import Found
    from checker.model.policy import Approvers, Policy
    from checker.policytest.cases import Result
    from checker.policytest.load import Tests
    from checker.policytest.mutate import Verdict
    from checker.policytest.summary import Summary

FORMATS = ("text", "junit", "json")
NO_TESTS = 3


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
    from checker.commands import policy_test_files as files
    from checker.commands.policy_tested import render

    if arguments.packs + bool(arguments.paths) + arguments.staged > 1:
        raise UsageError("more than one choice of tests", hint="use one of PATH, --packs, --staged")
    if arguments.staged and (faults := files.staged_faults()):
        return _refuse(faults)
    found = (
        files.staged() if arguments.staged else files.shipped() if arguments.packs else files.around(arguments.paths)
    )
    if not found.files:
        return _nothing(arguments, found)
    tests = files.read(found)
    if tests.faults:
        return _refuse(tests.faults)
    summary = _tested(arguments, found, tests)
    _write(render(arguments.format, summary), arguments.output)
    return summary.exit_code


def _nothing(arguments: argparse.Namespace, found: Found) -> int:
    """No test: nothing to say at a commit, an end of its own where tests are required."""
    required = arguments.require_tests or arguments.coverage or arguments.mutate
    if arguments.staged and not (required and found.policies):
        return 0
    sys.stderr.write("headwater: there is no policy test here; docs/testing-policies.md shows how to write one\n")
    return NO_TESTS if arguments.paths or (required and found.policies) else 0


def _refuse(faults: Sequence[HeadwaterError]) -> int:
    from checker.report._escape import terminal

    for fault in faults:
        sys.stderr.write(f"headwater: {terminal(str(fault), 1000)}\n")
    return 2


def _tested(arguments: argparse.Namespace, found: Found, tests: Tests) -> Summary:
    """Run the cases; of a suite that fails as it is, coverage and mutants would tell nothing."""
    from checker.policytest.coverage import coverage, told_without_limits
    from checker.policytest.judging import run as judge_all
    from checker.policytest.summary import Summary

    results = tuple(judge_all(tests.cases, found.book.approvers))
    if any(result.failures for result in results):
        return Summary(results, exit_code=1)
    named = {case.policy.id for case in tests.cases}
    policies = tuple(policy for policy in found.policies if not arguments.paths or policy.id in named)
    verdicts, rows = None, None
    if arguments.mutate or arguments.coverage:
        verdicts = tuple(_mutated(policies, results, found.book.approvers, all_of_them=arguments.mutate))
    if arguments.coverage or arguments.require_tests:
        rows = tuple(coverage(policies, results, verdicts or ()))
        rows = rows if arguments.coverage else told_without_limits(rows)
    alive = arguments.mutate and any(verdict.killed_by is None for verdict in verdicts or ())
    lacking = any(row.lacks for row in rows or ())
    return Summary(results, rows, verdicts if arguments.mutate else None, int(alive or lacking))


def _mutated(
    policies: Sequence[Policy], results: Sequence[Result], approvers: Approvers, *, all_of_them: bool
) -> Iterator[Verdict]:
    """Every mutant with its verdict; only those of limits where no more is asked for."""
    from checker.commands.progress import Bar
    from checker.policytest.mutate import judge, mutants

    work = [mutant for policy in policies for mutant in mutants(policy) if all_of_them or mutant.side]
    with Bar(len(work), 0, "changing policies", "mutants") as bar:
        for mutant in work:
            yield judge(mutant, results, approvers)
            bar.done()


def _write(text: str, output: str | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}", hint="name another --output") from error
