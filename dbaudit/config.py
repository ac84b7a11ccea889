"""The configuration: `dbaudit.toml`, or `[tool.dbaudit]` in `pyproject.toml`.

Every error names the file, the key and what was expected.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbaudit.errors import ConfigError, UsageError
from dbaudit.findings import Severity
from dbaudit.units import parse_bytes, parse_seconds

FILE_NAME = "dbaudit.toml"
NEVER = "never"
DEFAULT_QUERIES = ("queries/**/*.sql",)

#: The bounds of max_parallel_maintenance_workers and of maintenance_work_mem, in bytes, on every
#: version from 13 on (guc_tables.c).
MAX_PARALLEL_WORKERS = 1024
LEAST_MEMORY, MOST_MEMORY = 2**20, 2**41 - 2**10

#: What `apply` measured longer ago tells nothing.
MOST_REMEMBERED_SECONDS = 3650 * 86_400.0

Option = int | float | str | bool


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What the configuration says of one rule; None and absent options leave the rule's own."""

    enabled: bool = True
    severity: Severity | None = None
    options: Mapping[str, Option] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """A validated configuration; `folder` is what its relative paths start from.

    `replicas` are DSNs by the name of their target.
    """

    folder: Path
    path: Path | None = None
    targets: Mapping[str, str] = field(default_factory=dict, repr=False)
    replicas: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    queries: tuple[str, ...] = DEFAULT_QUERIES
    rule_folders: tuple[Path, ...] = ()
    migration_folders: tuple[Path, ...] = ()
    logs: tuple[str, ...] = ()
    log_line_prefix: str | None = None
    rules: Mapping[str, RuleSettings] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str = Severity.ERROR.value
    baseline: Path | None = None
    timeout_seconds: float = 30.0
    budget_bytes: int | None = None
    search_seconds: float | None = None
    loss_weight: float = 10.0
    max_columns: int = 3
    planner: str = "shadow"
    sample: bool = True
    remember_seconds: float = 30 * 86_400.0
    min_gain: float = 1.1
    max_wait_seconds: float = 60.0
    maintenance_work_mem_bytes: int | None = None
    parallel_workers: int | None = None


def load_config(given: Path | None, start: Path, environment: Mapping[str, str]) -> Config:
    """The configuration in the file given, else the nearest one above the folder, else defaults.

    Raises ConfigError when the file given is not there, or anything in it is not valid.
    """
    path = given or _nearest(start)
    if path is None:
        return Config(folder=start)
    table, prefix = _read(path)
    return _Reader(path, prefix, environment).config(table)


def _nearest(start: Path) -> Path | None:
    for folder in [start, *start.parents]:
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        project = folder / "pyproject.toml"
        if project.is_file() and b"[tool.dbaudit" in project.read_bytes():
            return project
        if (folder / ".git").exists():
            return None
    return None


def _read(path: Path) -> tuple[Mapping[str, Any], str]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"{path}: cannot be read: {reason}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    if path.name == "pyproject.toml":
        return document.get("tool", {}).get("dbaudit", {}), "tool.dbaudit."
    return document, ""


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    prefix: str
    environment: Mapping[str, str]

    def config(self, table: Mapping[str, Any]) -> Config:
        self._known(table, "", ("targets", "scan", "workload", "rules", "advise", "apply"))
        folder = self.path.absolute().parent
        values: dict[str, Any] = {}
        for section, keys in _SECTIONS.items():
            entries = self._table(table.get(section, {}), section)
            self._known(entries, f"{section}.", keys)
            for key, value in entries.items():
                field_name, convert = keys[key]
                values[field_name] = self._converted(f"{section}.{key}", value, convert)
        if "baseline" in values:
            values["baseline"] = folder / values["baseline"]
        if "logs" in values:
            values["logs"] = tuple(str(folder / name) for name in values["logs"])
        for key in ("rule_folders", "migration_folders"):
            if key in values:
                values[key] = tuple(folder / name for name in values[key])
        return Config(
            folder=folder,
            path=self.path,
            targets=self._targets(table),
            replicas=self._replicas(table),
            rules=self._rules(table),
            **values,
        )

    def _targets(self, table: Mapping[str, Any]) -> dict[str, str]:
        targets = {}
        for name, value in self._table(table.get("targets", {}), "targets").items():
            where = f"targets.{name}"
            entry = self._table(value, where)
            self._known(entry, f"{where}.", ("dsn", "dsn_env", "replicas", "replicas_env"))
            if ("dsn" in entry) == ("dsn_env" in entry):
                raise self._error(where, "expected either dsn or dsn_env")
            if "dsn" in entry:
                targets[name] = self._converted(f"{where}.dsn", entry["dsn"], _string)
                continue
            variable = self._converted(f"{where}.dsn_env", entry["dsn_env"], _string)
            if variable in self.environment:
                targets[name] = self.environment[variable]
        return targets

    def _replicas(self, table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        replicas = {}
        for name, entry in self._table(table.get("targets", {}), "targets").items():
            where = f"targets.{name}"
            given = self._converted(f"{where}.replicas", entry.get("replicas", []), _dsns)
            variables = self._converted(
                f"{where}.replicas_env", entry.get("replicas_env", []), _strings
            )
            # One that is not set is an empty DSN, refused where the target is used: to leave it
            # out would be to take an index for unused that the replica needs.
            named = (self.environment.get(variable, "") for variable in variables)
            replicas[name] = (*given, *named)
        return replicas

    def _rules(self, table: Mapping[str, Any]) -> dict[str, RuleSettings]:
        rules = {}
        for name, entry in self._table(table.get("rules", {}), "rules").items():
            where = f"rules.{name}"
            options = dict(self._table(entry, where))
            enabled = self._converted(f"{where}.enabled", options.pop("enabled", True), _boolean)
            word = options.pop("severity", None)
            severity = None
            if word is not None:
                severity = Severity(self._converted(f"{where}.severity", word, _severity))
            for key, value in options.items():
                self._converted(f"{where}.{key}", value, _scalar)
            rules[name] = RuleSettings(enabled, severity, options)
        return rules

    def _known(self, table: Mapping[str, Any], where: str, known: Iterable[str]) -> None:
        names = list(known)
        for key in table:
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(names)}"
                raise self._error(f"{where}{key}", f"unknown key; {hint}")

    def _table(self, value: object, where: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._error(where, f"expected a table [{self.prefix}{where}]")
        return value

    def _converted(self, where: str, value: object, convert: Callable[[Any], Any]) -> Any:
        try:
            return convert(value)
        except UsageError as error:
            raise self._error(where, str(error)) from None

    def _error(self, where: str, reason: str) -> ConfigError:
        return ConfigError(f"{self.path}: {self.prefix}{where}: {reason}")


def _string(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise UsageError(f"expected a string, not {value!r}")
    return value


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise UsageError(f"expected a list of strings, not {value!r}")
    return tuple(value)


def _dsns(value: object) -> tuple[str, ...]:
    """As `_strings`, but an error does not repeat what may hold a password."""
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise UsageError("expected a list of strings, one DSN each")
    return tuple(value)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"expected true or false, not {value!r}")
    return value


def _scalar(value: object) -> Option:
    if not isinstance(value, int | float | str | bool):
        raise UsageError(f"expected a number, a string or true/false, not {value!r}")
    return value


def _severity(value: object) -> str:
    if value not in list(Severity):
        raise UsageError(f"expected error, warning or info, not {value!r}")
    return str(value)


def _fail_on(value: object) -> str:
    if value not in [*Severity, NEVER]:
        raise UsageError(f"expected error, warning, info or never, not {value!r}")
    return str(value)


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    return parse_seconds(_string(value))


def _remembered(value: object) -> float:
    seconds = parse_seconds(_string(value))
    if seconds > MOST_REMEMBERED_SECONDS:
        raise UsageError(f"expected at most 3650d, not {value!r}")
    return seconds


def _bytes(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return parse_bytes(_string(value))


def check_memory(size_bytes: int) -> int:
    """A size that maintenance_work_mem can have. Raises UsageError."""
    if not LEAST_MEMORY <= size_bytes <= MOST_MEMORY:
        raise UsageError(f"{size_bytes} bytes are out of range; expected 1MB to 2047GB")
    return size_bytes


def _memory(value: object) -> int:
    return check_memory(_bytes(value))


def _workers(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UsageError(f"expected a whole number, not {value!r}")
    if not 0 <= value <= MAX_PARALLEL_WORKERS:
        raise UsageError(f"expected 0 to {MAX_PARALLEL_WORKERS}, not {value}")
    return value


def _columns(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 32:
        raise UsageError(f"expected a whole number from 1 to 32, not {value!r}")
    return value


def _planner(value: object) -> str:
    if value not in ("shadow", "hypopg"):
        raise UsageError(f"expected shadow or hypopg, not {value!r}")
    return str(value)


def _gain(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 1:
        raise UsageError(f"expected a factor of 1 or more, not {value!r}")
    return float(value)


#: section -> key -> (field of Config, how its value is read)
_SECTIONS: Mapping[str, Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "scan": {
        "queries": ("queries", _strings),
        "timeout": ("timeout_seconds", _seconds),
        "fail_on": ("fail_on", _fail_on),
        "baseline": ("baseline", _string),
        "only": ("only", _strings),
        "ignore": ("ignore", _strings),
        "rules": ("rule_folders", _strings),
        "migrations": ("migration_folders", _strings),
    },
    "workload": {
        "logs": ("logs", _strings),
        "log_line_prefix": ("log_line_prefix", _string),
    },
    "advise": {
        "budget": ("budget_bytes", _bytes),
        "max_columns": ("max_columns", _columns),
        "planner": ("planner", _planner),
        "sample": ("sample", _boolean),
        "search_time": ("search_seconds", _seconds),
        "loss_weight": ("loss_weight", _gain),
        "remember": ("remember_seconds", _remembered),
    },
    "apply": {
        "min_gain": ("min_gain", _gain),
        "max_wait": ("max_wait_seconds", _seconds),
        "maintenance_work_mem": ("maintenance_work_mem_bytes", _memory),
        "parallel_workers": ("parallel_workers", _workers),
    },
}
