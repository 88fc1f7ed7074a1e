"""Whatever a file says, the answer is a policy or a fault with a place: never a crash."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import HeadwaterError
from checker.policy.lint import lint
from checker.policy.load import load_policies

POLICY: Any = {
    "apiVersion": "headwater/v1",
    "kind": "Policy",
    "metadata": {"id": "team", "version": "1.0.0", "owners": ["x"], "refs": ["y"], "title": "t"},
    "extends": [{"pack": "baseline@1"}],
    "select": {"datasets": ["a/**"], "roles": ["train"], "where": {"domain": "health"}, "require_match": True},
    "rules": [
        {
            "id": "synthetic-cap",
            "check": "synthetic-cap",
            "level": "block",
            "stages": ["commit", "push", "pr", "release"],
            "when_missing": "block",
            "with": {"max": 0.2, "per": ["dataset", "shard"], "kinds": ["*"]},
            "rationale": {"why": "w", "source": "s", "confidence": "default", "review_by": "2027-01-01"},
        },
        {
            "id": "own",
            "check": "license-allowed",
            "level": "warn",
            "with": {"allow": ["mit"]},
            "select": {"labels": ["x"]},
        },
    ],
}
SETTINGS: Any = {
    "datasets": [
        {
            "path": "a/**",
            "role": "train",
            "card": "c.md",
            "fields": {"text": "body"},
            "values": {"origin": {"gpt": "machine"}},
            "origins": [{"path": "x", "origin": "human", "confidence": 1}],
        }
    ],
    "policies": ["p/*"],
    "budget": 1,
}
WORDS = st.sampled_from(
    ["", "Policy", "headwater/v1", "baseline@1", "@", "off", "block", "synthetic-cap", "own", "*", "a/../b", "x" * 300]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
KEYS = WORDS | st.sampled_from(["id", "with", "max"])
JUNK = st.recursive(
    SCALARS | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def places(data: Any) -> list[tuple[Any, ...]]:
    """The path of every value in the data."""
    found: list[tuple[Any, ...]] = [()]
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        found += [(key, *rest) for rest in places(value)]
    return found


def with_junk(data: Any, draw: Any) -> bytes:
    """The data with some values replaced and some keys added."""
    changed = {"root": copy.deepcopy(data)}
    for _ in range(draw(st.integers(1, 3))):
        keys = ("root", *draw(st.sampled_from(places(changed["root"]))))
        holder: Any = changed
        for key in keys[:-1]:
            holder = holder[key]
        if isinstance(holder[keys[-1]], dict) and draw(st.booleans()):
            holder[keys[-1]][draw(WORDS)] = draw(JUNK)
        else:
            holder[keys[-1]] = draw(JUNK)
    return yaml.safe_dump(changed["root"]).encode()


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_policy_with_junk_in_it_loads_or_is_faulted_in_place(data: st.DataObject) -> None:
    text = with_junk(POLICY, data.draw)
    faults = lint({"p.yaml": text})

    assert all(fault.location is not None and fault.message and len(str(fault)) < 1500 for fault in faults)
    try:
        loaded = load_policies({"p.yaml": text})
    except HeadwaterError:
        assert faults
    else:
        assert faults == []
        assert loaded[0].rules


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_settings_with_junk_in_them_load_or_are_faulted_in_place(data: st.DataObject) -> None:
    faults = lint({"headwater.yaml": with_junk(SETTINGS, data.draw)})

    assert all(fault.location is not None and fault.message and len(str(fault)) < 1500 for fault in faults)


def test_the_samples_are_good_before_junk_is_put_in() -> None:
    assert lint({"p.yaml": yaml.safe_dump(POLICY).encode(), "headwater.yaml": yaml.safe_dump(SETTINGS).encode()}) == []
