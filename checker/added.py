"""What plug-ins add to this run: empty unless the `headwater.yaml` that binds names one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # A hook without plug-ins does not pay for what they may offer.
    from checker.model.plugin import CardFormat, Metric, Plugin, RecordFormat, Renderer

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
