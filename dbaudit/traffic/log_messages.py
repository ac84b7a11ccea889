"""What a message of the log says about a statement, in any language."""

from __future__ import annotations

from dbaudit.traffic.log_words import Kind, words

#: A message about a statement: which of the server's messages it is; the duration in ms where it
#: tells one; the prepared statement (with its portal, `S_1/C_2`); the statement, or the document of
#: a plan. A plain tuple, as there is one for each entry.
Message = tuple[Kind, float | None, str, str]

_PLAN = "plan:\n"


class MessageReader:
    """Reads messages; it begins with the language of the last one, which is mostly the next's."""

    def __init__(self) -> None:
        self._languages = list(words().forms)

    def read(self, message: str) -> Message | None:
        """What a message says; None when it is not about a statement's execution."""
        if not message.startswith("duration: "):
            return self._of_any_language(message)
        head, _, rest = message.partition(" ms  ")
        kind, found, text = rest.partition(": ")
        try:
            if found:
                if kind == "statement":
                    return ("statement", float(head[10:]), "", text)
                word, _, name = kind.partition(" ")
                if word == "execute" and not name.startswith("fetch from "):
                    return ("execute", float(head[10:]), name, text)
                if word == "bind":
                    return ("bind", float(head[10:]), name, text)
                if word == "parse":
                    return ("parse", float(head[10:]), name, text)
            if rest.startswith(_PLAN):
                return ("plan", float(head[10:]), "", rest[len(_PLAN) :])
        except ValueError:
            return None
        return self._of_any_language(message)

    def _of_any_language(self, message: str) -> Message | None:
        if not words().heads.match(message):
            return None
        for language in self._languages:
            found = _in_language(message, language)
            if found is not None:
                if language != self._languages[0]:
                    self._languages.remove(language)
                    self._languages.insert(0, language)
                return found
        return None


def _in_language(message: str, language: str) -> Message | None:
    for kind, form in words().forms[language].items():
        match = form.match(message)
        if match is not None:
            values = match.groupdict()
            ms = values.get("ms")
            try:
                took = None if ms is None else float(ms)
            except ValueError:
                return None
            return (kind, took, values.get("name") or "", message[match.end() :])
    return None
