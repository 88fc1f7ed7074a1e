"""Both back-ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock
from kernels.passing import pass_over

from checker.kernels import _numpy
from checker.kernels.compiled import keeping
from checker.kernels.passes import Sweep

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def compiled_sweep() -> Sweep:
    """numba's sweep, compiled once for all test processes and kept between runs."""
    from checker.kernels._numba import Sweeper

    place = ROOT / ".venvs" / "kernels"
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    with FileLock(place / "lock"):
        sweep = Sweeper(keeping({"HEADWATER_CACHE_DIR": str(place)}).folder).sweep
        pass_over(sweep, [b"compile now"])
    return sweep


@pytest.fixture(scope="session", params=["numpy", "numba"])
def sweep(request: pytest.FixtureRequest) -> Sweep:
    """Either back-end."""
    if request.param == "numpy":
        return _numpy.sweep
    found: Sweep = request.getfixturevalue("compiled_sweep")
    return found
