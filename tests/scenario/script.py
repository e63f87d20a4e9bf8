"""script.py - reads a scenario: lines, the text below them, and its variants

See test_scenarios.py for what the lines mean.
"""
import dataclasses
import itertools
import re
import shlex


class Wrong(Exception):
    """The scenario itself is wrong."""


@dataclasses.dataclass
class Line:
    number: int
    verb: str
    rest: str  # of the line, as it stands
    block: str  # or None: the indented lines below it, without their first tab

    def words(self):
        words = shlex.split(self.rest)
        return words if self.block is None else words + [self.block]


@dataclasses.dataclass
class Scenario:
    name: str
    title: str
    lines: list

    def variants(self):
        """(label, lines) for each combination of the values of `for`."""
        loops = [loop(line) for line in self.lines if line.verb == "for"]
        rest = [line for line in self.lines if line.verb != "for"]
        for values in itertools.product(*loops):
            bound = {name: text for value in values for name, text in value.items()}
            label = " ".join(",".join(value.values()) for value in values)
            yield label, [fill(line, bound) for line in rest]


def loop(line):
    """`for a,b in 1,2 3,4` as [{a: 1, b: 2}, {a: 3, b: 4}]."""
    match = re.fullmatch(r"(\S+) in (.+)", line.rest)
    if not match:
        raise Wrong(f"line {line.number}: for NAME[,NAME] in VALUE[,VALUE]...")
    names = match.group(1).split(",")
    values = [value.split(",") for value in match.group(2).split()]
    if any(len(value) != len(names) for value in values):
        raise Wrong(f"line {line.number}: each value needs {len(names)} parts")
    return [dict(zip(names, value)) for value in values]


def fill(line, bound):
    def put(text):
        return re.sub(r"\{(\w+)\}", lambda m: bound.get(m.group(1), m.group()), text)

    block = None if line.block is None else put(line.block)
    return Line(line.number, line.verb, put(line.rest), block)


def joined(text):
    """Numbered lines; one that ends in a backslash goes on in the next."""
    number, held = 0, ""
    for n, line in enumerate(text.splitlines(), 1):
        number = number if held else n
        if line.endswith(" \\"):
            held += line[:-1].rstrip() + " " if not held else line[:-1].strip() + " "
            continue
        yield number, held + (line.strip() if held else line)
        held = ""


def read(path):
    lines = []
    text = path.read_text()
    title = re.match(rf"# {re.escape(path.name)} - (.+)", text)
    if not title:
        raise Wrong(f"{path.name}: line 1 must be `# {path.name} - what it shows`")
    for number, line in joined(text):
        if line[:1] == "\t":
            if not lines:
                raise Wrong(f"{path.name}:{number}: text below nothing")
            last = lines[-1]
            last.block = line[1:] if last.block is None else last.block + "\n" + line[1:]
        elif line.strip() and line[0] != "#":
            verb, _, rest = line.strip().partition(" ")
            lines.append(Line(number, verb, rest.strip(), None))
    return Scenario(path.stem, title.group(1), lines)
