"""What a waiver may relax follows the plug-ins of the run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from checker import added
from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement
from checker.model.plugin import Plugin
from checker.model.report import PluginStamp
from checker.policy.schemas.waivers import relax_schema
from checker.rules._base import Check, Parameters, Stricter, param


class Old(Parameters):
    """Parameters of the first version."""

    most: int = param({"type": "integer"}, "The most.", stricter=Stricter.LOWER)


class New(Parameters):
    """Parameters of the second version."""

    share: float = param({"type": "number"}, "The share.", stricter=Stricter.LOWER)


def needs(params: Any) -> frozenset[Need]:
    return frozenset()


def judge(evidence: Evidence, params: Any) -> Iterator[Judgement]:
    yield from ()


def plugin(params: type[Parameters], digest: str) -> Plugin:
    check = Check(id="acme-size", group="documents", params=params, needs=needs, judge=judge)
    return Plugin(PluginStamp("acme", "1", digest), {"acme-size": check}, {}, {}, {}, {})


@pytest.fixture(autouse=True)
def _no_plugins() -> Iterator[None]:
    before = added.active()
    yield
    added.activate(before)


def test_another_version_of_a_plugin_has_other_limits() -> None:
    for params, name in ((Old, "most"), (New, "share")):
        added.activate((plugin(params, f"sha256:{name}"),))
        assert list(relax_schema("acme-size")["properties"]["relax"]["properties"]) == [name]
