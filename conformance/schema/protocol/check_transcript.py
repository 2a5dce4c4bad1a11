#!/usr/bin/env python3
"""Holds a transcript (harness verify --transcript FILE) against the schemas of the protocol; prints what does not fit."""

import json
import os
import sys

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))


def schema(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return json.load(file)


def main(path):
    answers = schema("answer.schema.json")
    command = jsonschema.Draft202012Validator(schema("command.schema.json"))
    answer = jsonschema.Draft202012Validator(answers)
    ok = {cmd: jsonschema.Draft202012Validator(answers["$defs"][cmd]) for cmd in ("start", "measure")}
    asked, messages, faults = {}, 0, 0
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            entry = json.loads(line)
            messages += 1
            if "to" in entry:
                asked[entry["process"]] = entry["to"]["cmd"]
                errors = list(command.iter_errors(entry["to"]))
            else:
                errors = list(answer.iter_errors(entry["from"]))
                validator = ok.get(asked[entry["process"]])
                if not errors and validator and entry["from"]["status"] == "ok":
                    errors = list(validator.iter_errors(entry["from"]))
            faults += bool(errors)
            for error in errors:
                print(f"{path}:{number}: {error.message}")
    print(f"{messages} messages, {faults} that do not fit")
    return 1 if faults or not messages else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: check_transcript.py FILE")
    sys.exit(main(sys.argv[1]))
