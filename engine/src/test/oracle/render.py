"""Renders the chat template cases with Jinja2, set up as transformers sets it up, and writes the golden files.

    pip install jinja2==3.1.6
    python render.py ../resources/chat

Each cases/NAME.jinja is rendered over data.json to cases/NAME.txt. Each template of errors.json must fail.
"""

import datetime
import json
import pathlib
import sys

from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime.datetime(2025, 3, 7, 9, 5, 3)


class Generation(Extension):
    """The block {% generation %}: what is inside, in a scope of its own."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_render"), [], [], body).set_lineno(line)

    def _render(self, caller):
        return caller()


def raise_exception(message):
    raise TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = NOW.strftime
    return made


def main(folder):
    data = json.loads((folder / "data.json").read_text("utf-8"))
    for case in sorted((folder / "cases").glob("*.jinja")):
        with open(case, encoding="utf-8", newline="") as file:
            text = environment().from_string(file.read()).render(**data)
        case.with_suffix(".txt").write_text(text, "utf-8", newline="")
    for template in json.loads((folder / "errors.json").read_text("utf-8")):
        try:
            environment().from_string(template).render(**data)
        except Exception:
            continue
        sys.exit(f"does not fail: {template}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
