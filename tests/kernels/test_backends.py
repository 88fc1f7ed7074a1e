"""Which back-end does the work, and what happens where compiled code cannot be made or kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from checker.errors import UsageError
from checker.kernels import text_pass
from checker.kernels.backend import COLD_BYTES, WARM_BYTES
from checker.kernels.compiled import Keeping, keeping

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
{before}
from checker.kernels import text_pass
made = text_pass({arguments})
import numpy as np
data = np.frombuffer(b"one two three", np.uint8)
print(made.backend, made.add(data, np.array([0, 13]), np.array([1], np.uint32)).tolist(), made.note, sep="|")
"""
posix = pytest.mark.skipif(os.name == "nt", reason="modes and owners are those of POSIX")


def run(arguments: str, environment: Mapping[str, str], before: str = "") -> tuple[str, str]:
    """Back-end and note of a pass made in a process of its own, which also reads a document."""
    kept = {name: value for name, value in os.environ.items() if name not in {"HEADWATER_BACKEND", "XDG_CACHE_HOME"}}
    program = PROGRAM.format(arguments=arguments, before=before)
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    backend, tokens, note = done.stdout.rstrip("\n").split("|")
    assert tokens == "[3]"
    return backend, note


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with compiled code, shared by the test processes."""
    place = ROOT / ".venvs" / "kernels"
    place.mkdir(parents=True, exist_ok=True)
    from filelock import FileLock

    with FileLock(place / "lock"):
        assert run("'numba'", {"HEADWATER_CACHE_DIR": str(place)}) == ("numba", "")
    return place


@pytest.mark.parametrize(
    ("arguments", "backend"),
    [
        pytest.param("", "numpy", id="nobody knows how much"),
        pytest.param(f"expected_bytes={WARM_BYTES - 1}", "numpy", id="too little to load it"),
        pytest.param(f"expected_bytes={WARM_BYTES}", "numba", id="enough to load it"),
        pytest.param(f"'numpy', {COLD_BYTES}", "numpy", id="numpy asked for"),
        pytest.param("'numba'", "numba", id="numba asked for"),
    ],
)
def test_with_compiled_code_at_hand(warm: Path, arguments: str, backend: str) -> None:
    assert run(arguments, {"HEADWATER_CACHE_DIR": str(warm)}) == (backend, "")


def test_the_environment_goes_before(warm: Path) -> None:
    place = {"HEADWATER_CACHE_DIR": str(warm)}
    assert run("'numba'", {**place, "HEADWATER_BACKEND": "numpy"}) == ("numpy", "")
    assert run("'numpy'", {**place, "HEADWATER_BACKEND": "numba"}) == ("numba", "")
    assert run("'numpy'", {**place, "HEADWATER_BACKEND": "auto"}) == ("numpy", "")


def test_without_compiled_code_it_takes_more_text(tmp_path: Path) -> None:
    assert run(f"expected_bytes={COLD_BYTES - 1}", {"HEADWATER_CACHE_DIR": str(tmp_path)}) == ("numpy", "")


def test_a_back_end_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_BACKEND", "cuda")
    with pytest.raises(
        UsageError, match="the back-end 'cuda' is not known; HEADWATER_BACKEND may be auto, numpy, numba"
    ):
        text_pass()


def test_numba_is_not_installed(tmp_path: Path) -> None:
    absent = """
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"numba", "llvmlite"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
"""
    backend, note = run(f"expected_bytes={COLD_BYTES}", {"HEADWATER_CACHE_DIR": str(tmp_path)}, absent)
    assert backend == "numpy"
    assert note.endswith("numba is not installed (pip install 'headwater[fast]')")


def test_numba_is_broken(warm: Path) -> None:
    broken = "import types; sys.modules['llvmlite'] = types.ModuleType('llvmlite')"
    backend, note = run("'numba'", {"HEADWATER_CACHE_DIR": str(warm)}, broken)
    assert (backend, "ImportError" in note or "ModuleNotFoundError" in note) == ("numpy", True)


@pytest.mark.slow
def test_nothing_can_be_written_anywhere(tmp_path: Path) -> None:
    """Neither the home nor the package: numba alone ends in `RuntimeError: no locator available`."""
    home = tmp_path / "home"
    home.write_text("a file, which no one can make a folder in, not even root")
    backend, note = run("'numba'", {"HOME": str(home), "HEADWATER_CACHE_DIR": ""})
    assert backend == "numba"
    assert note.startswith("text is measured with numba, whose compiled code is not kept: ")
    assert "cannot be written to" in note


def test_code_is_kept_in_a_folder_of_its_owner(tmp_path: Path) -> None:
    kept = keeping({"HEADWATER_CACHE_DIR": str(tmp_path)})
    assert (kept.problem, kept.warm) == ("", False)
    assert kept.folder is not None
    assert kept.folder.parent == tmp_path / "compiled"
    (kept.folder / "_numba._sweep.nbi").touch()
    assert kept.warm


@posix
@pytest.mark.parametrize("which", ["", "compiled"])
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path, which: str) -> None:
    assert keeping({"HEADWATER_CACHE_DIR": str(tmp_path)}).folder
    place = tmp_path / which if which else tmp_path
    place.chmod(0o777)
    assert keeping({"HEADWATER_CACHE_DIR": str(tmp_path)}) == Keeping(None, f"{place} can be written to by other users")


@posix
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "compiled").symlink_to(elsewhere, target_is_directory=True)
    assert keeping({"HEADWATER_CACHE_DIR": str(tmp_path)}).problem == f"{tmp_path / 'compiled'} is not a folder"


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_someone_else_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "compiled").mkdir(mode=0o755)
    os.chown(tmp_path / "compiled", 65534, 65534)
    assert keeping({"HEADWATER_CACHE_DIR": str(tmp_path)}).problem.endswith("compiled belongs to another user")


def test_the_room_itself_imports_no_arrays() -> None:
    program = "import sys, checker.kernels; print({'numpy', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
