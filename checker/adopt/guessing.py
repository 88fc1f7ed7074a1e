"""What paths and first records suggest: roles, domains, and where known fields lie under other names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from checker.model.composition import Origin
from checker.model.dataset import Role
from checker.read.records.resolution import origin_word
from checker.read.records.sample import Row
from checker.read.records.vocabulary import ALIASES, BLANK_WORDS

# From the most protected to the least: `data/raw/eval` is evaluation data, whatever it was made from.
ROLE_WORDS: Mapping[Role, frozenset[str]] = {
    Role.GOLD: frozenset(("gold", "golden", "reservoir")),
    Role.EVAL: frozenset(
        ("eval", "evals", "evaluation", "test", "tests", "dev", "val", "valid", "validation", "benchmark", "holdout")
    ),
    Role.RAW: frozenset(
        ("raw", "source", "sources", "original", "originals", "crawl", "dump", "download", "downloads")
    ),
    Role.TRAIN: frozenset(("train", "training", "pretrain", "pretraining", "finetune", "finetuning", "sft", "corpus")),
}
DOMAIN_WORDS: Mapping[str, frozenset[str]] = {
    "health": frozenset(("health", "healthcare", "medical", "medicine", "clinical", "patient", "patients", "hospital")),
    "legal": frozenset(("legal", "law", "laws", "court", "courts", "contract", "contracts")),
    "finance": frozenset(("finance", "financial", "bank", "banking", "credit", "insurance", "trading")),
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
# Fields that a mapping helps with; of the rest only the presence counts, under names that are far apart.
_MAPPED = ("source", "url", "collected_at", "license", "origin", "generator", "language", "domain", "capture_method")
_LEAST_TEXT = 40  # characters in the mean: shorter columns are names, labels and codes
_MOST_VALUES = 8
_LONGEST_VALUE = 32  # a longer one may be text of a record, which nobody asked to see


def role_of(path: str) -> Role:
    """The role that the words of a path name; OTHER where they name none."""
    words = set(_words(path))
    return next((role for role, known in ROLE_WORDS.items() if words & known), Role.OTHER)


def domain_of(path: str) -> str | None:
    """The high-stakes domain that the words of a path name."""
    words = set(_words(path))
    return next((domain for domain, known in DOMAIN_WORDS.items() if words & known), None)


def mixes_roles(paths: Iterable[str]) -> bool:
    """Whether the shards of one dataset belong to several roles, which no entry can tell apart."""
    return len({role_of(path) for path in paths} & {Role.TRAIN, Role.EVAL, Role.GOLD}) > 1


def fields_of(rows: Sequence[Row]) -> dict[str, str]:
    """Canonical field -> path in the record, for what no alias finds and a name or the values suggest."""
    columns = dict.fromkeys(path for row in rows for path in row)
    found = {}
    if rows and not any(path in columns for name in ("text", "turns") for path in ALIASES[name]):
        text = _longest(rows, columns)
        if text is not None:
            found["text"] = text
    by_name: dict[str, list[str]] = {}
    for column in columns:
        by_name.setdefault(_plain(column.rpartition(".")[2]), []).append(column)
    for name in _MAPPED:
        if any(path in columns for path in ALIASES[name]):
            continue
        # `label` and `kind` mean many things; under another spelling they are no sign of an origin.
        alike = {
            column
            for alias in ALIASES[name]
            if alias not in ("label", "kind")
            for column in by_name.get(_plain(alias), ())
        }
        if len(alike) == 1:
            found[name] = alike.pop()
    return {name: path for name, path in found.items() if path.isprintable()}


def values_of(rows: Sequence[Row], field: str, fields: Mapping[str, str]) -> tuple[str, ...]:
    """The few values that stand in the column of a field, for people to translate; none where there are many."""
    columns = (fields[field],) if field in fields else ALIASES[field]
    seen = {str(row[column]) for row in rows for column in columns if isinstance(row.get(column), str | int | bool)}
    few = len(seen) <= _MOST_VALUES and all(len(value) <= _LONGEST_VALUE for value in seen)
    return tuple(sorted(seen)) if few else ()


def foreign_origins(rows: Sequence[Row], fields: Mapping[str, str]) -> tuple[str, ...]:
    """The values in the column of origins that mean nothing to headwater: people have to say what they stand for."""
    values = values_of(rows, "origin", fields)
    return tuple(
        value
        for value in values
        if value.strip().casefold() not in BLANK_WORDS and origin_word(value) is Origin.UNKNOWN
    )


def _longest(rows: Sequence[Row], columns: Iterable[str]) -> str | None:
    """The column with the longest text, in the mean over the rows that have it."""

    def mean(column: str) -> float:
        texts = [value for row in rows if isinstance(value := row.get(column), str)]
        return sum(map(len, texts)) / len(rows)

    best = max(columns, key=mean, default=None)
    return best if best is not None and mean(best) >= _LEAST_TEXT else None


def _words(path: str) -> Iterator[str]:
    return (word.casefold() for word in _WORD.findall(path))


def _plain(name: str) -> str:
    return "".join(_words(name))
