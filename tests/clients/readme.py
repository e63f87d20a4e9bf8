"""readme.py - the README's table of clients, from what a run of the matrix has shown"""
import pathlib
import re
import subprocess

from matrix import SORTS

README = pathlib.Path("README.md")
BEGIN, END = "<!-- clients -->\n", "<!-- /clients -->\n"
HEAD = ["client", "version", "its libcurl", "calls it", *SORTS]
OF_A_RUN = slice(1, 3)  # the columns that say what was installed


def version_of(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True,
                          text=True)
    return re.sub(r"^\d+:|[-+].*$", "", done.stdout)


def verdict(name, hoped, seen):
    """What the tests say whose names begin so; without a run, what is hoped for."""
    if seen is None:
        return hoped
    results = [ok for test, ok in seen.items() if test.startswith(name + ": ")]
    return "not seen" if not results else hoped if all(results) else "FAILS"


def cell(client, sort, seen):
    """The styles of a sort, by what came of them."""
    by_verdict = {}
    for style in client.styles:
        if style.sort == sort:
            hoped = "yes" if style.covered else "not covered"
            said = verdict(f"{client.name} {style.name}", hoped, seen)
            by_verdict.setdefault(said, []).append(f"`{style.name}`")
    return "; ".join(f"{said}: {', '.join(names)}" for said, names in by_verdict.items())


def made(clients, others, libcurls=None, seen=None):
    """The rows; without a run those that are hoped for."""
    for client, libcurl in zip(clients, libcurls or [""] * len(clients)):
        version = client.npm_version or version_of(client.main_package)
        yield [client.name, version, str(libcurl), client.how,
               *(cell(client, sort, seen) for sort in SORTS)]
    for other in others:
        hoped = "notices nothing"
        said = verdict(other.name, hoped, seen)
        yield [other.name, version_of(other.packages), "", other.how, said, "", ""]


def outline(rows):
    """What holds as long as nobody changes the matrix."""
    return "\n".join(" | ".join(row[: OF_A_RUN.start] + row[OF_A_RUN.stop :]) for row in rows)


def read():
    lines = README.read_text().split(BEGIN)[1].split(END)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def write(rows):
    lines = [HEAD, ["---"] * len(HEAD), *rows]
    table = "".join("| " + " | ".join(row) + " |\n" for row in lines)
    before, rest = README.read_text().split(BEGIN)
    README.write_text(before + BEGIN + table + END + rest.split(END)[1])
