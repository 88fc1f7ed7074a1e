"""Plug-ins: installed distributions that `headwater.yaml` names, and never anything from the tree that is judged."""

from __future__ import annotations

from collections.abc import Iterable

from checker import added
from checker.errors import PluginError
from checker.model.location import Location
from checker.model.plugin import CardFormat, Plugin, RecordFormat
from checker.plugins.installed import Installed, find, normal
from checker.plugins.offers import GROUPS, NOUNS, offer

__all__ = ["activate", "load"]


def activate(names: tuple[str, ...], top: str) -> None:
    """Have exactly these distributions take part. `top` is the folder of the repository that is judged.

    Raises PluginError (exit 2) where one is not installed, lies in that folder, is broken, or clashes with another.
    """
    added.activate(load(names, top) if names else ())


def load(names: tuple[str, ...], top: str) -> tuple[Plugin, ...]:
    """The plug-ins by name, in the order of `headwater.yaml`."""
    found: list[Plugin] = []
    try:
        for name in dict.fromkeys(normal(name) for name in names):
            plugin = _plugin(find(name, top))
            _refuse_clash(plugin, found)
            found.append(plugin)
    except PluginError as error:
        error.location = error.location or Location("headwater.yaml")
        raise
    return tuple(found)


def _plugin(installed: Installed) -> Plugin:
    offers = {group: offer(installed, group) for group in GROUPS}
    if not any(offers.values()):
        raise PluginError(
            f"{installed.stamp.name} offers nothing to headwater",
            hint=f"it declares no entry point of {', '.join(GROUPS)}",
        )
    names = tuple(f"{NOUNS[group]} {name}" for group in GROUPS for name in offers[group])
    return Plugin(installed.stamp._replace(offers=names), *offers.values())


def _refuse_clash(plugin: Plugin, others: list[Plugin]) -> None:
    """Two plug-ins that offer the same name would judge by the order in which they are named."""
    for other in others:
        for what, ours, theirs in (
            ("check", plugin.checks, other.checks),
            ("metric", plugin.metrics, other.metrics),
            ("ending of cards", _endings(plugin.card_formats.values()), _endings(other.card_formats.values())),
            ("ending of shards", _endings(plugin.record_formats.values()), _endings(other.record_formats.values())),
        ):
            twice = sorted(ours.keys() & theirs.keys())
            if twice:
                raise PluginError(
                    f"{plugin.stamp.name} and {other.stamp.name} both offer the {what} {twice[0]}",
                    hint="name one of them only under plugins in headwater.yaml",
                )


def _endings(formats: Iterable[CardFormat | RecordFormat]) -> dict[str, None]:
    return dict.fromkeys(ending for form in formats for ending in form.endings)
