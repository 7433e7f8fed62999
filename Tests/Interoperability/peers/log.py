"""A strict reader of Gatepost's log in either form, written from Documentation/operations.md."""

import json
import re

HEAD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (trace|debug|info|notice|warning|error|critical) ([^=\"]*?)(?= [\w-]+=|$)")
FIELD = re.compile(r' ([\w-]+)=(?:"((?:[^"\\\x00-\x1f\x7f]|\\.)*)"|([\x21\x23-\x3c\x3e-\x5b\x5d-\x7e]+))')
ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
LETTERS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def records(log, form):
    """Each line as a pair: the message, and its fields. Raises ValueError at what is no line of the log."""
    lines = log.split("\n")
    if lines.pop() != "":
        raise ValueError("the last line has no end")
    return [(_object if form == "json" else _line)(line) for line in lines]


def _object(line):
    def distinct(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError(f"a field twice: {line!r}")
        return dict(pairs)

    fields = json.loads(line, object_pairs_hook=distinct)
    fields.pop("time"), fields.pop("level")
    return fields.pop("message"), fields


def _line(line):
    head = HEAD.match(line)
    if not head:
        raise ValueError(f"no beginning of a line: {line!r}")
    place, fields = head.end(), {}
    while place < len(line):
        field = FIELD.match(line, place)
        if not field:
            raise ValueError(f"no field at {place} of {line!r}")
        name, quoted, plain = field.groups()
        if name in fields:
            raise ValueError(f"`{name}` twice in {line!r}")
        fields[name] = plain if quoted is None else ESCAPE.sub(_unescaped, quoted)
        place = field.end()
    return head.group(2), fields


def _unescaped(match):
    number, letter = match.groups()
    if number:
        return chr(int(number, 16))
    return LETTERS[letter]
