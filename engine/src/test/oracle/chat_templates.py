"""Renders chat templates with transformers' own renderer and writes what the tests expect.

    pip install transformers==5.24.0 jinja2==3.1.6
    python chat_templates.py ../resources/chat

templates/NAME.jinja, written for these tests in the style of published ones, over the conversations of
conversations.json to templates/NAME.json: for each conversation its text, or null where rendering fails and, where
the template itself refuses, its words. snippets.txt (cut at lines of four hyphens) over data.json to snippets.json.
Each line of error-snippets.txt must fail.
"""

import datetime
import json
import pathlib
import sys

from jinja2.exceptions import TemplateError
from transformers.utils import chat_template_utils

NOW = datetime.datetime(2025, 3, 7, 9, 5, 3)


def compiled(text):
    template = chat_template_utils._cached_compile_jinja_template(text)
    template.globals["strftime_now"] = NOW.strftime
    return template


def outcome(template, data):
    # A refusal is a TemplateError of exactly that class: what the template's raise_exception throws.
    try:
        return {"text": template.render(**json.loads(json.dumps(data)))}
    except TemplateError as error:
        return {"text": None, "refusal": error.message} if type(error) is TemplateError else {"text": None}
    except Exception:
        return {"text": None}


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="")


def main(folder):
    common = json.loads(read(folder / "conversations.json"))
    for path in sorted((folder / "templates").glob("*.jinja")):
        template = compiled(read(path))
        results = {}
        for name, data in common["conversations"].items():
            results[name] = outcome(template, {**common["common"], **data})
        write(path.with_suffix(".json"), results)
    data = json.loads(read(folder / "data.json"))
    snippets = read(folder / "snippets.txt").removesuffix("\n").split("\n----\n")
    rendered = []
    for snippet in snippets:
        try:
            rendered.append(compiled(snippet).render(**json.loads(json.dumps(data))))
        except Exception as error:
            print(f"fails: {snippet}\n{error}")
    write(folder / "snippets.json", rendered)
    for snippet in read(folder / "error-snippets.txt").splitlines():
        try:
            text = compiled(snippet).render(**json.loads(json.dumps(data)))
        except Exception:
            continue
        print(f"does not fail: {snippet} gives {text}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
