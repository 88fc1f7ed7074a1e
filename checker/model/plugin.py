"""What a plug-in is, and what it may offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import BinaryIO

    from checker.model.report import PluginStamp, Report


class CardFormat(NamedTuple):
    """A format of cards. `read` takes the bytes of a file and gives statements by canonical key (`docs/cards.md`).

    `endings` are those of file names, with the dot, in lower case. `read` raises ValueError for what is no such card.
    """

    endings: tuple[str, ...]
    read: Callable[[bytes], Mapping[str, object]]


class RecordFormat(NamedTuple):
    """A format of shards. `read` takes a stream of bytes (decompressed) and gives rows in order, None for a bad one.

    It raises ValueError when the shard as a whole cannot be read. It is sent to worker processes by its name, so it is
    a function of a module.
    """

    endings: tuple[str, ...]
    read: Callable[[BinaryIO], Iterator[Mapping[str, object] | None]]


class Renderer(NamedTuple):
    """A format of reports: `headwater check --format DISTRIBUTION:NAME`."""

    render: Callable[[Report], str]


class Metric(NamedTuple):
    """A summary of the text of records: one a shard, made in one pass and merged, whatever the order.

    A summary holds what JSON has: text, integers, finite numbers, lists, mappings with texts as keys. `value` turns the
    summary of all shards into what a check reads from `Evidence.extras`. All four are functions of a module.
    """

    start: Callable[[], Any]
    add: Callable[[Any, str], Any]
    merge: Callable[[Any, Any], Any]
    value: Callable[[Any], object]


class Plugin(NamedTuple):
    """A distribution that takes part, and what it offers by name. `checks` hold `checker.rules._base.Check`s."""

    stamp: PluginStamp
    checks: Mapping[str, Any]
    card_formats: Mapping[str, CardFormat]
    record_formats: Mapping[str, RecordFormat]
    renderers: Mapping[str, Renderer]
    metrics: Mapping[str, Metric]
