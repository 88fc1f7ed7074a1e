"""A break in the trail names the place where it is, once."""

from __future__ import annotations

import pytest

from checker import rules
from checker.model.lineage import Gap, GapKind, Lineage
from checker.model.location import Location
from checker.policytest.given import evidence


@pytest.mark.parametrize(
    ("path", "says"),
    [
        pytest.param("data/train", "data/train was added by hand", id="the dataset itself"),
        pytest.param("data/raw", "data/train: 'data/raw' was added by hand", id="what it was made from"),
        pytest.param("data/train2", "data/train: 'data/train2' was added by hand", id="a longer name"),
    ],
)
def test_a_place_is_named_once(path: str, says: str) -> None:
    gap = Gap(GapKind.ROOT_UNKNOWN, path, f"{path!r} was added by hand", Location(f"{path}.dvc", 2))
    check = rules.by_id("lineage-complete")
    seen = evidence({"name": "data/train"})._replace(lineage=Lineage(roots=(path,), gaps=(gap,)))
    [said] = check.judge(seen, check.build({"require_source": True}))
    assert said.message == says
