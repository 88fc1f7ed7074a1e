"""Pull requests that take data out of judgement: renamed, moved, split, relabeled, hidden, called something else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable

import pytest
from redteam.pull_request import CARD, PullRequest, blocking, rows, told

MOVED = "policy/moved-out"
Trick = Callable[[PullRequest], None]
TRAIN = {"a.jsonl": rows(90, 10), "b.jsonl": rows(95, 5)}
CLINIC = {"a.jsonl": rows(40, domain="health"), "b.jsonl": rows(40, domain="sport")}
BAD = {"a.jsonl": rows(10, 90)}


def renamed(change: PullRequest) -> None:
    change.remove("data/train.dvc")
    change.track("corpora/train", TRAIN)


def renamed_and_worse(change: PullRequest) -> None:
    change.remove("data/train.dvc")
    change.track("corpora/train", {**TRAIN, "c.jsonl": rows(10, 90)})


def another_in_its_place(change: PullRequest) -> None:
    change.remove("data/train.dvc")
    change.track("corpora/other", BAD)


def called_a_model_by_name(change: PullRequest) -> None:
    change.remove("data/train.dvc")
    change.track("models/train.bin", TRAIN)


def split_off(change: PullRequest) -> None:
    change.track("data/train", {"a.jsonl": TRAIN["a.jsonl"]})
    change.track("other/extra", {"b.jsonl": TRAIN["b.jsonl"]})


def split_and_rewritten(change: PullRequest) -> None:
    change.track("data/train", {"a.jsonl": rows(80, 9)})
    change.track("other/extra", {"b.jsonl": rows(10, 90)})


def unlabeled(change: PullRequest) -> None:
    change.track("web/crawl", {"a.jsonl": rows(10, 90)})


def relabeled(change: PullRequest) -> None:
    change.edit("web/crawl.dvc", "[web]", "[www]")


def typed_as_model(change: PullRequest) -> None:
    change.track("web/crawl", {"a.jsonl": rows(10, 90)}, "  type: model\n")


def hidden_by_dvcignore(change: PullRequest) -> None:
    change.write(".dvcignore", "data/train.dvc\n")


def hidden_by_folder(change: PullRequest) -> None:
    change.write("data/.dvcignore", "*\n")


def emptied_pointer(change: PullRequest) -> None:
    change.write("data/train.dvc", "outs: []\n")


def into_git(change: PullRequest) -> None:
    change.remove("data/train.dvc")
    change.write("data/train/a.jsonl", rows(10, 90))
    change.write(".gitignore", "")
    change.write("data/.gitignore", "")


def into_a_submodule(change: PullRequest) -> None:
    change.remove("data")
    commit = change.git("rev-parse", "HEAD").strip()
    change.git("update-index", "--add", "--cacheinfo", f"160000,{commit},data")
    (change.path / "data").mkdir(exist_ok=True)


def behind_a_link(change: PullRequest) -> None:
    change.git("mv", "data", "elsewhere")
    shutil.rmtree(change.path / "data", ignore_errors=True)
    (change.path / "data").symlink_to("elsewhere")


def in_capitals(change: PullRequest) -> None:
    change.git("mv", "data/train.dvc", "Data-train.dvc")
    change.edit("Data-train.dvc", "path: train", "path: Data/train")


def into_a_pipeline(change: PullRequest) -> None:
    change.remove("data/train.dvc")
    change.track("elsewhere/train", BAD)
    data = change.read("elsewhere/train.dvc").split()
    (change.path / "elsewhere/train.dvc").unlink()
    change.write("dvc.yaml", "stages:\n  make:\n    cmd: echo\n    outs: [elsewhere/train]\n")
    change.write(
        "dvc.lock",
        "schema: '2.0'\nstages:\n  make:\n    cmd: echo\n    outs:\n"
        f"    - path: elsewhere/train\n      hash: md5\n      md5: {data[3]}\n      size: 1\n      nfiles: 1\n",
    )


def behind_foreach(change: PullRequest) -> None:
    into_a_pipeline(change)
    change.write(
        "dvc.yaml",
        "vars:\n- where: elsewhere\nstages:\n  make:\n    foreach: [train]\n    do:\n      cmd: echo\n"
        "      outs: ['${where}/${item}']\n",
    )
    change.edit("dvc.lock", "  make:\n", "  make@train:\n")


def by_wdir(change: PullRequest) -> None:
    text = change.read("data/train.dvc")
    change.write("data/train.dvc", f"wdir: ../corpora\n{text}")


def as_metric(change: PullRequest) -> None:
    into_a_pipeline(change)
    change.edit("dvc.yaml", "outs: [elsewhere/train]", "metrics: [elsewhere/train]")


def domains_rewritten(change: PullRequest) -> None:
    change.track("data/clinic", {**CLINIC, "a.jsonl": rows(40, domain="sport")})


def domains_rewritten_in_part(change: PullRequest) -> None:
    change.track("data/clinic", {**CLINIC, "a.jsonl": rows(39, domain="sport") + rows(1, domain="health")})


def domains_rewritten_among_more(change: PullRequest) -> None:
    change.track("data/clinic", {**CLINIC, "a.jsonl": rows(40, 4, domain="sport"), "c.jsonl": rows(20)})


OUT = [
    pytest.param(
        renamed, "data/train is corpora/train now, out of reach of clinical/no-machine, team/cap", id="renamed"
    ),
    pytest.param(renamed_and_worse, "is corpora/train now, out of reach of", id="renamed and made worse"),
    pytest.param(another_in_its_place, "is gone, and corpora/other comes in, which no rule is for", id="replaced"),
    pytest.param(called_a_model_by_name, "is models/train.bin now", id="called a model by its name"),
    pytest.param(split_off, "other/extra, which no rule is for, holds 1 shards that data/train had", id="split off"),
    pytest.param(split_and_rewritten, "data/train has 1 shards fewer, and other/extra comes in", id="split, rewritten"),
    pytest.param(unlabeled, "its labels are [], were [web]", id="label taken away"),
    pytest.param(relabeled, "its labels are [www], were [web]", id="label changed"),
    pytest.param(typed_as_model, "web/crawl is judged no longer by crawl/cap", id="called a model by its type"),
    pytest.param(
        hidden_by_dvcignore, "data/train.dvc is still there, and DVC does not see it", id="hidden by .dvcignore"
    ),
    pytest.param(hidden_by_folder, "DVC does not see it", id="a whole folder hidden"),
    pytest.param(into_git, "lies in git itself, where no rule sees it", id="put into git itself"),
    pytest.param(into_a_submodule, "data is a submodule now", id="put into a submodule"),
    pytest.param(behind_a_link, "data is a link or a file now", id="put behind a link"),
    pytest.param(in_capitals, "data/train is Data/train now", id="the same name in capitals"),
    pytest.param(into_a_pipeline, "elsewhere/train comes in, which no rule is for", id="made by a pipeline"),
    pytest.param(behind_foreach, "elsewhere/train comes in, which no rule is for", id="named by a template"),
    pytest.param(by_wdir, "is corpora/train now", id="moved by wdir"),
    pytest.param(as_metric, "elsewhere/train comes in, which no rule is for", id="called a metric"),
    pytest.param(domains_rewritten, "40 of 40 records are of domain health no longer", id="records of another domain"),
    pytest.param(
        domains_rewritten_in_part,
        "39 of 40 records are of domain health no longer",
        id="most records of another domain",
    ),
    pytest.param(
        domains_rewritten_among_more,
        "40 of 40 records are of domain health no longer",
        id="records of another domain among new ones",
    ),
]


@pytest.mark.parametrize(("trick", "words"), OUT)
def test_what_leaves_judgement_is_refused(pull_request: PullRequest, trick: Trick, words: str) -> None:
    trick(pull_request)
    report = pull_request.judge()
    assert report.verdict != "pass"
    found = [outcome for outcome in blocking(report) if outcome.rule == MOVED]
    assert words in told(found), told(outcome for outcome in report.outcomes if outcome.status.value != "pass")


def frozen(change: PullRequest) -> None:
    change.track("data/train", BAD)
    change.write("data/train.dvc", f"frozen: true\n{change.read('data/train.dvc')}")


def not_pushed(change: PullRequest) -> None:
    change.track("data/train", BAD, "  push: false\n")


def not_cached(change: PullRequest) -> None:
    change.track("data/train", BAD, "  cache: false\n")


def card_denies(change: PullRequest) -> None:
    change.write("data/train.md", CARD.replace("synthetic: true", "synthetic: false"))


def undeclared_origin(change: PullRequest) -> None:
    change.track("data/train", {"a.jsonl": rows(50, 50, "unknown")})


def unread_rows(change: PullRequest) -> None:
    change.track("data/train", {"a.jsonl": TRAIN["a.jsonl"], "b.jsonl": b"not json\n" * 50})


def unknown_format(change: PullRequest) -> None:
    change.track("data/train", {"a.jsonl": TRAIN["a.jsonl"], "b.xyz": rows(10, 90)})


def absent_bytes(change: PullRequest) -> None:
    change.track("data/train", BAD)
    for file in (change.path / ".dvc/cache/files/md5").glob("*/*"):
        if file.read_bytes() == BAD["a.jsonl"]:
            file.unlink()


def lying_manifest(change: PullRequest) -> None:
    """The list of shards names good content for a file; its own name is that of the bad list."""
    change.track("data/train", BAD)
    oid = change.read("data/train.dvc").split()[3]
    good = [{"md5": change.keep(data), "relpath": path} for path, data in TRAIN.items()]
    change.write(f".dvc/cache/files/md5/{oid[:2]}/{oid[2:]}", json.dumps(good))


def bad_yaml(change: PullRequest) -> None:
    change.write("data/train.dvc", change.read("data/train.dvc").replace("outs:", "outs: &x\n- *x\n#"))


def machine_called_human(change: PullRequest) -> None:
    """The word `bot` is machine by the trusted settings, whatever the change says of it."""
    change.track("data/train", {"a.jsonl": rows(10, 90, "bot")})
    change.edit("headwater.yaml", "{bot: machine}", "{bot: human}")


def all_deleted(change: PullRequest) -> None:
    change.remove("data")


def ratcheted(change: PullRequest) -> None:
    """Under the cap, and far above what was there."""
    change.track("data/clinic", {**CLINIC, "b.jsonl": rows(30, 10, domain="sport")})


JUDGED = [
    pytest.param(emptied_pointer, "headwater/dvc-metadata", "the file defines no output", id="pointer without an out"),
    pytest.param(frozen, "team/cap", "data/train", id="frozen"),
    pytest.param(not_pushed, "team/cap", "data/train", id="not pushed"),
    pytest.param(not_cached, "team/cap", "data/train", id="not cached"),
    pytest.param(
        card_denies, "team/card-truthful", "data/train.md says that no data is synthetic", id="card that lies"
    ),
    pytest.param(undeclared_origin, "team/flags", "data/train", id="origins called unknown"),
    pytest.param(unread_rows, "team/cap", "b.jsonl", id="rows that nobody can read"),
    pytest.param(unknown_format, "team/cap", "b.xyz", id="a format that nobody can read"),
    pytest.param(absent_bytes, "team/cap", "data/train", id="bytes that nobody has"),
    pytest.param(lying_manifest, "team/cap", "data/train", id="a list of shards with another content"),
    pytest.param(bad_yaml, "headwater/dvc-metadata", "refers to itself", id="metadata that cannot be read"),
    pytest.param(machine_called_human, "team/cap", "data/train", id="machine called human by the change"),
    pytest.param(all_deleted, "team/cap", "matches nothing", id="all data deleted"),
    pytest.param(ratcheted, "team/cap", "at base", id="worse than before, and under the cap"),
]


@pytest.mark.parametrize(("trick", "rule", "words"), JUDGED)
def test_what_stays_is_judged_as_what_it_is(pull_request: PullRequest, trick: Trick, rule: str, words: str) -> None:
    trick(pull_request)
    report = pull_request.judge()
    assert report.verdict != "pass"
    found = [outcome for outcome in blocking(report) if outcome.rule == rule]
    assert words in told(found), told(outcome for outcome in report.outcomes if outcome.status.value != "pass")


def test_a_deleted_dataset_is_told(pull_request: PullRequest) -> None:
    pull_request.remove("data/clinic.dvc")
    found = [outcome for outcome in pull_request.judge().outcomes if outcome.rule == MOVED]
    assert [(one.status.value, one.dataset) for one in found] == [("warn", "data/clinic")]
    assert "nothing holds the next version of it against this one" in told(found)


def test_new_data_where_no_rule_is_is_told(pull_request: PullRequest) -> None:
    pull_request.track("other/notes", BAD)
    found = [outcome for outcome in pull_request.judge().outcomes if outcome.rule == "headwater/not-judged"]
    assert [(one.status.value, one.dataset) for one in found] == [("warn", "other/notes")]
    assert pull_request.judge(warnings_block=True).verdict == "fail"
