"""The example systems are found, and each is whole."""

from __future__ import annotations

import pytest

from dbaudit.config import load_config
from dbaudit.demo.systems import System, find_system, list_systems
from dbaudit.errors import UsageError
from dbaudit.workload.query_file import load_queries


def _each_system() -> list[object]:
    return [pytest.param(system, id=system.name) for system in list_systems()]


def test_the_web_cache_is_listed() -> None:
    assert "web-cache" in [system.name for system in list_systems()]


def test_an_unknown_name_brings_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"'web_cach'; did you mean web-cache\?"):
        find_system("web_cach")


def test_a_name_near_nothing_brings_the_list() -> None:
    with pytest.raises(UsageError, match=r"'πλ'; there are: .*web-cache"):
        find_system("πλ")


@pytest.mark.parametrize("system", _each_system())
def test_a_system_is_described(system: System) -> None:
    assert find_system(system.name) == system
    assert 0 < system.least_scale <= system.default_scale
    assert (system.folder / "README.md").read_text("utf-8").startswith(f"# {system.title}\n")
    assert system.hand_written_indexes.is_file()


@pytest.mark.parametrize("system", _each_system())
def test_the_queries_of_a_system_have_values(system: System) -> None:
    queries = load_queries([system.queries], system.folder)
    assert queries
    for query in queries:
        assert query.description, query.name
        for parameter in query.parameters:
            assert parameter.has_value, f"{query.name}: {parameter.name}"
            assert parameter.type, f"{query.name}: {parameter.name}"


@pytest.mark.parametrize("system", _each_system())
def test_the_configuration_finds_the_queries(system: System) -> None:
    config = load_config(system.config, system.folder, {})
    assert config.queries == ("queries/*.sql",)
    by_config = load_queries(config.queries, config.folder)
    assert by_config == load_queries([system.queries], system.folder)
