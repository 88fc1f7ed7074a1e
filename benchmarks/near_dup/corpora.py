"""Documents to plant copies among: generated prose, and the sources of Python's standard library."""

from __future__ import annotations

import random
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks import prose

WORDS = (120, 360)  # of a document


def generated(megabytes: float, seed: int) -> list[str]:
    """Prose without any natural near-copy."""
    return list(_cut(prose.documents(1.5 * megabytes, seed), random.Random(seed), megabytes))


def library(megabytes: float, seed: int) -> list[str]:
    """Passages of the modules beside this Python: comments, code and tables, with the likenesses that these have.

    Which modules there are, and what they hold, depends on the release of Python.
    """
    folder = Path(sysconfig.get_path("stdlib"))
    paths = sorted(path for path in folder.rglob("*.py") if "site-packages" not in path.parts)
    random.Random(seed).shuffle(paths)
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in paths)
    return list(_cut(texts, random.Random(seed), megabytes))


def _cut(texts: Iterable[str], rnd: random.Random, megabytes: float) -> Iterator[str]:
    """Passages of a length drawn anew for each; what is left of a text and too short is left out."""
    left = megabytes * 1e6
    for text in texts:
        words = text.split()
        while left > 0 and len(words) >= WORDS[0]:
            size = rnd.randint(*WORDS)
            yield (passage := " ".join(words[:size]))
            left -= len(passage.encode())
            words = words[size:]


CORPORA: dict[str, Callable[[float, int], list[str]]] = {"prose": generated, "library": library}
