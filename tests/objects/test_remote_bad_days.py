"""Shards streamed from a DVC remote that throttles, cuts and refuses: all of the bytes or a clear reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from objects.data import Team, md5, shard_of, store_with, version_of
from objects.faults import Answer, Cut, Fault, FaultyProxy, Seen, Slow, faulty_proxy
from objects.servers import S3Server, WebServer

from checker.discover.objects import ObjectStore
from checker.errors import ObjectDenied, ObjectError, ObjectOffline
from checker.patience.pace import Patience

pytestmark = [
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning"),
]
QUICK = Patience(seconds=20.0, first_wait_seconds=0.01, longest_wait_seconds=0.05)
Open = Callable[[Path], ObjectStore]


@pytest.fixture
def before_s3(s3: S3Server) -> Iterator[FaultyProxy]:
    with faulty_proxy(s3.url) as proxy:
        yield proxy


@pytest.fixture
def before_web(web: WebServer) -> Iterator[FaultyProxy]:
    with faulty_proxy(web.url) as proxy:
        yield proxy


@pytest.fixture(params=["s3", "http"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[ObjectStore, FaultyProxy]]:
    """A store over a remote of each kind, and what stands before that remote."""
    options, local = "", ""
    if request.param == "s3":
        proxy: FaultyProxy = request.getfixturevalue("before_s3")
        server: S3Server = request.getfixturevalue("s3")
        url, options = "s3://team/data", f"    endpointurl = {proxy.url}\n    region = us-east-1\n"
        keys = f"    access_key_id = {server.key}\n    secret_access_key = {server.secret}\n"
        local = f"['remote \"storage\"']\n{keys}"
    else:
        proxy = request.getfixturevalue("before_web")
        url = f"{proxy.url}/open"
    config = f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {url}\n{options}"
    with store_with(tmp_path / "repository", config, local=local, patience=QUICK) as store:
        yield store, proxy


def every(count: int, fault: Fault) -> Callable[[Seen], Fault | None]:
    return lambda one: fault if one.number % count == 0 else None


def object_of(data: bytes) -> str:
    return f"{md5(data)[:2]}/{md5(data)[2:]}"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Answer(503, "SlowDown"), id="503"),
        pytest.param(Answer(429, "TooManyRequests", {"Retry-After": "0.02"}), id="429 with Retry-After"),
        pytest.param(Answer(500, "InternalError"), id="500"),
        pytest.param(Cut(30), id="cut off"),
    ],
)
def test_what_passes_is_asked_again_until_every_byte_is_there(
    fault: Fault, remote: tuple[ObjectStore, FaultyProxy], team: Team
) -> None:
    store, proxy = remote
    proxy.rule = every(3, fault)
    found = {}
    for shard in store.manifest(team.folder):
        with store.open(team.folder, shard) as stream:
            found[f"data/train/{shard.path}"] = stream.read()
    assert found == {path: data for path, data in team.contents.items() if path.startswith("data/train/")}
    assert len(proxy.seen) > 4  # a list and three shards


def test_a_shard_that_is_cut_again_and_again_goes_on_behind_what_arrived(
    remote: tuple[ObjectStore, FaultyProxy], team: Team
) -> None:
    store, proxy = remote
    data = team.contents["data/train/a.jsonl"]
    with store.open(team.folder, shard_of(data)) as stream:
        cuts = iter([300_000, 700_000])

        def cut(one: Seen) -> Fault | None:
            after = next(cuts, None) if one.method == "GET" and object_of(data) in one.key else None
            return None if after is None else Slow(150_000, 0.02, after=after)

        proxy.rule = cut
        assert stream.read() == data


def test_a_remote_that_throttles_without_end_is_given_up_and_not_asked_for_each_shard(
    remote: tuple[ObjectStore, FaultyProxy], team: Team
) -> None:
    store, proxy = remote
    store._patience = QUICK._replace(seconds=0.3)
    proxy.rule = lambda _: Answer(503, "SlowDown")
    messages = []
    for number in range(20):
        with pytest.raises(ObjectOffline) as caught:
            store.open(team.folder, shard_of(b"%d" % number))
        messages.append(caught.value.message)
    assert all("cannot be reached (" in message for message in messages[:2])
    assert all("is not asked again in this run" in message for message in messages[2:])
    assert len(proxy.seen) <= 4 * QUICK.tries  # HTTP is asked with HEAD and GET


def test_one_shard_that_stays_unreadable_leaves_the_others_readable(
    remote: tuple[ObjectStore, FaultyProxy], team: Team
) -> None:
    store, proxy = remote
    bad = team.contents["data/train/a.jsonl"]
    proxy.rule = lambda one: Answer(500, "InternalError") if object_of(bad) in one.key else None
    read, failed = [], []
    for shard in store.manifest(team.folder):
        try:
            with store.open(team.folder, shard) as stream:
                stream.read()
            read.append(shard.path)
        except ObjectError as error:
            failed.append((shard.path, type(error)))
    assert failed == [("a.jsonl", ObjectOffline)]
    assert read == ["deep/b.jsonl", "empty.jsonl"]


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        pytest.param(
            Answer(
                403,
                "RequestTimeTooSkewed",
                more={"RequestTime": "20261123T061500Z", "ServerTime": "2026-11-23T05:15:00Z"},
            ),
            ObjectDenied,
            "says that this machine's clock is 60 minutes fast",
            id="a clock that is fast",
        ),
        pytest.param(Answer(400, "ExpiredToken"), ObjectDenied, "the credentials have expired", id="expired"),
        pytest.param(
            Answer(301, "PermanentRedirect", {"x-amz-bucket-region": "eu-west-1"}),
            ObjectOffline,
            "is in the region eu-west-1",
            id="another region",
        ),
    ],
)
@pytest.mark.parametrize("remote", ["s3"], indirect=True)
def test_what_a_person_has_to_mend_is_said_at_once(
    fault: Answer, kind: type[ObjectError], words: str, remote: tuple[ObjectStore, FaultyProxy], team: Team
) -> None:
    store, proxy = remote
    proxy.rule = lambda _: fault
    with pytest.raises(kind) as caught:
        store.manifest(team.folder)
    assert f"remote 'storage' (s3://team/data) {'refused access: ' if 'expired' in words else ''}{words}" in str(
        caught.value
    )
    assert len(proxy.seen) <= 3


@pytest.mark.parametrize("remote", ["s3"], indirect=True)
def test_a_list_of_ten_thousand_shards_is_one_read(
    remote: tuple[ObjectStore, FaultyProxy], s3: S3Server, team: Team
) -> None:
    store, proxy = remote
    rows = ", ".join(f'{{"md5": "{number:032x}", "relpath": "{number:05}.jsonl"}}' for number in range(10_000))
    data = f"[{rows}]".encode()
    oid = md5(data)
    s3.put(f"data/files/md5/{oid[:2]}/{oid[2:]}.dir", data)
    shards = store.manifest(version_of("data/many", f"{oid}.dir"))
    assert len(shards) == 10_000
    assert proxy.counts() == {"GET": 1}
