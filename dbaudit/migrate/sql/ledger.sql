create table dbaudit.ledger (
    entry bigint generated always as identity primary key,
    ledger_id text not null,
    at timestamptz not null default pg_catalog.clock_timestamp(),
    step text not null,
    state text not null,
    schema_name text not null,
    index_name text not null,
    detail text not null
)
