"""The digests that tie a judgement to what it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from checker.model.card import Card
from checker.model.composition import Measurement
from checker.model.dataset import DatasetVersion, Shard
from checker.model.lineage import Link


def of_version(version: DatasetVersion) -> tuple[str, ...]:
    """DVC's hash of the dataset version."""
    return (f"{version.hash_name}:{version.hash}",) if version.hash else ()


def of_shard(shard: Shard, measurement: Measurement) -> tuple[str, ...]:
    """DVC's hash of the shard and the digest of its measurement."""
    return (f"{shard.hash_name}:{shard.hash}", *_prefixed(measurement.digest))


def of_measurements(version: DatasetVersion, measurements: Iterable[Measurement]) -> tuple[str, ...]:
    """DVC's hash of the version, and the sha256 over the sorted digests of its measurements, one a line."""
    return of_parts(version, [measurement.digest or measurement.shard_hash for measurement in measurements])


def of_parts(version: DatasetVersion, digests: list[str]) -> tuple[str, ...]:
    """DVC's hash of the version, and the sha256 over the sorted digests of what is known of its shards, one a line."""
    if not digests:
        return of_version(version)
    together = digests[0] if len(digests) == 1 else sha256("\n".join(sorted(digests)).encode()).hexdigest()
    return (*of_version(version), *_prefixed(together))


def of_card(card: Card | None) -> tuple[str, ...]:
    """The digest of the card's file."""
    return _prefixed(card.digest) if card else ()


def of_trail(links: Iterable[tuple[str, Link]]) -> tuple[str, ...]:
    """The sha256 over some links of the lineage, each with the step that it belongs to, as `dvc.lock` records them."""
    lines = {
        "\t".join((step, link.kind, link.path, link.hash_name, link.hash or "", link.url or "", link.rev_lock or ""))
        for step, link in links
    }
    return (f"trail:{sha256(chr(10).join(sorted(lines)).encode('utf-8', 'surrogatepass')).hexdigest()}",)


def of_content(digests: Iterable[str], cards: Iterable[Card | None], version: DatasetVersion) -> str:
    """One digest of the content that a judgement is about: shards, versions and cards, never what was measured of them.

    So what is kept under it outlives an upgrade of headwater, and dies with any change of the content. `digests` are
    those of the judgement; one that names none is about the version and the card.
    """
    documents = {digest for card in cards for digest in of_card(card)}
    found = {digest for digest in digests if not digest.startswith("sha256:") or digest in documents}
    parts = sorted(found or {*of_version(version), *documents})
    if len(parts) < 2:
        return "".join(parts)
    together = "\n".join(parts).encode("utf-8", "surrogatepass")
    return f"sha256:{sha256(together).hexdigest()}"


def _prefixed(digest: str) -> tuple[str, ...]:
    if not digest:
        return ()
    return (digest if ":" in digest else f"sha256:{digest}",)
