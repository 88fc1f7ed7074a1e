"""Packs of the organization, from a file or another repository: pinned to their very bytes, signed where asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from checker.errors import HeadwaterError, PolicyError
from checker.model.location import Location
from checker.policy.days import today_utc
from checker.policy.drafts import PolicyDraft, draft_of
from checker.policy.packs import Pack, Sources, pack_ids, reference_of
from checker.policy.places import SIGNERS
from checker.policy.reading import read_drafts

NAMESPACE = "headwater-pack"
MOST_INCLUDES = 100


class Include(NamedTuple):
    """One entry of `include`: what is pinned, and where that is written."""

    entry: Mapping[str, Any]
    draft: PolicyDraft
    position: int

    def at(self, *keys: str) -> Location:
        """Where the entry says something."""
        return self.draft.document.where("include", self.position, *keys)

    @property
    def name(self) -> str:
        """The file, as messages name it."""
        if "git" in self.entry:
            return f"{self.entry['path']} of {self.entry['git']} at {self.entry['commit'][:12]}"
        return str(self.entry["file"])


def includes_of(drafts: Iterable[PolicyDraft]) -> Iterator[Include]:
    """Every entry of `include`."""
    for draft in drafts:
        yield from (Include(entry, draft, index) for index, entry in enumerate(draft.includes))


def git_urls(files: Mapping[str, bytes]) -> frozenset[str]:
    """The git repositories that these policy files include packs from."""
    return _named(files, "git")


def included_files(files: Mapping[str, bytes]) -> frozenset[str]:
    """The files of the repository that these policy files include as packs."""
    return _named(files, "file")


def _named(files: Mapping[str, bytes], key: str) -> frozenset[str]:
    drafts = (draft for path, data in files.items() if b"include" in data for draft in read_drafts(path, data)[0])
    return frozenset(found.entry[key] for found in includes_of(drafts) if key in found.entry)


def read_includes(drafts: Iterable[PolicyDraft], sources: Sources, faults: list[HeadwaterError]) -> Mapping[str, Pack]:
    """The included packs by reference (`org-core@2`). Appends to `faults` those that are not what is pinned."""
    found: dict[str, tuple[Pack, Include]] = {}
    for number, include in enumerate(includes_of(drafts)):
        if number == MOST_INCLUDES:
            message = f"more than {MOST_INCLUDES} packs are included"
            faults.append(
                PolicyError(message, hint="include a pack once for the whole repository", location=include.at())
            )
            break
        try:
            pack = _pack(include, sources)
            known = found.setdefault(pack.reference, (pack, include))
            if known[0].data != pack.data:
                message = f"{pack.reference} is included with other bytes at {known[1].at()}"
                raise PolicyError(message, hint="pin the same bytes everywhere", location=include.at())
        except PolicyError as error:
            faults.append(error)
    return {reference: pack for reference, (pack, _) in found.items()}


def _pack(include: Include, sources: Sources) -> Pack:
    """The pack of one entry. Raises PolicyError when it is not there, not the pinned one, or no pack."""
    data = _content(include, include.entry.get("path") or include.entry["file"], sources)
    _check_digest(include, data)
    if "signature" in include.entry:
        _check_signature(include, data, sources)
    label = include.entry.get("file") or include.name
    drafts, wrong = read_drafts(label, data)
    if wrong:
        raise PolicyError(f"the included pack is wrong: {wrong[0]}", hint="", location=include.at())
    draft = drafts[0]
    reference = reference_of(draft)
    complaint = ""
    if len(drafts) > 1:
        complaint = "holds more than one policy"
    elif "@" not in reference:
        complaint = "has no metadata.version, which extends names it by"
    elif draft.id in pack_ids():
        complaint = f"has the id {draft.id}, which a pack of headwater has"
    elif draft.includes:
        complaint = "includes packs itself; include those here too"
    if complaint:
        raise PolicyError(f"the included pack {include.name} {complaint}", hint="mend the pack", location=include.at())
    if "git" in include.entry:
        draft = draft_of(draft.document.at_path(reference))
    return Pack(reference, draft, data)


def _content(include: Include, path: str, sources: Sources) -> bytes:
    """The bytes of a file at the source of an include."""
    entry = include.entry
    if "file" in entry:
        data = sources.read(path)
        if data is None:
            raise PolicyError(f"{path} is included and is not there", hint="add the file", location=include.at("file"))
        return data
    from checker.policy.fetching import fetch, kept

    data = kept(entry["commit"], path)
    if data is None and sources.may_fetch(entry["git"]):
        data = fetch(entry["git"], entry["commit"], path, include.at("git"))
    if data is None:
        message = f"{path} of {entry['git']} at {entry['commit'][:12]} has not been fetched to this machine"
        raise PolicyError(message, hint="run `headwater policy fetch`", location=include.at("git"))
    return data


def _check_digest(include: Include, data: bytes) -> None:
    """A commit pins its files by itself: `git_proof` holds them against its id."""
    if "file" not in include.entry:
        return
    digest = hashlib.sha256(data).hexdigest()
    if digest != include.entry["sha256"]:
        message = f"{include.name} has the sha256 {digest}, another one is pinned"
        raise PolicyError(message, hint="review what changed, then pin that one", location=include.at("sha256"))


def _check_signature(include: Include, data: bytes, sources: Sources) -> None:
    from checker.policy.waivers.signatures import key_lines, ssh_signer

    asked = include.entry["signature"]
    principal = asked["principal"]
    place = include.at("signature")
    keys, wrong = key_lines(sources.signers, SIGNERS)
    if wrong:
        raise wrong[0]
    if not any(key.belongs_to(principal) for key in keys):
        message = f"{SIGNERS} has no key of {principal}, who has to sign {include.name}"
        raise PolicyError(message, hint="add the key", location=place)
    signature = _content(include, asked["file"], sources)
    if ssh_signer(data, signature, keys, principal, NAMESPACE, sources.today or today_utc()) is None:
        message = f"{asked['file']} is no signature of {principal} over {include.name}"
        hint = f"sign it with ssh-keygen -Y sign -n {NAMESPACE}; OpenSSH 8.2 or newer has to be here"
        raise PolicyError(message, hint=hint, location=place)
