"""readme.py - the README's table of clients, from what a run of the matrix has shown"""
import pathlib
import re
import subprocess

from matrix import SORTS

README = pathlib.Path("README.md")
BEGIN, END = "<!-- clients -->\n", "<!-- /clients -->\n"
HEAD = f"| client | version | its libcurl | calls it | {' | '.join(SORTS)} |\n" \
    f"|{'---|' * (4 + len(SORTS))}\n"


def version_of(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
    return re.sub(r"^\d+:|[-+].*$", "", done.stdout)


def cell(client, sort, seen):
    """The styles of a sort; what did not work is said."""
    words = []
    for style in client.styles:
        if style.sort == sort:
            results = [ok for name, ok in seen.items()
                       if name.startswith(f"{client.name} {style.name}: ")]
            verdict = ("yes" if style.covered else "not covered") if all(results) else "FAILS"
            words.append(f"{verdict}: `{style.name}`")
    return ", ".join(words)


def write(clients, seen):
    rows = []
    for client, version in clients:
        if version:
            cells = [client.name, version_of(client.main_package), version, client.how]
            rows.append("| " + " | ".join(cells + [cell(client, sort, seen) for sort in SORTS]) + " |\n")
    text = README.read_text()
    before, rest = text.split(BEGIN)
    README.write_text(before + BEGIN + HEAD + "".join(rows) + END + rest.split(END)[1])
