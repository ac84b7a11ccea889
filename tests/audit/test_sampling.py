"""Sizes of advised indexes are sampled unless that is switched off or not allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbaudit.advise.advice import Advice
from dbaudit.audit.advise import advise
from dbaudit.audit.propose import ProposeOptions, propose_options
from dbaudit.audit.steps import SilentSteps
from dbaudit.config import Config, load_config
from dbaudit.errors import ConfigError
from dbaudit.targets.cluster import Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from dbaudit.workload.query_file import parse_queries
from tests.conftest import create_database

EVENTS = """
create table events (id int primary key, kind int, meta jsonb);
insert into events select i, i % 3000,
    jsonb_build_object('status', case when i % 5 = 0 then 'open' else 'done' end)
from generate_series(1, 60000) as i;
create table tenants (id int, tenant text, note text);
insert into tenants select i, 't' || i % 2000, md5(i::text) from generate_series(1, 60000) as i;
alter table tenants enable row level security;
create policy own on tenants using (id > 0);
drop role if exists sampler;
create role sampler login;
grant select on events, tenants to sampler;
vacuum analyze;
"""
QUERIES = """
-- name: of_kind
select id from events where kind = 7;
-- name: of_tenant
select note from tenants where tenant = 't7';
"""


@pytest.fixture(scope="module")
def guest(pg18: Cluster) -> PostgresTarget:
    """The database as a role from whom row-level security may hide rows."""
    return PostgresTarget(create_database(pg18, EVENTS) + " user=sampler")


def advised(target: PostgresTarget, options: ProposeOptions) -> Advice:
    with connect(target) as session:
        registered = parse_queries(QUERIES)
        made = advise(session, registered, options, SilentSteps(), is_registered_only=True)
    return made.advice


def test_what_may_not_be_sampled_is_sized_by_statistics_and_said(guest: PostgresTarget) -> None:
    advice = advised(guest, ProposeOptions())
    assert {index.table for index in advice.indexes} == {"events", "tenants"}
    assert [note for note in advice.notes if "sample" in note] == [
        "not every index on public.tenants was sized by a sample: "
        "row-level security hides rows from the role"
    ]


def test_nothing_is_sampled_when_it_is_switched_off(guest: PostgresTarget) -> None:
    advice = advised(guest, ProposeOptions(sample=False))
    assert {index.table for index in advice.indexes} == {"events", "tenants"}
    assert [note for note in advice.notes if "sample" in note] == []


def test_the_option_goes_before_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "dbaudit.toml"
    file.write_text("[advise]\nsample = false\n")
    without = load_config(file, tmp_path, {})
    default = Config(folder=tmp_path)
    assert not propose_options(without, None).sample
    assert propose_options(default, None).sample
    assert not propose_options(default, None, no_sample=True).sample


def test_the_configuration_says_what_it_expects(tmp_path: Path) -> None:
    file = tmp_path / "dbaudit.toml"
    file.write_text('[advise]\nsample = "some"\n')
    with pytest.raises(ConfigError, match=r"advise\.sample: expected true or false, not 'some'"):
        load_config(file, tmp_path, {})
