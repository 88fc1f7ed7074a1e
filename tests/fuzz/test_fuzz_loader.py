"""The loader of everything that rules, fed with what nobody would write: a fault with a place, or a rulebook."""

from __future__ import annotations

import copy
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

HERE = Path(__file__).parent
CORPUS = sorted((HERE / "corpus").iterdir())
SECONDS = 4
MOST_KIB = 2 * 1024 * 1024


def _harness() -> Any:
    spec = importlib.util.spec_from_file_location("fuzz_loading", HERE / "loading.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


loading = _harness()


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_each_input_that_is_kept_loads_or_is_faulted_in_place(path: Path) -> None:
    loading.try_one(path.read_bytes())


def test_the_good_ones_among_them_are_good() -> None:
    from checker.policy.rulebook import read_rulebook

    good = [path for path in CORPUS if path.name.startswith("good-") and path.name != "good-include"]
    assert len(good) >= 8
    for path in good:
        assert read_rulebook(loading.files_of(path.read_bytes()), "HEAD").policies, path.name


def test_a_harness_that_finds_something_says_so() -> None:
    with pytest.raises(AttributeError):
        loading.try_one(None)


def test_a_bounded_search_from_the_corpus_finds_no_crash(tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris has no build for this Python and system")
    found = tmp_path / "found"
    found.mkdir()
    options = [f"-max_total_time={SECONDS}", "-timeout=20", "-rss_limit_mb=0", f"-artifact_prefix={tmp_path}/"]
    command = [sys.executable, str(HERE / "loading.py"), str(found), str(HERE / "corpus"), *options, "-seed=1"]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), "HEADWATER_CACHE_DIR": str(tmp_path / "cache")}
    # Not by libFuzzer's own limit: the peak that Linux tells of a new process begins with that of its parent.
    limited = ["/bin/sh", "-c", f'ulimit -v {MOST_KIB}; exec "$@"', "fuzz", *command]
    done = subprocess.run(limited, env=environment, capture_output=True, text=True, errors="replace", timeout=200)

    assert done.returncode == 0, done.stderr[-4000:]
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert runs is not None
    assert int(runs[1]) > len(CORPUS)


def _data(path: Path) -> dict[str, Any]:
    """The files of an input, those in YAML as data."""
    files = loading.files_of(path.read_bytes())
    return {
        name: yaml.safe_load(content) if name.endswith(".yaml") else content.decode() for name, content in files.items()
    }


SAMPLES = [_data(path) for path in CORPUS if path.name.startswith("good-")]
WORDS = st.sampled_from(
    [
        "",
        "Policy",
        "Waiver",
        "team",
        "team/cap",
        "baseline@1",
        "@",
        "off",
        "*",
        "a/../b",
        "2026-02-30",
        "x" * 300,
        "\u202e",
    ]
)
KEYS = WORDS | st.sampled_from(["id", "with", "max", "kind", "relax", "parameter", "where", "extends"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JUNK = st.recursive(
    SCALARS | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def _places(data: Any) -> list[tuple[Any, ...]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [(key, *rest) for key, value in pairs for rest in ((), *_places(value))]


def _spoiled(sample: dict[str, Any], draw: Any) -> bytes:
    """Some values replaced, moved to where another stood, or taken out; files written again as YAML."""
    data = copy.deepcopy(sample)
    for _ in range(draw(st.integers(1, 3))):
        places = _places(data)
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        holder: Any = data
        for key in way:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = draw(JUNK)
        elif isinstance(holder[last], dict):
            holder[last][draw(KEYS)] = draw(JUNK)
        else:
            del holder[last]
    return b"".join(
        f"=== {name}\n".encode() + (content.encode() if isinstance(content, str) else yaml.safe_dump(content).encode())
        for name, content in data.items()
    )


@given(st.sampled_from(SAMPLES), st.data())
@settings(max_examples=150, deadline=None)
def test_a_rulebook_with_junk_in_it_loads_or_is_faulted_in_place(sample: dict[str, Any], data: Any) -> None:
    loading.try_one(_spoiled(sample, data.draw))
