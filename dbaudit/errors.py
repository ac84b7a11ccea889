"""What can go wrong, as the person at the prompt is told it.

    DbauditError
    ├── UsageError            wrong usage                                   exit 2
    │   ├── ConfigError       the configuration file                        exit 2
    │   ├── QueryFileError    a registered query file                       exit 2
    │   ├── RuleError         a rule file, or a rule that is not there      exit 2
    │   ├── SnapshotError     a saved snapshot                              exit 2
    │   ├── PlanError         a document that is no plan of EXPLAIN         exit 2
    │   ├── LogError          a server's log cannot be read                 exit 2
    │   └── ReportError       a report cannot be written                    exit 2
    ├── TargetError           the target cannot be reached, or refuses      exit 3
    │   └── QueryError        one statement failed on the target            exit 3
    ├── ShadowError           the what-if planner cannot be made            exit 3
    └── ApplyError            apply failed or took everything back          exit 4

A message is one line that says what, where and what to do. No message holds a secret.
"""

from __future__ import annotations


class DbauditError(Exception):
    """Base of every error that dbaudit reports; `exit_code` is the process's exit status."""

    exit_code = 2


class UsageError(DbauditError):
    """The command was called with arguments that do not fit together."""


class ConfigError(UsageError):
    """The configuration is not valid; the message names file, key and what was expected."""


class QueryFileError(UsageError):
    """A registered query file is not valid; the message names file and line."""


class RuleError(UsageError):
    """A rule file is not valid, or a rule is named that does not exist."""


class SnapshotError(UsageError):
    """A saved snapshot cannot be read."""


class PlanError(UsageError):
    """A document is not what EXPLAIN (FORMAT JSON) prints."""


class LogError(UsageError):
    """A server's log cannot be read; the message names the file and says what would help."""


class ReportError(UsageError):
    """A report cannot be written where it was asked for."""


class TargetError(DbauditError):
    """The target cannot be reached, or refuses what was asked."""

    exit_code = 3


class QueryError(TargetError):
    """One statement failed on the target.

    `sqlstate` is PostgreSQL's five-character code, or None when the connection itself was lost;
    `position` is the 1-based character in the statement that the server pointed at, when it did.
    """

    def __init__(
        self, message: str, *, sqlstate: str | None = None, position: int | None = None
    ) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.position = position


class ShadowError(DbauditError):
    """The what-if planner cannot be started or filled."""

    exit_code = 3


class ApplyError(DbauditError):
    """A migration failed, or everything it built was taken back."""

    exit_code = 4
