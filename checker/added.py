"""What plug-ins add to this run: empty unless the `headwater.yaml` that binds names one."""

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


_active: tuple[Plugin, ...] = ()


def activate(plugins: tuple[Plugin, ...]) -> None:
    """From now on exactly these take part."""
    global _active  # noqa: PLW0603 - one run has one set of plug-ins, and every room asks for it here
    _active = plugins


def active() -> tuple[Plugin, ...]:
    """Those that take part."""
    return _active


def for_workers() -> tuple[Plugin, ...]:
    """What a worker process needs of them, and what can be sent there: how records are read."""
    return tuple(
        plugin._replace(checks={}, card_formats={}, renderers={}, metrics={})
        for plugin in _active
        if plugin.record_formats
    )


def digest() -> str:
    """What tells one set of plug-ins from another; empty without any."""
    return "\n".join(f"{plugin.stamp.name} {plugin.stamp.digest}" for plugin in _active)


def check(name: str) -> Any | None:
    """A check that a plug-in offers."""
    return next((plugin.checks[name] for plugin in _active if name in plugin.checks), None)


def check_ids() -> tuple[str, ...]:
    """The checks that plug-ins offer."""
    return tuple(name for plugin in _active for name in plugin.checks)


def card_format(path: str) -> CardFormat | None:
    """The format of cards for a file name."""
    name = path.lower()
    every = (form for plugin in _active for form in plugin.card_formats.values())
    return next((form for form in every if name.endswith(form.endings)), None)


def record_format(path: str) -> tuple[str, RecordFormat] | None:
    """The format of shards for a file name without the ending of its compression; its name holds the digest."""
    for plugin in _active:
        for name, form in plugin.record_formats.items():
            if path.lower().endswith(form.endings):
                return f"{plugin.stamp.name}:{name} {plugin.stamp.digest}", form
    return None


def renderer(name: str) -> Renderer | None:
    """The renderer called `DISTRIBUTION:NAME`."""
    distribution, _, own = name.partition(":")
    return next((plugin.renderers.get(own) for plugin in _active if plugin.stamp.name == distribution), None)


def metrics() -> Mapping[str, tuple[str, Metric]]:
    """Every metric by name, with the digest of its plug-in."""
    return {name: (plugin.stamp.digest, metric) for plugin in _active for name, metric in plugin.metrics.items()}
