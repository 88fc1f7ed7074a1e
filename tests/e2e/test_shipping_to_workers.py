"""`--environment`: workers whose own Python has no headwater run that of an archive, and find the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from e2e.data_repository import DataRepository
from engine.clusters import ROOT, connect_server, sail_server
from engine.standalone import standalone

pytestmark = [pytest.mark.engines, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that is installed here but headwater: half a gigabyte that no test should copy."""
    folder = tmp_path_factory.mktemp("dependencies")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "headwater" not in path.name and path.name != "checker":
            (folder / path.name).symlink_to(path)
    return folder


def _venv(folder: Path, dependencies: Path) -> Path:
    """An environment with the dependencies alone; gives the folder of its packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    (packages / "dependencies.pth").write_text(f"{dependencies}\n")
    return packages


@pytest.fixture(scope="module")
def stranger(dependencies: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python without headwater."""
    folder = tmp_path_factory.mktemp("stranger")
    _venv(folder / "env", dependencies)
    python = str(folder / "env" / "bin" / "python")
    tried = subprocess.run([python, "-c", "import pyarrow, checker"], capture_output=True, text=True, cwd=folder)
    assert "No module named 'checker'" in tried.stderr
    return python


@pytest.fixture(scope="module")
def archive(dependencies: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with headwater, packed as docs/engines.md says."""
    folder = tmp_path_factory.mktemp("packed")
    packages = _venv(folder / "env", dependencies)
    shutil.copytree(ROOT / "checker", packages / "checker", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "policies", packages / "checker" / "_data" / "policies", dirs_exist_ok=True)
    with tarfile.open(folder / "environment.tar.gz", "w:gz", compresslevel=1) as packed:
        packed.add(folder / "env", ".")
    return folder / "environment.tar.gz"


@pytest.fixture(scope="module")
def embedded(template: DataRepository, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """What this machine measures by itself."""
    return _measured(template, tmp_path_factory.mktemp("embedded"), ())[1]


@pytest.fixture(scope="module", params=["standalone cluster", "Connect server"])
def cluster(
    request: pytest.FixtureRequest, stranger: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, ...]]:
    """The options that name a cluster whose workers are started with the Python without headwater."""
    folder = tmp_path_factory.mktemp("cluster")
    if request.param == "standalone cluster":
        with standalone(folder) as master:
            yield "--master", master
        return
    extra = {"spark.sql.execution.pyspark.python": stranger, "spark.executorEnv.PYTHONPATH": ""}
    with connect_server(folder, "local-cluster[1,2,1024]", extra) as address:
        yield "--remote", address


def _measured(
    repository: DataRepository, folder: Path, options: tuple[str, ...], **environment: str
) -> tuple[subprocess.CompletedProcess[str], dict[str, bytes]]:
    """How `measure` ended, and what is in the store afterwards."""
    store = folder / "store"
    store.mkdir(parents=True)
    variables = {"HEADWATER_CACHE_DIR": str(folder / "cache"), **environment}
    done = repository.headwater("measure", "--store", str(store), *options, env=variables)
    return done, {str(path.relative_to(store)): path.read_bytes() for path in store.rglob("*") if path.is_file()}


def _kinds(names: Iterable[str]) -> set[str]:
    """Of entries. The driver itself writes down which shards there are; what was measured is of other kinds."""
    return {Path(name).suffix for name in names}


def test_workers_without_headwater_run_that_of_the_archive(
    template: DataRepository,
    embedded: Mapping[str, bytes],
    cluster: tuple[str, ...],
    stranger: str,
    archive: Path,
    tmp_path: Path,
) -> None:
    options = ("--engine", "spark", *cluster)
    if cluster[0] == "--remote":  # one refusal is enough: each takes a start of Spark
        refused, left = _measured(template, tmp_path / "without", options, PYSPARK_PYTHON=stranger)
        assert refused.returncode == 2, refused.stderr
        assert "--environment" in refused.stderr
        assert "without this headwater (they lack checker" in refused.stderr
        assert _kinds(left) <= {".list"}
    shipped = (*options, "--environment", str(archive))
    done, found = _measured(template, tmp_path / "with", shipped, PYSPARK_PYTHON=stranger)
    assert done.returncode == 0, done.stderr
    assert found == embedded
    assert {".json", ".text"} <= _kinds(found)


def test_a_server_that_takes_no_archive_says_so(template: DataRepository, archive: Path, tmp_path: Path) -> None:
    with sail_server(tmp_path / "sail") as address:
        options = ("--engine", "spark", "--remote", address, "--environment", str(archive))
        refused, left = _measured(template, tmp_path / "measured", options)
    assert refused.returncode == 2
    assert "takes no archives" in refused.stderr
    assert "leave --environment out" in refused.stderr
    assert _kinds(left) <= {".list"}
