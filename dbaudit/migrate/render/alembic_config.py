"""Where an Alembic project says that its revisions are: alembic.ini, or pyproject.toml."""

from __future__ import annotations

import configparser
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import UsageError

#: Alembic's defaults (alembic/script/base.py).
FILE_TEMPLATE = "%(rev)s_%(slug)s"
TRUNCATE_SLUG_LENGTH = 40

#: alembic/config.py; without the key a list is separated by spaces and commas.
_SEPARATORS = {"os": os.pathsep, ":": ":", ";": ";", "space": " ", "newline": "\n"}
_SPACE_OR_COMMA = re.compile(r", *| +")

_KEYS = (
    "script_location",
    "version_locations",
    "path_separator",
    "version_path_separator",
    "file_template",
    "truncate_slug_length",
    "recursive_version_locations",
)

#: How far up from a versions folder its configuration is looked for.
_LEVELS_UP = 4


@dataclass(frozen=True, slots=True)
class AlembicConfig:
    """`script_location` is the folder of env.py, `version_locations` those of the revisions."""

    script_location: Path
    version_locations: tuple[Path, ...]
    file_template: str = FILE_TEMPLATE
    truncate_slug_length: int = TRUNCATE_SLUG_LENGTH
    is_recursive: bool = False


def config_in(folder: Path) -> AlembicConfig | None:
    """The configuration in the folder; None where there is none. Raises UsageError."""
    values: dict[str, object] = {}
    origin = folder
    for name, read in (("pyproject.toml", _toml_values), ("alembic.ini", _ini_values)):
        path = folder / name
        if path.is_file():
            found = read(path)
            origin = path if found else origin
            values |= found  # alembic.ini goes first, as Config.get_alembic_option has it
    return _config(origin, values) if "script_location" in values else None


def config_above(folder: Path) -> AlembicConfig | None:
    """The configuration further up by which the folder is of env.py, or of revisions."""
    place = folder.resolve()
    for parent in list(place.parents)[:_LEVELS_UP]:
        config = config_in(parent)
        if config is not None and place in (config.script_location, *config.version_locations):
            return config
    return None


def _config(path: Path, values: Mapping[str, object]) -> AlembicConfig:
    location = _folder(path, str(values["script_location"]))
    versions = tuple(_folder(path, place) for place in _locations(values))
    length = str(values.get("truncate_slug_length", TRUNCATE_SLUG_LENGTH))
    if not length.isdigit():
        raise UsageError(f"{path}: truncate_slug_length: expected a number, found {length!r}")
    return AlembicConfig(
        location,
        versions or (location / "versions",),
        str(values.get("file_template", FILE_TEMPLATE)),
        int(length) or TRUNCATE_SLUG_LENGTH,
        str(values.get("recursive_version_locations", "")).lower() in {"true", "1", "yes", "on"},
    )


def _locations(values: Mapping[str, object]) -> Sequence[str]:
    given = values.get("version_locations") or ()
    if isinstance(given, str):
        separator = values.get("path_separator") or values.get("version_path_separator")
        if separator is None:
            return _SPACE_OR_COMMA.split(given.strip())
        parts = given.split(_SEPARATORS.get(str(separator), os.pathsep))
        return [part.strip() for part in parts if part.strip()]
    return [str(place) for place in given] if isinstance(given, list) else ()


def _folder(path: Path, location: str) -> Path:
    """A location as Alembic takes it: relative to where it is run, or `package:folder`."""
    package, colon, inside = location.partition(":")
    if colon and not Path(location).is_absolute():
        location = str(Path(*package.split("."), inside))
    return (path.parent / location).resolve()


def _ini_values(path: Path) -> dict[str, object]:
    """The keys that are of use here alone: others may hold a password."""
    parser = configparser.ConfigParser({"here": str(path.parent.resolve())})
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        keys = [key for key in _KEYS if parser.has_option("alembic", key)]
        return {key: parser.get("alembic", key) for key in keys}
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8 text") from None
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        place = f"{path}:{line}" if line else str(path)
        kind = type(error).__name__
        raise UsageError(f"{place}: is no configuration that Alembic reads ({kind})") from None


def _toml_values(path: Path) -> dict[str, object]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is not TOML: {error}") from None
    tool = document.get("tool", {})
    values = tool.get("alembic", {}) if isinstance(tool, dict) else {}
    here = str(path.parent.resolve())
    return {key: _with_here(value, here) for key, value in values.items()}


def _with_here(value: object, here: str) -> object:
    if isinstance(value, list):
        return [_with_here(item, here) for item in value]
    return value.replace("%(here)s", here).replace("%%", "%") if isinstance(value, str) else value
