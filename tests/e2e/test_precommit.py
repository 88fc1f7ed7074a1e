"""The gate as a committer meets it: real git, real DVC, real pre-commit."""

from __future__ import annotations

from pathlib import Path

from e2e.data_repository import DataRepository, write_shard


def shard(repository: DataRepository, name: str) -> Path:
    return repository.path / "data/train" / name


def test_commit_without_data_passes_in_silence(repository: DataRepository) -> None:
    (repository.path / "notes.txt").write_text("nothing about data\n")
    repository.git("add", "notes.txt")
    done = repository.commit("Take notes")
    assert done.returncode == 0, done.stderr


def test_commit_of_clean_data_passes(repository: DataRepository) -> None:
    write_shard(shard(repository, "c.jsonl"), 100)
    repository.track("data/train")
    done = repository.commit("Add a shard")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "headwater" in done.stderr and "Passed" in done.stderr


def test_commit_over_the_cap_is_refused_with_numbers_and_next_step(repository: DataRepository) -> None:
    write_shard(shard(repository, "c.jsonl"), 60, 40)
    repository.track("data/train")
    done = repository.commit("Add a shard")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "c.jsonl" in said and "40" in said and "20" in said and "data/train.dvc" in said and "move" in said
    assert repository.git("rev-list", "--count", "HEAD").stdout.strip() == "1"


def test_commit_all_is_judged_by_its_own_index(repository: DataRepository) -> None:
    write_shard(shard(repository, "c.jsonl"), 10, 90)
    repository.run("dvc", "add", "--quiet", "data/train")
    done = repository.git("commit", "-a", "-m", "Add everything", check=False)
    assert done.returncode == 1
    assert "c.jsonl" in done.stdout + done.stderr


def test_partial_commit_leaves_the_bad_change_out_of_judgement(repository: DataRepository) -> None:
    write_shard(shard(repository, "c.jsonl"), 10, 90)
    repository.track("data/train")
    (repository.path / "notes.txt").write_text("only this\n")
    repository.git("add", "notes.txt")
    assert repository.git("commit", "-m", "Only notes", "notes.txt", check=False).returncode == 0
    refused = repository.git("commit", "-m", "The data", "data/train.dvc", check=False)
    assert refused.returncode == 1
    assert "c.jsonl" in refused.stdout + refused.stderr


def test_unstaged_repair_does_not_hide_what_is_staged(repository: DataRepository) -> None:
    good = (repository.path / "data/train.dvc").read_bytes()
    write_shard(shard(repository, "c.jsonl"), 10, 90)
    repository.track("data/train")
    (repository.path / "data/train.dvc").write_bytes(good)
    assert repository.commit("Add a shard").returncode == 1


def test_push_is_judged_from_the_remote_tip(repository: DataRepository, tmp_path: Path) -> None:
    repository.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    repository.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    first = repository.git("push", "-u", "origin", "main", check=False)
    assert first.returncode == 0, first.stdout + first.stderr
    write_shard(shard(repository, "c.jsonl"), 10, 90)
    repository.track("data/train")
    repository.git("commit", "--no-verify", "-m", "Slip past the commit hook")
    refused = repository.git("push", check=False)
    assert refused.returncode == 1
    assert "c.jsonl" in refused.stdout + refused.stderr
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    (repository.path / "notes.txt").write_text("fine\n")
    repository.git("add", "notes.txt")
    repository.git("commit", "-m", "Notes")
    assert repository.git("push", check=False).returncode == 0


def test_first_push_judges_everything(repository: DataRepository, tmp_path: Path) -> None:
    write_shard(shard(repository, "c.jsonl"), 10, 90)
    repository.track("data/train")
    repository.git("commit", "--no-verify", "-m", "Slip past the commit hook")
    repository.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    repository.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    refused = repository.git("push", "-u", "origin", "main", check=False)
    assert refused.returncode == 1
    assert "c.jsonl" in refused.stdout + refused.stderr


def test_clean_merge_is_judged_too(repository: DataRepository) -> None:
    repository.git("switch", "--quiet", "-c", "side")
    write_shard(shard(repository, "c.jsonl"), 10, 90)
    repository.track("data/train")
    repository.git("commit", "--no-verify", "-m", "Slip past the commit hook")
    repository.git("switch", "--quiet", "main")
    (repository.path / "notes.txt").write_text("fine\n")
    repository.git("add", "notes.txt")
    repository.git("commit", "-m", "Notes")
    refused = repository.git("merge", "--no-edit", "side", check=False)
    assert refused.returncode != 0
    assert "c.jsonl" in refused.stdout + refused.stderr
    repository.git("merge", "--abort")
    repository.git("branch", "--quiet", "harmless", "main~1")
    assert repository.git("merge", "--no-edit", "harmless", check=False).returncode == 0


def test_a_policy_that_matches_nothing_is_refused_where_it_demands_a_match(repository: DataRepository) -> None:
    policy = repository.path / "policies/team.yaml"
    policy.write_text(policy.read_text().replace("data/**", "corpora/**"))
    repository.git("add", "policies")
    refused = repository.commit("Select what is not there")
    assert refused.returncode == 1
    assert "not evaluated" in refused.stdout + refused.stderr and "corpora/**" in refused.stdout + refused.stderr


def test_deleting_the_card_alone_is_refused_where_the_policy_demands_one(repository: DataRepository) -> None:
    policy = repository.path / "policies/team.yaml"
    policy.write_text(
        policy.read_text() + "  - {id: card, check: card-required, level: block, with: {fields: [license]}}\n"
    )
    repository.git("add", "policies")
    assert repository.commit("Demand a card").returncode == 0
    repository.git("rm", "--quiet", "data/train.md")
    refused = repository.commit("Drop the card")
    assert refused.returncode == 1
    assert "card" in refused.stdout + refused.stderr


PIPELINE = """\
vars: [conf.yaml]
stages:
  mix:
    cmd: cp ${source} data/mix.jsonl
    deps: [data/train]
    params: [share]
    outs: [data/mix.jsonl]
"""


def test_what_a_stage_reads_beside_its_data_is_judged_when_it_changes(repository: DataRepository) -> None:
    write = {"dvc.yaml": PIPELINE, "params.yaml": "share: 1\n", "conf.yaml": "source: data/train/a.jsonl\n"}
    for name, text in write.items():
        (repository.path / name).write_text(text)
    repository.run("dvc", "repro", "--quiet")
    repository.git("add", "--all")
    clean = repository.commit("Mix")
    assert clean.returncode == 0, clean.stdout + clean.stderr
    for name, text in {"params.yaml": "share: 2\n", "conf.yaml": "source: data/train/b.jsonl\n"}.items():
        (repository.path / name).write_text(text)
        repository.git("add", name)
        refused = repository.commit(f"Change {name} and do not run it")
        assert refused.returncode == 1, name
        assert "lineage-complete" in refused.stdout + refused.stderr
        repository.git("reset", "--quiet", "--hard")
