"""Statistics of the text of a dataset against a reference, each comparison made once for the same evidence."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from checker.model.signals import Comparison, Score, Signal, TailTypes
from checker.model.text import TextSource
from checker.store.encoding import canonical
from checker.store.fitting import fitting
from checker.store.results import Results

if TYPE_CHECKING:
    from checker.compare import Reference


BASE = "base"


class Comparisons:
    """Compares with one reference; it is prepared when the first comparison is made that is not kept."""

    def __init__(self, name: str, reference: Sequence[TextSource], digests: tuple[str, ...], results: Results) -> None:
        # A document that two shards have counts for the first of them, so their order must not matter.
        self._texts = sorted(reference, key=lambda text: text.entry.digest)
        self._name, self._digests, self._results = name, digests, results

    def of(self, texts: Sequence[TextSource], *, by_source: bool) -> Comparison:
        """The comparison of these shards, taken together, with the reference."""
        key = self._key(texts, by_source=by_source)
        made = self._kept(key)
        if made is None:
            from checker.kernels import merge_samples

            reference = self._by_source if by_source else self._mixed
            made = reference.compare(merge_samples(text.entry.sample() for text in texts))
            self._results.put("comparison", key, _encode(made))
        return made._replace(evidence=self._digests)

    def _kept(self, key: str) -> Comparison | None:
        found = self._results.get("comparison", key)
        try:
            return None if found is None else fitting(_decode(found))
        except (AttributeError, KeyError, TypeError, ValueError, IndexError):
            # Another version of this program may have kept it in another form.
            return None

    def _key(self, texts: Sequence[TextSource], *, by_source: bool) -> str:
        """What decides the figures. Builds of zlib compress differently, hence its version."""
        from checker.compare import SIGNALS_VERSION

        parts = {
            "version": [SIGNALS_VERSION, zlib.ZLIB_RUNTIME_VERSION],
            "reference": [self._name, [text.entry.digest for text in self._texts], by_source, self._apart],
            "of": sorted(text.entry.digest for text in texts),
        }
        return sha256(canonical(parts)).hexdigest()

    @cached_property
    def _mixed(self) -> Reference:
        return self._prepared(by_source=False)

    @cached_property
    def _by_source(self) -> Reference:
        return self._prepared(by_source=True)

    def _prepared(self, *, by_source: bool) -> Reference:
        from checker.compare import make_reference

        samples = [text.entry.sample() for text in self._texts]
        # The base holds the sources of what came of it; gold and other data hold others, one a shard as far as we know.
        return make_reference(samples, name=self._name, by_source=by_source, apart=self._apart)

    @property
    def _apart(self) -> bool:
        return self._name != BASE


def _encode(comparison: Comparison) -> Mapping[str, object]:
    return {**comparison._asdict(), "signals": {name: list(signal) for name, signal in comparison.signals.items()}}


def _decode(kept: Mapping[str, Any]) -> Comparison:
    def score(value: Any) -> Score | None:
        return None if value is None else Score(value[0], value[1], tuple(value[2]))

    return Comparison(**kept)._replace(
        signals={name: Signal(*values) for name, values in kept["signals"].items()},
        collapse=score(kept["collapse"]),
        drift=score(kept["drift"]),
        tail=None if kept["tail"] is None else TailTypes(*kept["tail"]),
        evidence=tuple(kept["evidence"]),
    )
