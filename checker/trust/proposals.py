"""What a change makes of the rulebook: read as it would be once merged, to inform, never to bind."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from checker.discover import attributes
from checker.discover.attributes import Mask
from checker.discover.git import TooLarge
from checker.discover.objects import SHORT_COMMIT
from checker.discover.repository import DEFAULT_BRANCHES, Repository
from checker.discover.tree import SUBMODULE, SYMLINK, Tree
from checker.errors import HeadwaterError, PolicyError, UsageError
from checker.governance import Rules, built_in, demands, included, refuse_links
from checker.model.location import Location
from checker.model.outcome import Outcome, Status
from checker.policy.packs import Sources
from checker.policy.places import GOVERNANCE, POLICIES, SETTINGS, WAIVERS, Kind, kind_of
from checker.policy.rulebook import Rulebook, read_rulebook
from checker.policy.settings import Settings, load_settings

# What a proposal may weigh: its files are read whole, and come from whoever may open a pull request.
MOST_FILES = 2000
MOST_BYTES = 16 * 1024 * 1024
_SHOWN = 10
_MEND = "mend it there; headwater policy lint names every fault"


def propose(rules: Rules, anchors: tuple[Tree, ...], head: Tree) -> Rules:
    """The rules with the rulebook that the change would leave behind, where it touches it, and what is said of that."""
    trusted = rules.trusted
    if trusted is None:
        return rules
    touched = _touched(trusted, head, anchors)
    packs = _packs(rules)
    ruling = sorted(path for path in touched if path in packs or _rules_here(path, trusted, head, rules.settings))
    findings = (*_misnamed(touched, head, rules.settings), *_masked(touched, trusted, head, rules))
    if not ruling and not findings:
        return rules
    book, said = _proposal(rules, trusted, head, ruling, touched) if ruling else (None, ())
    return rules._replace(proposed_book=book, findings=(*rules.findings, *said, *findings))


def _packs(rules: Rules) -> frozenset[str]:
    """The files that the trusted policies include as packs."""
    policies = _policies(rules)
    if not any(b"include" in data for data in policies.values()):
        return frozenset()
    from checker.policy.includes import included_files

    return included_files(policies)


def _policies(rules: Rules) -> Mapping[str, bytes]:
    globs = rules.settings.policies
    return {path: data for path, data in rules.book.files.items() if kind_of(path, globs) is Kind.POLICY}


def anchors_of(repository: Repository, trusted: Tree, head: Tree) -> tuple[Tree, ...]:
    """Where the change left the trusted history: what it did not touch since is not its doing, however old it is.

    Where the clone is too shallow to tell, or the histories are unrelated, everything is held against the trusted
    revision itself.
    """
    one, other = trusted.snapshot.commit, head.snapshot.commit
    if one is None or other is None or repository.shallow():
        return (trusted,)
    bases = repository.merge_bases(one, other)
    return tuple(trusted if base == one else repository.revision(base) for base in bases) or (trusted,)


def refuse_own_judge(repository: Repository, base: Tree, head: Tree, rules: Rules, policy_ref: str | None) -> None:
    """Raise UsageError when the trusted revision is part of the change from `base` to `head` that it would judge."""
    trusted = rules.trusted.snapshot.commit if rules.trusted else None
    before, after = base.snapshot.commit, head.snapshot.commit
    if trusted is None or before is None or after is None or before == after:
        return
    if not repository.is_ancestor(trusted, after) or repository.is_ancestor(trusted, before):
        return
    if not _is_landed(repository, trusted) or _is_by_chance(repository):
        raise UsageError(
            f"the trusted revision {policy_ref or trusted[:12]} is part of the change that it would judge",
            hint="name the default branch, such as --policy-ref origin/main, and fetch it (fetch-depth: 0)",
        )


def _is_landed(repository: Repository, trusted: str) -> bool:
    """Whether the default branch has the trusted commit: then it is no proposal any more, and may judge itself."""
    try:
        return repository.is_ancestor(trusted, repository.trusted_revision())
    except UsageError:
        return False


def _is_by_chance(repository: Repository) -> bool:
    """Whether a local branch counts as the default one despite a remote: a fork's branch may be called `main`."""
    named = [name for name in DEFAULT_BRANCHES if name.startswith("refs/remotes/")]
    known = repository.git.ask("for-each-ref", "--format=%(refname)", *named).out.split()
    return not known and bool(repository.git.ask("remote").out.split())


def _touched(trusted: Tree, head: Tree, anchors: tuple[Tree, ...]) -> frozenset[str]:
    """The files that the change leaves other than trusted; not those that only the trusted history has changed."""
    old, new = trusted.entries(), head.entries()
    before = [anchor.entries() for anchor in anchors]
    return frozenset(
        path
        for path in old.keys() | new.keys()
        if old.get(path) != new.get(path) and any(new.get(path) != entries.get(path) for entries in before)
    )


def _rules_here(path: str, trusted: Tree, head: Tree, settings: Settings) -> bool:
    """Whether the file rules, or stands as a link where a folder of ruling files is looked for."""
    if demands(path, settings):
        return True
    entry = head.entries().get(path)
    if entry is None or entry.mode not in (SYMLINK, SUBMODULE):
        return False
    return f"{path}/" in (POLICIES, WAIVERS, GOVERNANCE) or any(
        known.startswith(f"{path}/") and demands(known, settings) for known in trusted.entries()
    )


def _proposal(
    rules: Rules, trusted: Tree, head: Tree, touched: list[str], every: frozenset[str]
) -> tuple[Rulebook | None, tuple[Outcome, ...]]:
    bound = trusted.snapshot.commit or trusted.snapshot.label
    shown = ", ".join(touched[:_SHOWN]) + (f" and {len(touched) - _SHOWN:,} more" if len(touched) > _SHOWN else "")
    changed = built_in(
        "policy-changed",
        Status.WARN,
        f"the change touches {shown}; what binds is the trusted revision {bound[:SHORT_COMMIT]}",
        Location(touched[0], 1),
        "have the owners of the policy review this change; it binds once it is merged",
    )
    try:
        return _merged(rules, trusted, head, touched, every), (changed,)
    except HeadwaterError as error:
        said = f"the proposed policy cannot be read: {error}"
        where = error.location or changed.location
        return None, (changed, built_in("policy-invalid", Status.FAIL, said, where, _MEND))


def _merged(rules: Rules, trusted: Tree, head: Tree, touched: list[str], every: frozenset[str]) -> Rulebook:
    """The rulebook as a merge would leave it. Raises HeadwaterError where it is wrong, or too large to be read.

    `touched` are the ruling files that the change touches, `every` all its files.
    """
    _refuse_folders(head, touched)
    refuse_links(head, touched)
    there = [path for path in touched if path in head.entries()]
    files = {path: data for path, data in rules.book.files.items() if path not in touched}
    files.update(_bounded(head, there))
    settings = load_settings(files.get(SETTINGS), SETTINGS)
    # Files that only the proposed settings make policies of, which both trees may have had all along.
    named = [path for path in head.entries() if demands(path, settings) and not demands(path, rules.settings)]
    named = [path for path in named if path not in files]
    refuse_links(head, named)
    files.update(_bounded(head, named))
    ruling = {path: files[path] for path in sorted(files) if kind_of(path, settings.policies) is not None}
    return read_rulebook(ruling, head.snapshot.label, _sources(rules, trusted, head, every))


def _sources(rules: Rules, trusted: Tree, head: Tree, touched: frozenset[str]) -> Sources:
    """Where the packs come from that the proposal includes. Only repositories that are trusted already are asked."""
    changed, unchanged = included(head), included(trusted)

    def may_fetch(url: str) -> bool:
        from checker.policy.includes import git_urls

        return rules.fetches and url in git_urls(_policies(rules))

    return Sources(lambda path: (changed if path in touched else unchanged)(path), may_fetch)


def _refuse_folders(head: Tree, touched: list[str]) -> None:
    for path in touched:
        entry = head.entries().get(path)
        if entry is not None and entry.mode in (SYMLINK, SUBMODULE) and kind_of(path) is None:
            what = "symlink" if entry.mode == SYMLINK else "submodule"
            message = f"{path} is a {what}, whose files are not read, so all that ruled from there would be gone"
            raise PolicyError(message, hint="put the files themselves there", location=Location(path))


def _bounded(head: Tree, paths: list[str]) -> Mapping[str, bytes]:
    if len(paths) > MOST_FILES:
        message = f"the change brings {len(paths):,} files that rule, at most {MOST_FILES:,} are read"
        raise PolicyError(message, hint="bring them in several changes", location=Location(paths[0]))
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    for path, data in head.stream(paths, max_bytes=MOST_BYTES):
        left -= data.size_bytes if isinstance(data, TooLarge) else len(data)
        if isinstance(data, TooLarge) or left < 0:
            message = f"with {path} the files that rule have more than {MOST_BYTES:,} bytes, which are not read"
            raise PolicyError(message, hint="bring only what rules", location=Location(path))
        found[path] = data
    return found


def _misnamed(touched: frozenset[str], head: Tree, settings: Settings) -> Iterator[Outcome]:
    """Names that are those of ruling files on a machine that does not tell case, or the two ways to write an accent."""
    for path in sorted(touched & head.entries().keys()):
        plain = _plain(path)
        if (
            plain != path
            and (kind := kind_of(plain, settings.policies))
            and kind is not kind_of(path, settings.policies)
        ):
            message = f"{path} is {plain} on a machine that does not tell the two apart, and would take its place there"
            fix = "remove it, or give it the right name to have it judged as what it is"
            yield built_in("policy-misnamed", Status.FAIL, message, Location(path, 1), fix)


def _plain(path: str) -> str:
    """The name as such a machine has it: no case, one way to write accents, no dots and blanks at the end."""
    folded = unicodedata.normalize("NFKC", path).casefold()
    return "/".join(part.rstrip(". ") for part in folded.split("/"))


def _masked(touched: frozenset[str], trusted: Tree, head: Tree, rules: Rules) -> Iterator[Outcome]:
    """Lines of `.gitattributes` that have people see or merge another policy than the one that is judged.

    New lines, and those that were laid out for a file before it came.
    """
    paths = [path for path in {*head.entries(), *trusted.entries()} if demands(path, rules.settings)]
    new = touched.intersection(paths).difference(trusted.entries())
    among = head.entries() if new else touched
    files = [path for path in sorted(among) if path.rpartition("/")[2] == attributes.NAME]
    if not files:
        return
    before, after = _attributes(trusted, files), _attributes(head, files)
    agreed = list(_masks(before, [path for path in paths if path not in new]))
    known = {(mask.attribute, mask.path) for mask in agreed}
    usual = {(mask.attribute, mask.location.path) for mask in agreed}
    for path in (path for path, data in after.items() if data is None and path in touched):
        message = f"{path} is too long to be looked through for attributes that hide what is judged"
        fix = f"keep it to {attributes.MOST_BYTES:,} bytes, and {attributes.MOST_LINES:,} lines that filter or merge"
        yield built_in("policy-masked", Status.FAIL, message, Location(path, 1), fix)
    for mask in _masks(after, paths):
        as_usual = mask.path in new and (mask.attribute, mask.location.path) in usual
        if (mask.attribute, mask.path) not in known and not as_usual:
            message = (
                f"{mask.path} gets the attribute {mask.attribute}, so people see or merge other than what is judged"
            )
            fix = "leave ruling files without such attributes"
            yield built_in("policy-masked", Status.FAIL, message, mask.location, fix)


def _attributes(tree: Tree, files: list[str]) -> Mapping[str, bytes | None]:
    """The files of attributes by path; None for one that is too long."""
    entries = tree.entries()
    there = [path for path in files if path in entries and entries[path].mode not in (SYMLINK, SUBMODULE)]
    found = tree.fetch(there, max_bytes=attributes.MOST_BYTES)
    return {
        path: None if isinstance(data, TooLarge) or attributes.too_long(data) else data for path, data in found.items()
    }


def _masks(files: Mapping[str, bytes | None], paths: list[str]) -> Iterator[Mask]:
    return attributes.masks({path: data for path, data in files.items() if data is not None}, paths)
