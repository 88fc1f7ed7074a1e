"""One section between an array and its zstd frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.store.ranks import decode_ranks, encode_ranks
from checker.store.text_layout import Packing, Section

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

_LEVEL = 3
# A rank takes at most three bytes, and each word of the vocabulary, of which there are at most as many, four.
_MAX_RANK_BYTES = 7


def shrink(section: Section, content: NDArray[Any]) -> bytes:
    """The frame of a section's array. Raises ValueError as `encode_ranks`."""
    import zstandard

    parts = encode_ranks(content) if section.packing is Packing.RANKS else _planes(section, content)
    # Each part begins a block of its own, with a code of its own: some 5 % less.
    packer = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False).compressobj(size=sum(map(len, parts)))
    frame = [packer.compress(part) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for part in parts]
    return b"".join([*frame, packer.flush()])


def unpack(section: Section, frame: bytes, rows: int) -> NDArray[Any]:
    """The little-endian array, flat; spends memory in proportion to `rows` only. Raises ValueError."""
    import numpy as np
    import zstandard

    try:
        size = zstandard.frame_content_size(frame)
        if not _fits(section, size, rows):
            raise ValueError(f"its {section.name} unpack to another size")
        unpacked = zstandard.ZstdDecompressor().decompress(frame, max_output_size=size)
    except zstandard.ZstdError as error:
        raise ValueError(f"its {section.name} cannot be unpacked") from error
    data = np.frombuffer(unpacked, "u1")
    if section.packing is Packing.RANKS:
        return decode_ranks(data, rows).astype("<u4", copy=False)
    values: NDArray[Any] = np.ascontiguousarray(data.reshape(section.item_bytes, -1).T).reshape(-1)
    values = values.view(f"<u{section.item_bytes}")
    if section.packing is Packing.STEPS:
        return np.cumsum(values, dtype=values.dtype)
    return values if values.flags.writeable else values.copy()  # compiled code wants arrays that can be written to


def _fits(section: Section, size: int, rows: int) -> bool:
    if section.packing is Packing.RANKS:
        return rows <= size <= _MAX_RANK_BYTES * rows
    return size == rows * section.row_bytes


def _planes(section: Section, content: NDArray[Any]) -> list[bytes]:
    import numpy as np

    values = content
    if section.packing is Packing.STEPS and len(values):
        values = np.diff(values, prepend=values.dtype.type(0)).astype(content.dtype, copy=False)
    octets = values.view("u1").reshape(-1, section.item_bytes)
    return [octets[:, place].tobytes() for place in range(section.item_bytes)]
