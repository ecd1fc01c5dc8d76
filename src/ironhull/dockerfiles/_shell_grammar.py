"""A script -> its simple commands: compound commands are gone through, not kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ironhull.dockerfiles._nouns import Heredoc
from ironhull.dockerfiles._shell_given import given_scripts
from ironhull.dockerfiles._shell_heredocs import Heredocs
from ironhull.dockerfiles._shell_nouns import Redirection, ShellCommand
from ironhull.dockerfiles._shell_words import Cursor, Unclear, Word, read_process, read_word
from ironhull.limits import LIMITS

__all__ = ["Script"]

_SKIPPED = re.compile(r"(?:[ \t\r]|\\\n)+|#[^\n]*")
"""Blanks, line continuations and comments."""

_OPERATOR = re.compile(r"&&|\|\||\|&|;;&|;&|;;|[;&|\n]")
_REDIRECTION = re.compile(r"(\d*|\{\w+\})(<<<|<<-|<<|<>|<&|>>|>\||>&|&>>|&>|<|>)")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*(?:\[[^\]]*\])?\+?)=")
_RESERVED = re.compile(
    r"(if|then|elif|else|fi|for|select|while|until|do|done|case|esac|function|time|[{}!]|\[\[)(?=[\s;&|()<>]|$)"
)
_FUNCTION = re.compile(r"[ \t]*\([ \t]*\)")
_ARITHMETIC = re.compile(r"\([^;\n)]*(?:\)[^;\n)]+)*\)\)")
_CLAUSES = (";;", ";&", ";;&")


class Script:
    """One script being read; `heredocs` are those whose bodies are not in its text."""

    def __init__(
        self,
        text: str,
        places: Sequence[tuple[int, int]],
        heredocs: Sequence[Heredoc],
        within: tuple[str, ...] = (),
        depth: int = 0,
    ) -> None:
        self._cursor = Cursor(text, places, self._substitution, depth)
        self._heredocs = Heredocs(heredocs)
        self._within = within
        self._connector = ""
        self._start = 0
        self._found: list[ShellCommand] = []

    def commands(self) -> tuple[ShellCommand, ...]:
        """Every command; the last one is unclear where the rest cannot be split."""
        cursor = self._cursor
        try:
            self._list(cursor, frozenset())
            if cursor.char:
                raise Unclear(f"unexpected {cursor.char!r}")
        except Unclear as trouble:
            self._found.append(
                ShellCommand(
                    (),
                    (),
                    cursor.text[self._start :].strip() or cursor.text.strip(),
                    cursor.line(self._start),
                    connector=self._connector,
                    within=self._within,
                    unclear=str(trouble),
                )
            )
        return tuple(self._found)

    def nested(self, command: ShellCommand) -> tuple[ShellCommand, ...]:
        """The commands of the scripts that `command` gives to a shell."""
        found: list[ShellCommand] = []
        for kind, script in given_scripts(command):
            within = (*command.within, kind)
            if len(within) > LIMITS.shell_depth:
                why = "nested too deeply"
                found.append(ShellCommand((), (), script, command.line, unclear=why))
                continue
            places = [(0, command.line)]
            found += Script(script, places, (), within, self._cursor.depth + 1).commands()
        return tuple(found)

    # ── lists ────────────────────────────────────────────────────────────────────────────────────

    def _list(self, cursor: Cursor, stop: frozenset[str]) -> None:
        """Commands up to a reserved word of `stop`, a closing parenthesis or the end."""
        while True:
            self._blanks(cursor, lines=True)
            self._start = cursor.at
            if not cursor.char or cursor.char == ")" or cursor.starts(";;"):
                return
            word = _RESERVED.match(cursor.text, cursor.at)
            if word and word[1] in stop:
                return
            self._command(cursor)
            self._blanks(cursor)
            found = _OPERATOR.match(cursor.text, cursor.at)
            if not found or found[0] in _CLAUSES:
                return
            self._connector = found[0]
            if found[0] == "\n":
                self._line_end(cursor)
            else:
                cursor.at = found.end()

    def _blanks(self, cursor: Cursor, *, lines: bool = False) -> None:
        """Step over blanks and comments, and line ends where `lines`."""
        while True:
            if found := _SKIPPED.match(cursor.text, cursor.at):
                cursor.at = found.end()
            elif lines and cursor.char == "\n":
                self._line_end(cursor)
            else:
                return

    def _line_end(self, cursor: Cursor) -> None:
        """Step over a line end, and over the here-documents that follow it."""
        own = cursor is self._cursor
        cursor.at = self._heredocs.after(cursor.at) if own else cursor.at + 1

    def _substitution(self, cursor: Cursor) -> None:
        """`$(…)`: its commands come before the one they are part of."""
        connector, start = self._connector, self._start
        self._connector = ""
        self._around(cursor, "substitution", frozenset())
        self._connector, self._start = connector, start

    def _around(self, cursor: Cursor, what: str, stop: frozenset[str]) -> None:
        outer = self._within
        self._within = (*outer, what)
        self._list(cursor, stop)
        self._within = outer

    # ── compound commands ────────────────────────────────────────────────────────────────────────

    def _command(self, cursor: Cursor) -> None:
        if len(self._found) >= LIMITS.shell_commands:
            raise Unclear(f"more than {LIMITS.shell_commands} commands")
        if cursor.char == "(":
            self._parenthesis(cursor)
        elif (word := _RESERVED.match(cursor.text, cursor.at)) and word[1] != "[[":
            cursor.at = word.end()
            cursor.deeper()
            self._compound(cursor, word[1])
            cursor.depth -= 1
        else:
            self._simple(cursor)

    def _compound(self, cursor: Cursor, word: str) -> None:
        if word in ("!", "time"):
            self._blanks(cursor)
            if cursor.char and cursor.char not in ";&|\n)":
                self._command(cursor)
            return
        readers = {
            "if": self._if,
            "while": self._while,
            "until": self._while,
            "for": self._for,
            "select": self._for,
            "case": self._case,
            "{": self._group,
            "function": self._function,
        }
        if word not in readers:
            raise Unclear(f"unexpected {word!r}")
        readers[word](cursor)
        self._redirections(cursor)

    def _parenthesis(self, cursor: Cursor) -> None:
        cursor.deeper()
        cursor.at += 1
        if cursor.char == "(" and (found := _ARITHMETIC.match(cursor.text, cursor.at)):
            cursor.at = found.end()
            cursor.depth -= 1
            return
        self._around(cursor, "subshell", frozenset())
        if cursor.char != ")":
            raise Unclear("a ( is not closed")
        cursor.at += 1
        cursor.depth -= 1
        self._redirections(cursor)

    def _group(self, cursor: Cursor) -> None:
        self._around(cursor, "group", frozenset({"}"}))
        self._expect(cursor, "}")

    def _if(self, cursor: Cursor) -> None:
        self._around(cursor, "if", frozenset({"then"}))
        self._expect(cursor, "then")
        while True:
            self._around(cursor, "if", frozenset({"elif", "else", "fi"}))
            word = self._expect(cursor, "elif", "else", "fi")
            if word == "fi":
                return
            if word == "elif":
                self._around(cursor, "if", frozenset({"then"}))
                self._expect(cursor, "then")

    def _while(self, cursor: Cursor) -> None:
        self._around(cursor, "loop", frozenset({"do"}))
        self._body(cursor)

    def _for(self, cursor: Cursor) -> None:
        self._blanks(cursor)
        if cursor.starts("(("):
            end = cursor.text.find("))", cursor.at)
            if end < 0:
                raise Unclear("a (( is not closed")
            cursor.at = end + 2
        while True:
            self._blanks(cursor, lines=True)
            if cursor.char == ";":
                cursor.at += 1
            elif (word := _RESERVED.match(cursor.text, cursor.at)) and word[1] == "do":
                break
            else:
                self._word(cursor, "for")
        self._body(cursor)

    def _body(self, cursor: Cursor) -> None:
        self._expect(cursor, "do")
        self._around(cursor, "loop", frozenset({"done"}))
        self._expect(cursor, "done")

    def _case(self, cursor: Cursor) -> None:
        self._blanks(cursor, lines=True)
        self._word(cursor, "case")
        self._blanks(cursor, lines=True)
        if self._word(cursor, "case")[0] != "in":
            raise Unclear("a case has no in")
        while True:
            self._blanks(cursor, lines=True)
            word = _RESERVED.match(cursor.text, cursor.at)
            if word and word[1] == "esac":
                cursor.at = word.end()
                return
            self._pattern(cursor)
            self._around(cursor, "case", frozenset({"esac"}))
            if found := _OPERATOR.match(cursor.text, cursor.at):
                cursor.at = found.end()
            elif not cursor.char:
                raise Unclear("a case is not closed")

    def _pattern(self, cursor: Cursor) -> None:
        if cursor.char == "(":
            cursor.at += 1
        while cursor.char != ")":
            self._blanks(cursor)
            if cursor.char == "|":
                cursor.at += 1
            elif cursor.char != ")":
                self._word(cursor, "case")
        cursor.at += 1

    def _function(self, cursor: Cursor) -> None:
        self._blanks(cursor)
        self._word(cursor, "function")
        if found := _FUNCTION.match(cursor.text, cursor.at):
            cursor.at = found.end()
        self._defined(cursor)

    def _named(self, cursor: Cursor, words: list[Word]) -> None:
        """`name() { … }`."""
        found = _FUNCTION.match(cursor.text, cursor.at)
        if not found or len(words) != 1:
            raise Unclear("unexpected '('")
        cursor.at = found.end()
        self._defined(cursor)

    def _defined(self, cursor: Cursor) -> None:
        self._blanks(cursor, lines=True)
        if cursor.char not in ("{", "("):
            raise Unclear("a function has no body")
        outer = self._within
        self._within = (*outer, "function")
        self._command(cursor)
        self._within = outer

    def _expect(self, cursor: Cursor, *words: str) -> str:
        self._blanks(cursor, lines=True)
        found = _RESERVED.match(cursor.text, cursor.at)
        if not found or found[1] not in words:
            raise Unclear(f"{words[-1]!r} is missing")
        cursor.at = found.end()
        self._connector = ";"
        return found[1]

    def _word(self, cursor: Cursor, where: str) -> Word:
        at = cursor.at
        word = read_word(cursor)
        if cursor.at == at:
            raise Unclear(
                f"unexpected {cursor.char!r} in {where}" if cursor.char else f"{where} ends"
            )
        return word

    # ── simple commands ──────────────────────────────────────────────────────────────────────────

    def _simple(self, cursor: Cursor) -> None:
        start, connector = cursor.at, self._connector
        words: list[Word] = []
        assignments: list[tuple[str, str]] = []
        redirections: list[Redirection] = []
        while True:
            self._blanks(cursor)
            if self._redirection(cursor, redirections):
                continue
            if not words and (found := _ASSIGNMENT.match(cursor.text, cursor.at)):
                cursor.at = found.end()
                assignments.append((found[1], self._value(cursor)))
                continue
            if cursor.starts("<(") or cursor.starts(">("):
                words.append(read_process(cursor))
                continue
            if not cursor.char or cursor.char in ";&|\n()":
                break
            words.append(self._test(cursor) if cursor.starts("[[") else read_word(cursor))
        if cursor.char == "(":
            self._named(cursor, words)
            return
        if cursor.at == start:
            raise Unclear(f"unexpected {cursor.char!r}")
        end = cursor.at
        command = ShellCommand(
            tuple(text for text, _ in words),
            tuple(plain for _, plain in words),
            cursor.text[start:end].strip(),
            cursor.line(start),
            tuple(assignments),
            connector,
            tuple(redirections),
            self._within,
        )
        self._found += [command, *self.nested(command)]

    def _value(self, cursor: Cursor) -> str:
        """The value of an assignment; bash's list in parentheses as text."""
        if cursor.char != "(":
            return read_word(cursor)[0]
        start = cursor.at
        cursor.at += 1
        while cursor.char != ")":
            self._blanks(cursor, lines=True)
            if cursor.char != ")":
                self._word(cursor, "a list")
        cursor.at += 1
        return cursor.text[start : cursor.at]

    def _test(self, cursor: Cursor) -> Word:
        """`[[ … ]]` as one word."""
        start = cursor.at
        end = cursor.text.find("]]", start)
        if end < 0:
            raise Unclear("a [[ is not closed")
        cursor.at = end + 2
        return cursor.text[start : cursor.at], False

    def _redirections(self, cursor: Cursor) -> None:
        """Those of a compound command, which are nobody's here."""
        found: list[Redirection] = []
        self._blanks(cursor)
        while self._redirection(cursor, found):
            self._blanks(cursor)

    def _redirection(self, cursor: Cursor, found: list[Redirection]) -> bool:
        match = _REDIRECTION.match(cursor.text, cursor.at)
        if not match:
            return False
        operator = match[2]
        if operator in "<>" and cursor.text.startswith("(", match.end()):
            return False
        cursor.at = match.end()
        self._blanks(cursor)
        start = cursor.at
        target = self._word(cursor, "a redirection")[0]
        body = ""
        if operator in ("<<", "<<-"):
            quoted = cursor.text[start : cursor.at] != target
            own = cursor is self._cursor
            body = self._heredocs.body(cursor, target, operator == "<<-", own)
            operator = f"{operator}'" if quoted else operator
        fd = int(match[1]) if match[1].isdigit() and len(match[1]) < 9 else -1
        found.append(Redirection(fd, operator, target, body))
        return True
