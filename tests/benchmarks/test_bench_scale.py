"""What is simulated is what headwater reads; what is reckoned from it says how far it reaches."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.row import Row
from benchmarks.scale import costs, evaluation, figures, page
from benchmarks.scale.figures import Figures, Series, laws
from benchmarks.scale.fitting import Point, fitted
from benchmarks.scale.simulated import DATASET, DOCUMENTS, shared, simulate
from benchmarks.scale.tree import spent

ROOT = Path(__file__).resolve().parents[2]
MAP = {"CPU s a MB": 0.01, "CPU s a shard": 0.02, "shards measured": 1_000, "MB of a shard measured": 40}
GROUP = {
    "keys measured": 1e8,
    "CPU us a key": 0.1,
    "links a document": 1.25,
    "CPU ns a link": 100,
    "documents joined": 5e7,
    "bytes a document joined": 4,
    "GB at most": 0.5,
    "bytes a key": 12,
    "CPU s a file in few ranges": 0.05,
    "CPU s a file in many ranges": 0.25,
}
CHECK: dict[str, float] = {"CPU s": 10, "MB": 470, "rollup MB": 3, "rollup CPU s": 11}


def _found(*, small: bool = False) -> dict[str, Figures]:
    return {
        "evaluation": Figures(facts=CHECK, small=small),
        "mapping": Figures(facts=MAP, rows=(Row("ten times the shards", 10.6, 10.5, True, "wall"),)),
        "grouping": Figures(facts=GROUP, series=(Series("links", "CPU s", "keys", (Point(10, 1), Point(100, 10))),)),
        "spark_map": Figures(skipped="pyspark is not installed"),
        "spark_group": Figures(skipped="pyspark is not installed"),
    }


@pytest.mark.parametrize(
    ("exponent", "start"),
    [
        pytest.param(1.0, 0.0, id="in proportion"),
        pytest.param(0.5, 0.0, id="slower"),
        pytest.param(2.0, 0.0, id="as the square"),
        pytest.param(1.0, 3.0, id="in proportion above a start"),
    ],
)
def test_a_power_law_is_found_again(exponent: float, start: float) -> None:
    law = fitted([Point(size, start + 0.25 * size**exponent) for size in (10, 100, 1_000, 10_000)], start)

    assert law.exponent == pytest.approx(exponent)
    assert law.factor == pytest.approx(0.25)
    assert law.r2 == pytest.approx(1)
    assert law.off == pytest.approx(1)
    assert law.at(100_000) == pytest.approx(start + 0.25 * 100_000**exponent)


def test_a_start_that_is_not_taken_off_would_hide_the_growth() -> None:
    points = [Point(size, 1 + 0.01 * size) for size in (10, 100, 1_000)]

    assert fitted(points).exponent < 0.6
    assert fitted(points, 1).exponent == pytest.approx(1)


def test_the_largest_miss_is_told_either_way_round() -> None:
    law = fitted([Point(1, 1), Point(10, 20), Point(100, 100)])

    assert law.off == pytest.approx(2 ** (2 / 3))
    assert law.r2 < 1


@pytest.mark.parametrize(
    ("points", "start", "why"),
    [
        pytest.param([], 0, "two sizes", id="nothing"),
        pytest.param([Point(1, 1)], 0, "two sizes", id="one point"),
        pytest.param([Point(1, 1), Point(1, 2)], 0, "two sizes", id="one size twice"),
        pytest.param([Point(1, 1), Point(2, 2)], 1, "no more than the start", id="as much as the start"),
    ],
)
def test_no_law_without_points_above_the_start(points: list[Point], start: float, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        fitted(points, start)


def test_a_series_without_a_law_says_so() -> None:
    lines = laws([Series("check", "CPU s", "shards", (Point(1, 0.1), Point(10, 0.2)), start=0.3)])

    assert "none: a size costs no more than the start" in lines
    assert "1: 0.1, 10: 0.2" in lines


def test_a_check_of_the_simulated_repository_judges_all_its_documents(tmp_path: Path) -> None:
    simulated = simulate(tmp_path, 3)
    command = [evaluation.HEADWATER, "check", "--all", "--format", "json"]
    done = subprocess.run(command, cwd=simulated.repository, env=simulated.settings, capture_output=True, text=True)
    report = json.loads(done.stdout)
    [dataset] = report["datasets"]

    assert done.returncode == 0, done.stderr
    assert {outcome["status"] for outcome in report["outcomes"]} == {"pass"}
    assert dataset["path"] == DATASET
    counted = [shard["records"] for shard in dataset["shards"]]
    assert len(counted) == 3
    assert len(set(counted)) == 3
    assert all(DOCUMENTS / 2 < records < DOCUMENTS * 1.5 for records in counted)


def test_the_same_seed_simulates_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        simulate(tmp_path / name, 2)
    one, two = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name / "cache").rglob("*.json")}
        for name in ("one", "two")
    )

    assert sorted(one.values()) == sorted(two.values())
    assert len(one) == 2


def test_the_shared_evidence_is_had_from_the_rollup_alone(tmp_path: Path) -> None:
    away, size_bytes = shared(simulate(tmp_path, 3))
    for entry in (tmp_path / "store").rglob("*.json"):
        entry.unlink()
    done = subprocess.run(evaluation.CHECK, cwd=away.repository, env=away.settings, capture_output=True, text=True)

    assert size_bytes > 0
    assert done.returncode == 0, done.stderr
    assert "pass" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="memory of a tree of processes is read from /proc")
def test_the_memory_of_what_a_command_starts_counts() -> None:
    held = "held = bytearray(100_000_000); import time; end = time.monotonic() + 1\nwhile time.monotonic() < end: pass"
    starts = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {held!r}]).returncode)"
    cost = spent((sys.executable, "-c", starts), ROOT)

    assert cost.largest > 100 > cost.first
    assert cost.peak > 100
    assert cost.cpu > 0.1
    assert cost.wall > 1


def test_a_command_that_fails_is_no_figure() -> None:
    with pytest.raises(RuntimeError, match="ended with 3, expected"):
        spent((sys.executable, "-c", "import sys; sys.exit(3)"), ROOT)


def test_costs_say_how_far_they_reach() -> None:
    lines = costs.table_of(_found()).splitlines()
    by_name = {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")] for line in lines}

    assert by_name["map, CPU"][3] == "55.6 core hours"
    assert by_name["map, CPU"][4:6] == ["3.0", "extrapolated 500 ×"]
    assert by_name["links, embedded, one core"][3] == "1.11 hours"
    assert by_name["memory of components"][3] == "4 GB"
    assert by_name["check of compositions, all known"][4:6] == ["", "measured"]
    assert not any(name.startswith("links on Spark") for name in by_name)


def test_the_page_takes_the_tables_and_names_what_was_not_measured() -> None:
    text = (ROOT / page.PAGE).read_text(encoding="utf-8")
    written = page.with_figures(text, _found())

    assert "| ten times the shards | 10.6 (missed) | ≤ 10.5 | wall |" in written
    assert "Not measured: spark_group (pyspark is not installed)." in written
    assert "| links, CPU s by keys | 10: 1, 100: 10 | 0.1 · n^1.000 | two points | × 1.00 |" in written
    assert page.with_figures(written, _found()) == written


def test_small_sizes_do_not_get_into_the_page() -> None:
    with pytest.raises(ValueError, match="small sizes"):
        page.with_figures((ROOT / page.PAGE).read_text(encoding="utf-8"), _found(small=True))


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="figures"):
        page.with_figures("# Scale\n", _found())


def test_figures_are_read_as_they_were_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "OUT", tmp_path / "out")
    for part, one in _found().items():
        figures.keep(part, one)

    assert {part: figures.kept(part) for part in _found()} == _found()
    assert figures.kept("never") == Figures(skipped="not run")
