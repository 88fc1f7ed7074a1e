"""Which datasets a rule judges."""

from __future__ import annotations

import pytest

from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion, Role
from checker.model.location import Location
from checker.model.policy import Selector
from checker.policy.select import selects


def dataset(name: str, role: Role = Role.TRAIN, labels: tuple[str, ...] = ()) -> Dataset:
    version = DatasetVersion(path=name, root="", hash="0" * 32, definition=Location(f"{name}.dvc", 1), labels=labels)
    return Dataset(name=name, version=version, settings=DatasetSettings(role=role))


@pytest.mark.parametrize(
    ("select", "chosen"),
    [
        pytest.param(Selector(), True, id="nothing said selects all"),
        pytest.param(Selector(datasets=("x", "data/**")), True, id="any of the globs"),
        pytest.param(Selector(datasets=("x",)), False, id="none of the globs"),
        pytest.param(Selector(roles=("eval", "train")), True, id="any of the roles"),
        pytest.param(Selector(roles=("gold",)), False, id="none of the roles"),
        pytest.param(Selector(labels=("text", "raw")), True, id="any of the labels"),
        pytest.param(Selector(labels=("raw",)), False, id="none of the labels"),
        pytest.param(Selector(datasets=("data/**",), roles=("gold",)), False, id="glob fits, role does not"),
        pytest.param(Selector(where={"domain": ("health",)}), True, id="where restricts records, not datasets"),
    ],
)
def test_a_selector(select: Selector, chosen: bool) -> None:
    assert selects(select, dataset("data/train", labels=("text", "en"))) is chosen
