"""Test documents become cases: read, validated, held against the policies that they test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from checker import safeyaml
from checker.errors import HeadwaterError, PolicyError, YamlError
from checker.model.location import Location
from checker.policy import schema, validated
from checker.policy.kinds import POLICY, POLICY_TEST, WAIVER, wrong_kind
from checker.policy.places import TESTS
from checker.policy.schemas.policytests import policy_test_schema
from checker.policytest.cases import Case
from checker.policytest.reading import CaseReader, Known, Measure
from checker.safeyaml import Document


class Tests(NamedTuple):
    """The cases of some files, and everything that is wrong with them."""

    cases: tuple[Case, ...]
    faults: tuple[HeadwaterError, ...]


def read_tests(files: Mapping[str, bytes], known: Known, measure: Callable[[str], Measure]) -> Tests:
    """The cases of all files, by path. `measure` gives what measures the fixtures of one test file."""
    cases: list[Case] = []
    faults: list[HeadwaterError] = []
    suites: dict[str, Location] = {}
    for path in sorted(files):
        documents, here = _documents(files[path], path)
        if documents and not any(_kind(document) == POLICY_TEST for document in documents):
            hint = "write a test (kind: PolicyTest), or name another file"
            here.append(PolicyError("the file holds no policy test", hint=hint, location=documents[0].where("kind")))
        beside = [document for document in documents if _kind(document) == WAIVER]
        for document in documents:
            if _kind(document) == POLICY_TEST:
                here += _repeated(suites, document)
                reader = CaseReader(document, known, measure(path))
                cases += reader.cases(beside)
                here += reader.faults
        faults += here
    return Tests(tuple(cases), tuple(faults))


def holds_tests(data: bytes, path: str) -> bool:
    """Whether a file that may hold policies and tests holds a test; a broken file does not."""
    if POLICY_TEST.encode() not in data:
        return False
    try:
        return any(_kind(document) == POLICY_TEST for document in safeyaml.load_all(data, path))
    except YamlError:
        return False


def tests_of(data: bytes, path: str) -> frozenset[str]:
    """The policies that the tests of a file name; a broken file names none."""
    try:
        documents = safeyaml.load_all(data, path)
    except YamlError:
        return frozenset()
    bodies: list[Any] = [document.data for document in documents if _kind(document) == POLICY_TEST]
    return frozenset(str(body.get("policy")) for body in bodies)


def _documents(data: bytes, path: str) -> tuple[tuple[Document, ...], list[HeadwaterError]]:
    try:
        documents = safeyaml.load_all(data, path)
    except YamlError as error:
        return (), [error]
    if not documents:
        hint = "write a test (kind: PolicyTest), or remove the file"
        return (), [PolicyError("the file holds no policy test", hint=hint, location=Location(path))]
    # Beside the policies there may be tests; among the tests, the waivers that their cases are about.
    expected = (POLICY_TEST, WAIVER) if path.startswith(TESTS) else (POLICY_TEST, WAIVER, POLICY)
    faults: list[HeadwaterError] = [fault for document in documents for fault in wrong_kind(document, *expected)]
    if not faults:
        tests = [document for document in documents if _kind(document) == POLICY_TEST]
        validated.unless_known(
            data, validated.schema_digest("policy-test.schema.json"), lambda: not _validate(tests, faults)
        )
    return ((), faults) if faults else (documents, [])


def _validate(documents: list[Document], faults: list[HeadwaterError]) -> list[HeadwaterError]:
    for document in documents:
        faults += schema.faults(document, policy_test_schema())
    return faults


def _kind(document: Document) -> str:
    data: Any = document.data
    return str(data.get("kind")) if isinstance(data, dict) else ""


def _repeated(suites: dict[str, Location], document: Document) -> Iterator[PolicyError]:
    data: Any = document.data
    place, name = document.where("metadata", "id"), data["metadata"]["id"]
    if name in suites:
        message = f"the test id {name} is used already at {suites[name]}"
        yield PolicyError(message, hint="give each test document an id of its own", location=place)
    suites.setdefault(name, place)
