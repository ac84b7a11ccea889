"""Where the files lie that ship beside the code: `rules/` and `examples/`."""

from __future__ import annotations

from pathlib import Path


def shared_folder(name: str) -> Path:
    """The folder inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "share" / name
    return installed if installed.exists() else package.parent / name
