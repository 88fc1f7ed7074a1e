"""What one pass over the text of a shard found: one row a document, sums that add up, and a fixed-budget sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIGNATURE_VALUES = 128
# 16 bands of eight values in a row, and four of every sixteenth value.
BANDS = 20
SAMPLE_TOKENS = 1_000_000
BLOCK_TOKENS = 20_000


class Documents(NamedTuple):
    """One entry a readable record, in reading order; a record without a token has `tokens` 0.

    `hashes`: (n, 2) uint64, 128 bits over the UTF-8 bytes of the text. `signatures`: (n, 128) uint8, the mixed top
    byte of each of 128 MinHash minima over word 5-grams; eight of them, read as one uint64, are the key of a band.
    `tokens`: (n,) uint32. `rows`: (n,) uint32, the line (or row) of the record in its shard, from 1.
    """

    hashes: NDArray[np.uint64]
    signatures: NDArray[np.uint8]
    tokens: NDArray[np.uint32]
    rows: NDArray[np.uint32]


class Sample(NamedTuple):
    """The documents with the smallest keys, together at least `SAMPLE_TOKENS` tokens, or all there are (`complete`).

    `keys`: (d,) uint64 ascending, a seeded mix of the document's hash, so equal documents come once.
    `lengths`: (d,) uint32 tokens of each, at most `BLOCK_TOKENS`. `tokens`: (sum of lengths,) uint32 word hashes.
    """

    keys: NDArray[np.uint64]
    lengths: NDArray[np.uint32]
    tokens: NDArray[np.uint32]
    complete: bool


class TextStats(NamedTuple):
    """Sums over all documents of a shard; merging adds (registers: the maximum), so split equals whole.

    `records` readable records, `empty` of them without a token; `bytes` UTF-8; `utf8_errors` bytes that are no UTF-8.
    `mattr_sum` / `mattr_positions`: moving-average type-token ratio in gap form, window 50, within documents.
    `shingles` / `repeated_shingles`: word 5-grams, and those that stood earlier in the same document. Documents of
    fewer words have none (documents of fewer than 50 words have no window).
    `byte_counts` (256,) uint64. `word_buckets` (16384,) uint64: tokens by bits of their hash (entropy, divergence).
    `word_registers`, `shingle_registers` (16384,) uint8: HyperLogLog of distinct words and distinct 5-grams.
    `vocabulary_*`: words whose hash ends in `vocabulary_level` zero bits, ascending, with their counts.
    `fragments` ascending uint64: distinct 13-gram hashes that end in six zero bits (one in 64); when there are
    4,194,304 of them, these are the smallest, and nothing is known of hashes above the last.
    """

    records: int
    empty: int
    bytes: int
    tokens: int
    utf8_errors: int
    mattr_sum: int
    mattr_positions: int
    shingles: int
    repeated_shingles: int
    byte_counts: NDArray[np.uint64]
    word_buckets: NDArray[np.uint64]
    word_registers: NDArray[np.uint8]
    shingle_registers: NDArray[np.uint8]
    vocabulary_level: int
    vocabulary_hashes: NDArray[np.uint64]
    vocabulary_counts: NDArray[np.uint64]
    fragments: NDArray[np.uint64]


class ShardText(NamedTuple):
    """All that the pass over the text of one shard found."""

    stats: TextStats
    documents: Documents
    sample: Sample


class TextEntry(NamedTuple):
    """Where a shard's text evidence is kept: `digest` is the sha256 of its content, `load` reads and checks it.

    The methods read only their part where the store can. All raise EvidenceDamaged when the bytes are not, or no
    longer, those of `digest`: then the shard is to be measured again. Can be pickled when the loaders can.
    """

    key: str
    digest: str
    records: int
    load: Callable[[], ShardText]
    load_stats: Callable[[], TextStats] | None = None
    load_documents: Callable[[], Documents] | None = None
    load_sample: Callable[[], Sample] | None = None

    def stats(self) -> TextStats:
        """The sums alone."""
        return self.load_stats() if self.load_stats else self.load().stats

    def documents(self) -> Documents:
        """The rows of the documents alone: 152 bytes each."""
        return self.load_documents() if self.load_documents else self.load().documents

    def sample(self) -> Sample:
        """The sample alone."""
        return self.load_sample() if self.load_sample else self.load().sample


class TextSource(NamedTuple):
    """The text evidence of one shard of one dataset, as comparisons across shards take it."""

    dataset: str
    shard: str
    shard_hash: str
    entry: TextEntry
