"""The Hub's `dataset_info` and `configs`: sizes and splits."""

from __future__ import annotations

from checker.read.cards import _terms
from checker.read.cards._draft import Draft, Keys, Source, at, pointer_of, shown


def read_dataset_info(draft: Draft, source: Source) -> None:
    """Records and bytes of every configuration, summed; one configuration without a figure leaves no sum."""
    content = at(source.data, ("dataset_info",))
    if content is None:
        return
    listed = isinstance(content, list)
    infos: list[Keys] = [("dataset_info", index) for index in range(len(content))] if isinstance(content, list) else []
    infos = infos if listed else [("dataset_info",)]
    records: list[tuple[object, Keys]] = []
    sizes: list[tuple[object, Keys]] = []
    for keys in infos:
        if not isinstance(at(source.data, keys), dict):
            draft.problem("dataset_info is not a mapping or a list of mappings", source.where(*keys))
            return
        _read_info_texts(draft, source, keys)
        records += _read_splits(draft, source, keys)
        sizes.append((at(source.data, (*keys, "download_size")), (*keys, "download_size")))
    _add_sum(draft, source, "size_records", records)
    _add_sum(draft, source, "size_bytes", sizes)


def _read_info_texts(draft: Draft, source: Source, keys: Keys) -> None:
    for part in ("description", "version"):
        content = at(source.data, (*keys, part))
        if isinstance(content, str | int | float):
            place = (*keys, part)
            draft.add(part, content, source.where(*place), pointer_of(place), source.raw(*place))


def _read_splits(draft: Draft, source: Source, keys: Keys) -> list[tuple[object, Keys]]:
    splits = at(source.data, (*keys, "splits"))
    found: list[tuple[object, Keys]] = []
    for index, split in enumerate(splits if isinstance(splits, list) else []):
        place = (*keys, "splits", index)
        config = at(source.data, (*keys, "config_name"))
        if isinstance(split, dict):
            content = {**({"config": config} if config is not None else {}), **split}
            draft.add("splits", content, source.where(*place), pointer_of(place))
            found.append((split.get("num_examples"), (*place, "num_examples")))
    return found or [(None, keys)]


def _add_sum(draft: Draft, source: Source, key: str, parts: list[tuple[object, Keys]]) -> None:
    counts = [_terms.count(content) for content, _ in parts]
    for (content, keys), number in zip(parts, counts, strict=True):
        if content is not None and number is None:
            message = f"{keys[-1]} is {shown(content)}, a whole number is expected"
            draft.problem(message, source.where(*keys))
    known = [number for number in counts if number is not None]
    if known and len(known) == len(counts):
        place = parts[0][1]
        draft.add(key, sum(known), source.where(*place), pointer_of(place))


def read_configs(draft: Draft, source: Source) -> None:
    """The splits that the configurations name, where `dataset_info` has not."""
    configs = at(source.data, ("configs",))
    if not isinstance(configs, list):
        return
    counted = "splits" in draft.fields
    for index, config in enumerate(configs):
        keys: Keys = ("configs", index)
        if not isinstance(config, dict) or not config.get("config_name"):
            draft.problem("a configuration without config_name", source.where(*keys))
            continue
        files = config.get("data_files")
        for number, part in enumerate(files if isinstance(files, list) else []):
            place = (*keys, "data_files", number)
            if isinstance(part, dict) and part.get("split") is not None and not counted:
                content = {"name": part["split"], "config": config["config_name"], "path": part.get("path")}
                draft.add("splits", content, source.where(*place), pointer_of(place))
