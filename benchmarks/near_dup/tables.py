"""The tables of the benchmark as Markdown, and their place in the docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.near_dup.product import Found
from benchmarks.near_dup.real import Line
from benchmarks.near_dup.scoring import Score, Share

BEGIN, END = "<!-- near_dup -->\n", "<!-- /near_dup -->"


class Result(NamedTuple):
    """What one engine found; `seconds` of CPU."""

    score: Score
    seconds: float
    version: str

    @staticmethod
    def of(found: Found, score: Score) -> Result:
        """Both together."""
        return Result(score, found.seconds, found.version)


def engines_table(results: Mapping[str, Result | str]) -> str:
    """One row an engine; text stands for the reason why there is no result. Times are those of the first engine."""
    first = next((result.seconds for result in results.values() if isinstance(result, Result)), float("nan"))
    lines = [
        "| engine | recall, copies | recall, near-copies | precision | CPU s | times headwater's |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {engine} | not measured: {result} | | | | |" if isinstance(result, str) else _row(engine, result, first)
        for engine, result in results.items()
    ]
    return "\n".join(lines) + "\n"


def _row(engine: str, result: Result, first: float) -> str:
    exact, near, precision = result.score
    figures = f"{exact.value:.4f} | {_with_error(near)} | {_with_error(precision)}"
    return f"| {engine} {result.version} | {figures} | {result.seconds:.2f} | {result.seconds / first:.1f} |".replace(
        "  ", " "
    )


def _with_error(share: Share) -> str:
    return f"{share.value:.4f} ± {share.error:.4f}"


def real_table(lines: Sequence[Line]) -> str:
    """What was found among real pairs."""
    if not lines:
        return "Not measured: the real pairs are not beside the repository.\n"
    rows = [f"| {line.what} | {line.found} |" for line in lines]
    return "\n".join(["| real pairs | headwater |", "|---|---|", *rows]) + "\n"


def in_docs(page: str, text: str) -> str:
    """The page with a new text between its markers. Raises ValueError when it has no such place."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN.strip()} ... {END}")
    return f"{before}{BEGIN}{text}{END}{after}"
