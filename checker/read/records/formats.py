"""Tells the format of a shard: from the settings, else from its name, else from its first bytes."""

from __future__ import annotations

from enum import Enum

from checker import added
from checker.errors import RecordError
from checker.model.plugin import RecordFormat


class Format(Enum):
    """What can be read; any line format may be compressed with gzip or zstd."""

    JSONL = "jsonl"
    PARQUET = "parquet"
    CSV = "csv"
    TSV = "tsv"
    ARROW = "arrow"
    TEXT = "text"
    LINES = "lines"


_EXTENSIONS = {
    **dict.fromkeys(("jsonl", "ndjson", "jsonlines", "json"), Format.JSONL),
    **dict.fromkeys(("parquet", "pq"), Format.PARQUET),
    **dict.fromkeys(("arrow", "arrows", "feather", "ipc"), Format.ARROW),
    **dict.fromkeys(("txt", "text", "md", "rst"), Format.TEXT),
    **dict.fromkeys(("tsv", "tab"), Format.TSV),
    "csv": Format.CSV,
}
_COMPRESSIONS = {"gz": b"\x1f\x8b", "gzip": b"\x1f\x8b", "zst": b"\x28\xb5\x2f\xfd", "zstd": b"\x28\xb5\x2f\xfd"}
_ARROW_STREAM = b"\xff\xff\xff\xff"


def named_format(path: str, setting: str | None) -> Format | None:
    """The format that the settings or the extension name; None when only the bytes can tell."""
    if setting:
        name = setting.casefold().removesuffix(".gz").removesuffix(".zst")
        if name in {known.value for known in Format}:
            return Format(name)
        if name in _EXTENSIONS:
            return _EXTENSIONS[name]
        raise RecordError(
            f"records of format {setting!r} cannot be read",
            hint=f"use one of {', '.join(known.value for known in Format)}",
        )
    parts = path.rpartition("/")[2].casefold().split(".")[1:]
    if parts and parts[-1] in _COMPRESSIONS:
        parts.pop()
    return _EXTENSIONS.get(parts[-1]) if parts else None


def plugin_format(path: str, setting: str | None) -> tuple[str, RecordFormat] | None:
    """The format of a plug-in by the ending of the file, unless `headwater.yaml` names a format of ours."""
    if setting or not added.active():
        return None
    name, _, ending = path.rpartition("/")[2].rpartition(".")
    return added.record_format(name if ending.casefold() in _COMPRESSIONS else path)


def check_compression(path: str, head: bytes) -> None:
    """A name that promises compressed data must keep the promise; an empty file breaks none."""
    extension = path.rpartition(".")[2].casefold()
    magic = _COMPRESSIONS.get(extension)
    if magic is not None and head and not head.startswith(magic):
        raise RecordError(f"the name ends in .{extension} and the data are not {extension} data")


def sniff(head: bytes) -> Format:
    """Tell the format by the first (decompressed) bytes."""
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith((b"ARROW1", _ARROW_STREAM)):
        return Format.ARROW
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"{", b"[")):
        return Format.JSONL
    if b"\0" in head:
        raise RecordError(
            "the format of the shard cannot be told",
            hint="name it in headwater.yaml: `format: jsonl`, parquet, csv, tsv, arrow, text or lines",
        )
    return Format.TEXT


def refuse_array(head: bytes) -> None:
    """One JSON array cannot be read line by line."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        raise RecordError("the shard is one JSON array, expected JSON Lines", hint="write one record a line")
