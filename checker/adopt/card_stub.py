"""A card for a dataset that has none: what was measured is filled in, the rest is left open and reads as open."""

from __future__ import annotations

import re

from checker.adopt.look import Seen
from checker.adopt.yamltext import comment, scalar
from checker.model.composition import Origin

OPEN = '"[More Information Needed]"'
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"),
    (1_000_000_000_000, "100B<n<1T"),
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_MOST_LISTED = 20


def card_path(seen: Seen, taken: frozenset[str]) -> str:
    """Beside the dataset: `data/train.md`, of a file `data/notes.md`, or `data/notes.jsonl.md` where that is taken."""
    folder, slash, name = seen.path.rpartition("/")
    bare = f"{folder}{slash}{name.split('.')[0] or name}.md"
    return bare if bare not in taken else f"{seen.path}.md"


def card_text(seen: Seen) -> str:
    """The card as Markdown with front matter."""
    name = comment(seen.path.rpartition("/")[2].split(".")[0] or seen.path)
    records = seen.composition.records if seen.composition else None
    return f"""\
---
pretty_name: {scalar(name)}
license: {_license(seen, records)}
language: {_languages(seen)}
size_categories: {_size(records)}
headwater:
  size_records: {records or OPEN}
  synthetic: {_synthetic(seen)}
{_share(seen)}  sources: {OPEN}
  collection_period: {OPEN}
---
# Dataset Card for {name}

## Dataset Details

### Dataset Description

[More Information Needed]
{_measured(seen, records)}"""


def _license(seen: Seen, records: int | None) -> str:
    """Only where every record states one: of the others nobody knows."""
    cells = seen.composition.cells if seen.composition else {}
    stated = sum(tally.coverage.get("license", 0) for tally in cells.values())
    found = sorted({name.casefold() for name in seen.licenses})
    if not records or stated < records or not found or len(found) > _MOST_LISTED:
        return OPEN
    return scalar(found[0]) if len(found) == 1 else f"[{', '.join(scalar(name) for name in found)}]"


def _languages(seen: Seen) -> str:
    known = [name for name, _ in seen.values("language").most_common(_MOST_LISTED) if _LANGUAGE.match(name)]
    return f"[{', '.join(scalar(name) for name in known)}]" if known else f"[{OPEN}]"


def _size(records: int | None) -> str:
    if not records:
        return f"[{OPEN}]"
    return f"[{scalar(next((name for most, name in _SIZES if records < most), 'n>1T'))}]"


def _synthetic(seen: Seen) -> str:
    """Unknown is neither: a card that denies what nobody looked into would be the lie that checks look for."""
    found = seen.origins
    if found[Origin.MACHINE] or found[Origin.MIXED]:
        return "true"
    return "false" if found[Origin.HUMAN] and not found[Origin.UNKNOWN] else OPEN


def _share(seen: Seen) -> str:
    found = seen.origins
    total = found.total()
    machine = found[Origin.MACHINE] + found[Origin.MIXED]
    if not machine or found[Origin.UNKNOWN]:
        return ""
    return f"  synthetic_share: {round(machine / total, 4)}\n"


def _measured(seen: Seen, records: int | None) -> str:
    if not records:
        return ""
    found = seen.origins
    told = ", ".join(f"{found[origin]:,} {origin.value}" for origin in Origin if found[origin])
    return f"\nMeasured by headwater when this card was begun: {records:,} records; by origin {told}.\n"
