"""Who may approve: `governance/groups.yaml`, and the keys in `governance/allowed_signers` and `governance/*.asc`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker import safeyaml
from checker.errors import HeadwaterError, PolicyError, YamlError
from checker.model.location import Location
from checker.model.policy import Approvers
from checker.policy import validated
from checker.policy.kinds import GROUPS as KIND
from checker.policy.kinds import wrong_kind
from checker.policy.places import GOVERNANCE, GROUPS, SIGNERS
from checker.policy.waivers.signatures import key_lines

MAX_KEYS_BYTES = 1024 * 1024


def read_approvers(files: Mapping[str, bytes]) -> tuple[Approvers, tuple[HeadwaterError, ...]]:
    """The approvers of these ruling files, and what is wrong with the files that name them."""
    approvers, faults = _groups(files[GROUPS]) if GROUPS in files else (Approvers(), [])
    signers = files.get(SIGNERS, b"")
    faults += key_lines(signers, SIGNERS)[1]
    keys = tuple(files[path] for path in sorted(files) if path.startswith(GOVERNANCE) and path.endswith(".asc"))
    if sum(map(len, keys)) > MAX_KEYS_BYTES:
        message = f"the keys in {GOVERNANCE}*.asc have more than {MAX_KEYS_BYTES:,} bytes together"
        faults.append(PolicyError(message, hint="keep the keys of approvers only", location=Location(GOVERNANCE)))
    return approvers._replace(allowed_signers=signers, gpg_keys=keys), tuple(faults)


def _groups(data: bytes) -> tuple[Approvers, list[HeadwaterError]]:
    try:
        document = safeyaml.load(data, GROUPS)
    except YamlError as error:
        return Approvers(), [error]
    if document.data is None:
        return Approvers(), []
    faults: list[HeadwaterError] = list(wrong_kind(document, KIND))

    def holds() -> bool:
        from checker.policy import schema
        from checker.policy.schemas.waivers import groups_schema

        faults.extend(schema.faults(document, groups_schema()))
        return not faults

    if not faults:
        validated.unless_known(data, validated.schema_digest("groups.schema.json"), holds)
    if faults:
        return Approvers(), faults
    body: Any = document.data
    members = {name: tuple(people) for name, people in body["groups"].items()}
    gpg = {name: tuple(key.upper() for key in keys) for name, keys in body.get("gpg", {}).items()}
    return Approvers(groups=members, gpg=gpg), []
