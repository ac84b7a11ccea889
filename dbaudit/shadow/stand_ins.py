"""What the shadow needs before the dump: its database, roles, collations, missing functions."""

from __future__ import annotations

from dbaudit.errors import QueryError, ShadowError
from dbaudit.identifiers import qualified, quote_ident, quote_literal
from dbaudit.shadow.source import ExtensionFunction, Locale, RelationName, Role, Source
from dbaudit.targets.session import Session
from dbaudit.targets.shadow_session import run

DATABASE = "shadow"

#: Locales of an operating system whose order is not that of bytes as PostgreSQL sees it: with them,
#: as with any real locale, a B-tree cannot serve LIKE (pg_newlocale_from_collation's collate_is_c).
_REAL_LOCALES = ("C.UTF-8", "C.utf8", "en_US.UTF-8")

_VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}


def create_database(session: Session, locale: Locale) -> None:
    """Create the shadow's database with the target's locale, or one that plans alike."""
    create = f"create database {DATABASE} template template0 encoding 'UTF8'"
    if any(_try(session, f"{create} {attempt}") for attempt in database_locales(locale)):
        return
    raise ShadowError(f"this system has no locale like the target's {locale.collate}; install it")


def database_locales(locale: Locale) -> list[str]:
    """Clauses of CREATE DATABASE to try, the best first."""
    if locale.provider == "b":
        builtin = quote_literal(locale.locale)
        return [f"locale_provider builtin builtin_locale {builtin} lc_collate 'C' lc_ctype 'C'"]
    pairs = [(name, name) for name in _REAL_LOCALES]
    if locale.provider == "c":
        exact = (locale.collate, locale.ctype)
        if locale.collate in ("C", "POSIX"):
            pairs = [("C", name) for name in _REAL_LOCALES] + [("C", "C")]
        pairs = [exact, *pairs]
    return [
        f"locale_provider libc lc_collate {quote_literal(collate)} lc_ctype {quote_literal(ctype)}"
        for collate, ctype in pairs
    ]


def create_stand_ins(session: Session, source: Source) -> None:
    """Create in the shadow's database what the dump takes for granted."""
    known = {name for (name,) in run(session, "select rolname from pg_catalog.pg_roles")}
    wanted = {role.name: role for role in source.roles if role.name not in known}
    for role in wanted.values():
        _try(session, role_ddl(role))
    for group, member in source.memberships:
        if member in wanted:
            _try(session, f"grant {quote_ident(group)} to {quote_ident(member)}")
    run(session, "set allow_system_table_mods = on")
    for collation in source.collations:
        _create_collation(session, collation)
    for function in source.stand_ins:
        _try(session, f"create schema if not exists {quote_ident(function.schema)}")
        _try(session, function_ddl(function))
    run(session, "reset allow_system_table_mods")


def grant_everything(session: Session) -> None:
    """Let every role plan every statement: privileges are not the planner's affair."""
    schemas = run(
        session,
        "select nspname from pg_catalog.pg_namespace where nspname not like 'pg\\_%' "
        "and nspname <> 'information_schema'",
    )
    for (schema,) in schemas:
        name = quote_ident(schema)
        run(session, f"grant all on schema {name} to public")
        for kind in ("tables", "sequences", "routines"):
            run(session, f"grant all on all {kind} in schema {name} to public")


def role_ddl(role: Role) -> str:
    """CREATE ROLE without login, with what row-level security depends on."""
    attributes = [
        "superuser" if role.is_superuser else "nosuperuser",
        "bypassrls" if role.bypasses_rls else "nobypassrls",
        "inherit" if role.inherits else "noinherit",
    ]
    return f"create role {quote_ident(role.name)} nologin {' '.join(attributes)}"


def function_ddl(function: ExtensionFunction) -> str:
    """A function that plans as the extension's own, and fails with the reason when it is run.

    The planner runs stable and immutable functions of constants: failing is better than planning
    with a value that is wrong.
    """
    message = f"the what-if planner has no extension {function.extension}".replace("%", "%%")
    body = f"begin raise exception {quote_literal(message)}; end"
    strict = "strict" if function.is_strict else "called on null input"
    return (
        f"create or replace function {qualified(function.schema, function.name)}"
        f"({function.arguments}) returns {function.result} language plpgsql "
        f"{_VOLATILITY[function.volatility]} {strict} as {quote_literal(body)}"
    )


def _create_collation(session: Session, collation: RelationName) -> None:
    schema, name = collation
    _try(session, f"create schema if not exists {quote_ident(schema)}")
    for locale in (name, *_REAL_LOCALES):
        if _try(
            session,
            f"create collation if not exists {qualified(schema, name)} "
            f"(provider = libc, locale = {quote_literal(locale)})",
        ):
            return


def _try(session: Session, ddl: str) -> bool:
    """Whether it worked. What needs a stand-in that could not be made fails in the dump, and is
    told there."""
    try:
        run(session, ddl)
    except QueryError:
        return False
    return True
