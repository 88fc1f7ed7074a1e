"""The `headwater.yaml` that `init` writes: what paths and records suggest, for people to correct."""

from __future__ import annotations

from collections.abc import Iterator

from checker.adopt.look import Seen, Sight
from checker.adopt.yamltext import comment, mapping, scalar
from checker.model.composition import Origin
from checker.model.dataset import Role

_MOST = 500
HEAD = """\
# What headwater cannot see by itself; the first entry that fits a dataset counts. Written by `headwater init` from the
# names of paths and the first records: correct what it guessed wrong (docs/records.md tells the fields).
"""
NOTHING = """\
# Nothing needs saying yet. An entry would be:
#   datasets:
#     - path: data/train
#       role: train
#       fields: {license: meta.rights}
"""


def settings_text(sight: Sight, schema: str) -> str:
    """The file. `schema` is the line for editors."""
    entries = [line for seen in sight.datasets[:_MOST] for line in _entry(seen)]
    listed = "datasets:\n" + "".join(f"{line}\n" for line in entries) if entries else NOTHING
    return f"{schema}{HEAD}{listed}"


def _entry(seen: Seen) -> Iterator[str]:
    """An entry where there is something to say of a dataset; the rest is left to convention."""
    needed = seen.role is not Role.OTHER or seen.fields or _stated_domain(seen)
    remarks = list(_remarks(seen))
    if not needed and not remarks:
        return
    yield from (f"  # {comment(remark)}" for remark in remarks)
    yield f"  - path: {scalar(seen.path)}"
    yield f"    role: {seen.role.value}"
    if domain := _stated_domain(seen):
        yield f"    domain: {scalar(domain)}  # by its path, for records that state none"
    if seen.fields:
        yield f"    fields: {mapping(seen.fields)}  # guessed by name: check them"


def _stated_domain(seen: Seen) -> str | None:
    return seen.domain if seen.domain and not seen.values("domain") else None


def _remarks(seen: Seen) -> Iterator[str]:
    if seen.mixed:
        yield f"{seen.path} holds shards for training and for evaluation; track them apart to tell their roles"
    if seen.unread:
        yield f"{seen.path} was not looked into: {seen.unread}"
    unknown = seen.origins[Origin.UNKNOWN]
    if unknown and seen.origin_values:
        yield f"{seen.path}: of {unknown:,} records nobody knows who made them; the column of origins holds"
        yield f"{', '.join(repr(value) for value in seen.origin_values)}: say what they mean, as in"
        yield f"values: {{origin: {{{scalar(seen.origin_values[0])}: human}}}}"
    elif unknown:
        yield f"{seen.path}: {unknown:,} records do not say who made them; say it of whole shards as in"
        yield 'origins: [{path: "**", origin: human}]'
