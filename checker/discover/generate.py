"""The stages that a `foreach` or a `matrix` of `dvc.yaml` stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from checker.discover.paths import shown
from checker.discover.template import Scope, Selected, TemplateError, as_key, resolve, resolve_text, text_of

MAX_GENERATED = 10_000


def generated(definition: Mapping[str, object], scope: Scope) -> Iterator[tuple[str, Scope]]:
    """The stages of a `foreach` or `matrix`: what follows `@` in the name, and the scope of each."""
    found = _matrix(definition["matrix"], scope) if "matrix" in definition else _foreach(definition["foreach"], scope)
    for name, inner in found:
        if not name:
            raise TemplateError("a generated stage would have an empty name")
        yield name, inner


def _foreach(data: object, scope: Scope) -> Iterator[tuple[str, Scope]]:
    items = _whole(data, scope)
    if isinstance(items, Selected):
        items = _each_selected(items.value)
    if isinstance(items, dict):
        named = {_name_part(name): value for name, value in items.items()}
        _check_count(len(named))
        for name, value in named.items():
            yield name, scope.with_item({"item": _plain(value), "key": name})
        return
    if not isinstance(items, list):
        raise TemplateError(f"`foreach` takes a list or a mapping, not {shown(items)}")
    _check_count(len(items))
    composite = any(isinstance(_plain(item), dict | list) for item in items)
    by_name = {str(index) if composite else _name_part(item): item for index, item in enumerate(items)}
    for name, value in by_name.items():
        yield name, scope.with_item({"item": _plain(value)})


def _matrix(data: object, scope: Scope) -> Iterator[tuple[str, Scope]]:
    if not isinstance(data, dict):
        raise TemplateError(f"`matrix` takes a mapping, not {shown(data)}")
    axes: dict[str, list[object]] = {}
    count = 1
    for name, values in data.items():
        items = _whole(values, scope)
        items = _each_selected(items.value) if isinstance(items, Selected) else items
        items = list(items) if isinstance(items, dict) else items
        if not isinstance(items, list):
            raise TemplateError(f"the axis {shown(name)} of `matrix` is a list, not {shown(items)}")
        axes[str(resolve(name, scope))] = items
        count *= len(items)
        _check_count(count)
    combinations = {}
    for combination in product(*(enumerate(items) for items in axes.values())):
        parts = [
            f"{axis}{index}" if isinstance(_plain(value), dict | list) else _name_part(value)
            for axis, (index, value) in zip(axes, combination, strict=True)
        ]
        combinations["-".join(parts)] = {
            axis: _plain(value) for axis, (_, value) in zip(axes, combination, strict=True)
        }
    for name, item in combinations.items():
        yield name, scope.with_item({"item": item, "key": name})


def _whole(data: object, scope: Scope) -> object:
    """Resolve without losing which values came from the scope whole."""
    if isinstance(data, str):
        return resolve_text(data, scope, None)
    if isinstance(data, list):
        return [_whole(item, scope) for item in data]
    if isinstance(data, dict):
        return {as_key(_plain(_whole(name, scope))): _whole(item, scope) for name, item in data.items()}
    return data


def _each_selected(value: object) -> object:
    if isinstance(value, list):
        return [Selected(item) for item in value]
    if isinstance(value, dict):
        return {name: Selected(item) for name, item in value.items()}
    return value


def _plain(value: object) -> object:
    if isinstance(value, Selected):
        return value.value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _name_part(value: object) -> str:
    # DVC writes `true` for a literal and `True` for the same value out of a parameters file; names must match its own.
    return str(value.value) if isinstance(value, Selected) else text_of(value, {})


def _check_count(count: int) -> None:
    if count > MAX_GENERATED:
        raise TemplateError(f"the template makes {count} stages, at most {MAX_GENERATED} are read")
