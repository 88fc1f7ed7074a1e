"""DVC reads its files with ruamel.yaml; what we take from them must be what DVC takes from them."""

from __future__ import annotations

import datetime
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from checker.safeyaml import load

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "dvc"

SCALARS = (
    *("no", "yes", "on", "off", "y", "n", "020", "-07", "0o17", "0b101", "0x1F", "12:30", "1_000", "1e3", "1e-3"),
    *("1E+3", "1.5e3", ".5", "5.", "-0", "+3", "0.0", "00.5", "~", "null", "Null", "nULL", "true", "True"),
    *("TRUE", "tRUE", "1.2.3", "0x", "0b2", "08", "09", "--", ".", "..", ".inf", "-.Inf", ".NaN", "1e", "1e+"),
    *("_1", "1__0", "a:b", "9223372036854775808"),
)


def as_dvc(data: bytes) -> Any:
    """The plain data that DVC's own YAML library makes, with dates as the text that they were."""
    from ruamel.yaml import YAML

    return without_dates(YAML(typ="safe").load(BytesIO(data)))


def without_dates(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_dates(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date | datetime.datetime) else value


@pytest.mark.parametrize("scalar", SCALARS)
def test_a_plain_scalar_is_what_dvc_takes_it_for(scalar: str) -> None:
    data = f"key: {scalar}\n".encode()

    assert repr(load(data, "f.dvc", strict=False).data) == repr(as_dvc(data))


@pytest.mark.shared
def test_every_stored_file_of_dvc_is_read_as_dvc_reads_it() -> None:
    if not DATA.is_dir():
        pytest.skip("the fixtures beside the repository are absent")
    files = [path for path in sorted(DATA.rglob("*")) if path.suffix == ".dvc" or path.name in ("dvc.yaml", "dvc.lock")]
    files = [path for path in files if path.is_file()]

    assert len(files) > 50
    for path in files:
        data = path.read_bytes()
        assert load(data, path.name, strict=False).data == as_dvc(data), path


def test_a_thousand_small_files_load_in_a_blink() -> None:
    text = "outs:\n- md5: 0123456789abcdef0123456789abcdef.dir\n  size: 12\n  nfiles: 3\n  hash: md5\n  path: part-{}\n"
    files = [text.format(number).encode() for number in range(1000)]

    started = time.process_time()
    loaded = [load(data, "part.dvc", strict=False) for data in files]

    assert time.process_time() - started < 2  # 0.05 s here; the slack is for busy machines
    assert loaded[-1].where("outs", 0, "size").line == 3
