"""The recipes of docs/recipes: their files are what their schedulers read, and their commands run for real."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from e2e.data_repository import DataRepository, build, environment
from e2e.machines import Machine, clone

RECIPES = Path(__file__).resolve().parents[2] / "docs" / "recipes"
SLICES = 2


class Recipe(NamedTuple):
    """What a scheduler runs for a slice and at the end, and the variables it sets for a slice, the first as `first`."""

    measure: str
    check: str
    store: str
    variable: str
    first: int = 1
    more: Mapping[str, str] = {}


def shell(name: str) -> str:
    return (RECIPES / name).read_text("utf-8")


def read(name: str) -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load(shell(name))
    return document


def pod(name: str) -> dict[str, Any]:
    (container,) = read(name)["spec"]["template"]["spec"]["containers"]
    return dict(container)


def last_run(job: Mapping[str, Any]) -> str:
    return str(job["steps"][-1]["run"])


def slurm() -> Recipe:
    more = {"SLURM_ARRAY_JOB_ID": "7", "SLURM_MEM_PER_NODE": "2048", "SLURM_CPUS_PER_TASK": "1"}
    return Recipe(shell("slurm-measure.sh"), shell("slurm-check.sh"), "HEADWATER_STORE", "SLURM_ARRAY_TASK_ID", 1, more)


def kubernetes() -> Recipe:
    (measure,), (check,) = pod("kubernetes.yaml")["args"], pod("kubernetes-check.yaml")["args"]
    return Recipe(measure, check, "HEADWATER_STORE", "JOB_COMPLETION_INDEX", 0, {"REVISION": "HEAD"})


def github() -> Recipe:
    jobs = read("github-actions.yml")["jobs"]
    measure = last_run(jobs["measure"]).replace("${{ matrix.slice }}", "$MATRIX_SLICE")
    return Recipe(
        measure, last_run(jobs["check"]), "STORE", "MATRIX_SLICE", 1, {"GITHUB_STEP_SUMMARY": "../summary.md"}
    )


def gitlab() -> Recipe:
    jobs = read("gitlab.yml")
    (measure,), (check,) = jobs["measure"]["script"], jobs["check"]["script"]
    return Recipe(measure, check, "STORE", "CI_NODE_INDEX", 1, {"CI_NODE_TOTAL": str(SLICES)})


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """Two shards, pushed."""
    repository = build(tmp_path_factory.mktemp("recipes"))
    repository.run("dvc", "push", "--quiet")
    return repository


def run(script: str, machine: Machine, recipe: Recipe, store: Path, index: int = 0) -> subprocess.CompletedProcess[str]:
    """As the scheduler does, with its variables; the store is a folder, the rest is what the recipe says."""
    settings = {
        **environment(machine.path.parent),
        "HEADWATER_CACHE_DIR": str(machine.evidence.parent),
        "HEADWATER_REPOSITORY": str(machine.path),
        "SLICES": str(SLICES),
        "HEADWATER_SLICES": str(SLICES),
        recipe.store: str(store),
        recipe.variable: str(recipe.first + index),
        **recipe.more,
    }
    return subprocess.run(["bash", "-euc", script], cwd=machine.path, env=settings, capture_output=True, text=True)


@pytest.mark.parametrize("recipe", [slurm, kubernetes, github, gitlab], ids=lambda recipe: str(recipe.__name__))
def test_the_commands_of_a_recipe_measure_in_slices_and_judge(
    recipe: Any, data: DataRepository, tmp_path: Path
) -> None:
    made, store = recipe(), tmp_path / "shared"
    store.mkdir()
    judge = clone(data, tmp_path / "judge", remote=False)
    early = run(made.check, judge, made, store)
    assert (early.returncode, "data/train" in early.stdout) == (3, True), early.stdout + early.stderr
    for index in range(SLICES):
        done = run(made.measure, clone(data, tmp_path / f"slice-{index}"), made, store, index)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"slice {index + 1}/{SLICES}" in done.stdout
        if index == 0:
            half = run(made.check, judge, made, store)
            assert (half.returncode, "--slice 2/2" in half.stdout) == (3, True), half.stdout + half.stderr
    late = run(made.check, judge, made, store)
    assert late.returncode == 0, late.stdout + late.stderr


@pytest.mark.parametrize("name", ["slurm-measure.sh", "slurm-check.sh"])
def test_a_script_without_a_store_says_so(name: str, tmp_path: Path) -> None:
    said = subprocess.run(["bash", str(RECIPES / name)], cwd=tmp_path, env=environment(tmp_path), capture_output=True)
    assert said.returncode != 0
    assert b"HEADWATER_STORE: name the store of evidence" in said.stderr


def test_slurm_runs_as_many_tasks_as_there_are_slices() -> None:
    directives = [line.split()[1] for line in shell("slurm-measure.sh").splitlines() if line.startswith("#SBATCH")]
    assert "--array=1-16" in directives
    assert "${HEADWATER_SLICES:-16}" in shell("slurm-measure.sh")
    assert "${HEADWATER_SLICES:-16}" in shell("slurm-check.sh")


def test_kubernetes_runs_as_many_pods_as_there_are_slices() -> None:
    job = read("kubernetes.yaml")
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    spec = job["spec"]
    (slices,) = {
        entry["value"]
        for name in ("kubernetes.yaml", "kubernetes-check.yaml")
        for entry in pod(name)["env"]
        if entry["name"] == "SLICES"
    }
    assert (spec["completionMode"], spec["completions"]) == ("Indexed", int(slices))
    # A policy of failures is refused by Kubernetes unless pods are never started again in place.
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    names = {
        rule["onExitCodes"]["containerName"] for rule in spec["podFailurePolicy"]["rules"] if "onExitCodes" in rule
    }
    assert names == {pod("kubernetes.yaml")["name"]}
    mounted = {mount["name"] for mount in pod("kubernetes.yaml")["volumeMounts"]}
    assert mounted == {volume["name"] for volume in spec["template"]["spec"]["volumes"]}


def test_continuous_integration_runs_as_many_jobs_as_there_are_slices() -> None:
    jobs = read("github-actions.yml")
    wanted = jobs["jobs"]["measure"]["strategy"]["matrix"]["slice"]
    assert wanted == list(range(1, int(jobs["env"]["SLICES"]) + 1))
    assert jobs["jobs"]["check"]["needs"] == "measure"
    pipeline = read("gitlab.yml")
    assert pipeline["measure"]["parallel"] == int(pipeline["variables"]["SLICES"])


@pytest.mark.parametrize("name", ["ray_tasks.py", "dask_tasks.py"])
def test_a_program_can_be_compiled(name: str) -> None:
    assert compile(shell(name), name, "exec").co_names


def test_the_page_shows_every_recipe() -> None:
    page = (RECIPES.parent / "measuring.md").read_text("utf-8")
    assert [
        file.name for file in sorted(RECIPES.iterdir()) if file.is_file() and f"recipes/{file.name}" not in page
    ] == []
