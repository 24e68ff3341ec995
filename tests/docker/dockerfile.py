"""Reads a Dockerfile into stages, as far as ours go."""
import json
import re
from dataclasses import dataclass, field


@dataclass
class Stage:
    base: str
    name: str
    steps: list = field(default_factory=list)  # (instruction, text) in order

    def all(self, instruction):
        return [text for name, text in self.steps if name == instruction]

    def one(self, instruction):
        found = self.all(instruction)
        assert len(found) == 1, f"{len(found)} times {instruction} in stage {self.name or self.base}"
        return found[0]


def parse(text):
    """(arguments before the first FROM, stages)."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n", " ", "\n".join(lines))
    arguments, stages = {}, []
    for line in filter(str.strip, whole.splitlines()):
        instruction, _, rest = line.strip().partition(" ")
        rest = re.sub(r"\s+", " ", rest).strip()
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base, name))
        elif stages:
            stages[-1].steps.append((instruction, rest))
        else:
            name, _, value = rest.partition("=")
            arguments[name] = value
    return arguments, stages


def exec_form(text):
    """The words of ENTRYPOINT and CMD; a shell form is an error."""
    words = json.loads(text)
    assert isinstance(words, list) and all(isinstance(word, str) for word in words)
    return words


def pairs(texts):
    """{name: value} of ENV and LABEL."""
    return {name: quoted or plain for text in texts
            for name, quoted, plain in re.findall(r'([\w.]+)=(?:"([^"]*)"|(\S+))', text)}
