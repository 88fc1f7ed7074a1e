"""Every entry of a store on S3 is spoiled: nothing of it is believed, `measure --store` puts right what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from e2e.data_repository import DataRepository, build
from objects.servers import S3Server, s3_server

Spoil = Callable[[bytes, bytes], bytes]


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("moto") / "log") as server:
        yield server


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    return build(tmp_path_factory.mktemp("team"))


def machine(s3: S3Server, folder: Path) -> dict[str, str]:
    """A machine that has measured nothing."""
    return {
        "XDG_CACHE_HOME": str(folder),
        "AWS_ACCESS_KEY_ID": s3.key,
        "AWS_SECRET_ACCESS_KEY": s3.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": s3.url,
    }


@pytest.fixture(scope="module")
def good(team: DataRepository, s3: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """What the first machine sent, by its path below the store."""
    done = team.headwater("measure", "--store", "s3://team/good", env=machine(s3, tmp_path_factory.mktemp("first")))
    assert done.returncode == 0, done.stderr
    found = {key.removeprefix("good/"): data for key, data in s3.objects("good/").items()}
    assert {".json", ".text", ".list"} <= {Path(path).suffix for path in found}
    return found


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        pytest.param("empty", lambda data, other: b"", id="empty"),
        pytest.param("cut", lambda data, other: data[: len(data) // 2], id="half of it"),
        pytest.param(
            "flipped", lambda data, other: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], id="one bit flipped"
        ),
        pytest.param("foreign", lambda data, other: other, id="that of another shard"),
    ],
)
def test_what_is_spoiled_is_told_measured_again_and_replaced(
    name: str, spoil: Spoil, team: DataRepository, s3: S3Server, good: Mapping[str, bytes], tmp_path: Path
) -> None:
    for path, data in good.items():
        others = (body for key, body in good.items() if key != path and Path(key).suffix == Path(path).suffix)
        s3.put(f"{name}/{path}", spoil(data, next(others, b"nothing like it")))
    done = team.headwater("measure", "--store", f"s3://team/{name}", env=machine(s3, tmp_path / "second"))
    assert done.returncode == 0, done.stderr
    assert f"of the evidence store s3://team/{name} not used: " in done.stdout + done.stderr
    measured = [path for path in good if Path(path).suffix in (".json", ".text")]
    now = s3.objects(f"{name}/")
    assert {path: now[f"{name}/{path}"] for path in measured} == {path: good[path] for path in measured}
    verified = team.headwater("evidence", "verify", "--store", f"s3://team/{name}", env=machine(s3, tmp_path / "third"))
    assert f"in s3://team/{name} verified" in verified.stdout
    damaged = {line.partition(" ")[0] for line in verified.stdout.splitlines() if "cannot be used" in line}
    assert not damaged & {path.removeprefix("v1/") for path in measured}
