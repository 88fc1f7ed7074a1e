"""`--engine` and its companions: which combinations mean something, and what the others are told."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from checker.commands.engines import NAMES, choice_from, declare_engine
from checker.commands.fault import save_log
from checker.engine import choosing
from checker.engine.choosing import Choice
from checker.errors import UsageError


def chosen(*options: str) -> Choice | None:
    parser = argparse.ArgumentParser()
    declare_engine(parser)
    return choice_from(parser.parse_args(options))


def test_without_options_it_is_this_machine() -> None:
    assert chosen() is None
    assert chosen("--engine", "embedded") is None


@pytest.mark.parametrize(
    ("options", "choice"),
    [
        pytest.param(["--remote", "sc://cluster:15002"], Choice(remote="sc://cluster:15002"), id="a server"),
        pytest.param(["--master", "local[2]"], Choice(master="local[2]"), id="an application of our own"),
        pytest.param(
            ["--master", "yarn", "--environment", "env.tar.gz"],
            Choice(master="yarn", environment="env.tar.gz"),
            id="with an environment for the workers",
        ),
    ],
)
def test_spark_is_where_one_option_says(options: list[str], choice: Choice) -> None:
    assert chosen("--engine", "spark", *options) == choice


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(["--remote", "sc://cluster"], "are for Spark", id="a server without the engine"),
        pytest.param(["--environment", "env.tar.gz"], "are for Spark", id="an environment without the engine"),
        pytest.param(["--engine", "spark"], "where Spark is", id="Spark, but not where"),
        pytest.param(["--engine", "spark", "--remote", "sc://a", "--master", "yarn"], "exclude each other", id="both"),
        pytest.param(["--engine", "spark", "--remote", "spark://a:7077"], "no address", id="a master as a server"),
        pytest.param(["--engine", "spark", "--remote", ""], "where Spark is", id="an empty address"),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_next_step(options: list[str], told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        chosen(*options)
    assert refused.value.hint


@pytest.mark.parametrize("option", ["--jobs", "--memory", "--budget"])
def test_a_bound_of_this_machine_is_refused_for_spark(option: str) -> None:
    parser = argparse.ArgumentParser()
    declare_engine(parser)
    parser.add_argument(option)
    here, there = [option, "4"], ["--engine", "spark", "--master", "local[2]"]
    assert choice_from(parser.parse_args(here)) is None
    with pytest.raises(UsageError, match=f"{option} is for this machine.s own workers"):
        choice_from(parser.parse_args([*here, *there]))


def test_the_names_are_those_of_the_engines() -> None:
    assert NAMES == choosing.NAMES


@pytest.mark.parametrize("option", ["sc://me@host:1/;token=secret", "--remote=sc://host:1/;use_ssl=true;token=secret"])
def test_the_log_of_a_fault_has_no_token(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        log = save_log(["check", "--remote", option]).read_text("utf-8")
    assert "sc://host:1'" in log
    assert "secret" not in log
