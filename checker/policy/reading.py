"""The drafts of one policy file: guarded YAML, the right kind of document, what the schema asks."""

from __future__ import annotations

from typing import Any

from checker import safeyaml
from checker.errors import HeadwaterError, PolicyError, YamlError
from checker.model.location import Location
from checker.policy import validated
from checker.policy.drafts import PolicyDraft, draft_of
from checker.policy.kinds import HOMES, POLICY, POLICY_TEST, wrong_kind
from checker.safeyaml import Document


def read_drafts(path: str, data: bytes) -> tuple[list[PolicyDraft], list[HeadwaterError]]:
    """The drafts of one file, or what is wrong with it."""
    try:
        documents = safeyaml.load_all(data, path)
    except YamlError as error:
        return [], [error]
    if not documents:
        hint = "write a policy (kind: Policy), or remove the file"
        return [], [PolicyError("the file holds no policy", hint=hint, location=Location(path))]
    faults: list[HeadwaterError] = [
        fault for document in documents for fault in wrong_kind(document, POLICY, POLICY_TEST)
    ]
    if faults:
        return [], faults
    policies = [document for document in documents if _kind(document) == POLICY]
    if not policies:
        place = documents[0].where("kind")
        hint = f"move it to {HOMES[POLICY_TEST]}"
        return [], [PolicyError("the file holds policy tests and no policy", hint=hint, location=place)]
    digest = validated.schema_digest("policy.schema.json")
    validated.unless_known(data, digest, lambda: not _validate(policies, faults))
    return ([], faults) if faults else ([draft_of(document) for document in policies], [])


def _kind(document: Document) -> str:
    data: Any = document.data
    return str(data["kind"])


def _validate(documents: list[Document], faults: list[HeadwaterError]) -> list[HeadwaterError]:
    # Slow to import, and not needed for files that were accepted before.
    from checker.policy import schema
    from checker.policy.schemas.policies import policy_schema

    for document in documents:
        faults += schema.faults(document, policy_schema())
    return faults
