#!/usr/bin/env python3
"""lint.py BUILD - what a reviewer would nag about, said by a script.

Layers, sizes, banned functions, what the preload exports and needs, the README's table of
settings, the layout of the text. Prints `path:line: message` per finding; exit 1 if there is any.
"""
import pathlib
import re
import shutil
import subprocess
import sys

BUILD = pathlib.Path(sys.argv[1])
FUNCTION_MAX, FILE_MAX, HEADER_MAX, MCCABE_MAX = 50, 500, 100, 15
PUBLIC = "src/agent/understudy.h"  # says everything: it is the library's manual

# Who may include whom: arrows only downwards (design: the rooms).
BELOW = {
    "base": set(),
    "wire": {"base"},
    "conf": {"base"},
    "state": {"base"},
    "engine": {"base", "wire", "conf", "state"},
    "agent": {"base", "conf", "state", "engine"},
    "cli": {"base", "conf", "state", "engine", "agent"},
    "shim": {"base", "wire", "conf", "state", "engine"},
}

# Names a guest must not call, and where they are allowed all the same.
BANNED = {
    r"\b(strtod|strtof|atof|setlocale|sprintf|strcpy|strcat|gets|alloca|system|popen)\s*\(": set(),
    r"\b(exit|_exit|abort|assert)\s*\(": {"cli"},
    r"\b(printf|puts|putchar)\s*\(": {"cli"},
    r"\b(malloc|calloc|realloc|free|strdup)\s*\(": {"base/mem.c", "cli"},
    r"\b(clock_gettime|time|gettimeofday)\s*\(": {"base/clock.c", "base/rand.c", "cli"},
    r"\bpthread_atfork\s*\(": set(),  # musl has not what it needs: shim/fork.h
    r"#include <curl/": {"shim/real.h", "shim/newer.h", "agent/post.c", "cli"},
    r"#include <cjson/": {"base/json.h"},
    r"#include <hiredis": {"state/redis.c"},
    r"\b(TODO|FIXME|XXX)\b": set(),
}

findings = []


def say(path, line, text):
    findings.append(f"{path}:{line}: {text}")


def sources():
    for top in ("src", "shim"):
        yield from sorted(p for p in pathlib.Path(top).rglob("*") if p.suffix in (".c", ".h"))


def room(path):
    return "shim" if path.parts[0] == "shim" else path.parts[1]


def without_comments(text):
    keep_lines = lambda m: re.sub(r"[^\n]", " ", m.group())
    text = re.sub(r"/\*.*?\*/", keep_lines, text, flags=re.S)
    return re.sub(r'"(\\.|[^"\\\n])*"', lambda m: '"' + " " * (len(m.group()) - 2) + '"', text)


def check_layers(path, text):
    for n, line in enumerate(text.splitlines(), 1):
        m = re.match(r'#include "(\w+)/', line)
        if m and m.group(1) in BELOW and m.group(1) != room(path):
            if m.group(1) not in BELOW[room(path)]:
                say(path, n, f"{room(path)} may not know {m.group(1)}")


def check_banned(path, text, code):
    inside = str(path.relative_to(path.parts[0])) if path.parts[0] == "src" else str(path)
    for pattern, allowed in BANNED.items():
        if room(path) in allowed or inside in allowed or str(path) in allowed:
            continue
        where = text if "TODO" in pattern or "include" in pattern else code
        for n, line in enumerate(where.splitlines(), 1):
            m = re.search(pattern, line)
            if m and not re.search(r"(->|\.)\s*" + re.escape(m.group()), line):
                say(path, n, f"not here: {m.group().strip()}")


def functions(code):
    """Name, first line, body of each function: Linux braces put { and } in the first column."""
    lines = code.splitlines()
    start = None
    for n, line in enumerate(lines):
        if line == "{":
            start = n
        elif line == "}" and start is not None:
            head = start - 1
            while head > 0 and lines[head].startswith((" ", "\t")):
                head -= 1
            yield lines[head], head + 1, lines[start : n + 1]
            start = None


def check_sizes(path, text, code):
    length = text.count("\n")
    limit = HEADER_MAX if path.suffix == ".h" and str(path) != PUBLIC else FILE_MAX
    if length > limit:
        say(path, length, f"{length} lines; at most {limit}")
    for name, line, body in functions(code):
        branches = len(re.findall(r"\b(?:if|for|while|case)\b|&&|\|\||\?", "\n".join(body)))
        if len(body) - 2 > FUNCTION_MAX:
            say(path, line, f"function of {len(body) - 2} lines; at most {FUNCTION_MAX}")
        if branches + 1 > MCCABE_MAX and "switch" not in "\n".join(body):
            say(path, line, f"complexity {branches + 1}; at most {MCCABE_MAX}: {name.strip()}")


def check_width(path, text):
    for n, line in enumerate(text.splitlines(), 1):
        if len(line.expandtabs(8)) > 100:
            say(path, n, "wider than 100 columns")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def check_preload():
    so = BUILD / "libunderstudy-preload.so"
    hooks = re.findall(r"^(?:HOOK|BOTH)\((\w+)\)", pathlib.Path("shim/symbols.def").read_text(), re.M)
    expected = {"dlopen", "dlsym"} | {"curl_" + h for h in hooks}
    exported = {line.split()[-1] for line in run("nm", "-D", "--defined-only", so).splitlines()}
    for name in sorted(expected ^ exported):
        say(so, 0, f"exported and hooked differ in {name}")
    dynamic = run("readelf", "-d", so)
    needed = re.findall(r"NEEDED.*\[(.*)\]", dynamic)
    if needed != ["libc.so.6"]:
        say(so, 0, f"needs {needed}; only libc is allowed")
    strong = re.findall(r" U (\w+)", run("nm", "-D", "--undefined-only", so))
    for name in sorted({"__register_atfork", "dlvsym", "dladdr1"} & set(strong)):
        say(so, 0, f"{name} must be a weak reference: musl programs would not start")
    if "TEXTREL" in dynamic:
        say(so, 0, "has text relocations")


def check_library():
    so = BUILD / "libunderstudy.so"
    declared = set(re.findall(r"^UNDERSTUDY_API[^;(]*?\b(understudy_\w+)\(", pathlib.Path(PUBLIC).read_text(), re.M))
    exported = {line.split()[-1].split("@")[0] for line in run("nm", "-D", "--defined-only", so).splitlines()}
    for name in sorted(declared ^ (exported - {"UNDERSTUDY_0"})):
        say(so, 0, f"exported and declared differ in {name}")
    manual = pathlib.Path("src/agent/understudy.3").read_text()
    for name in sorted(declared):
        if name not in manual:
            say("src/agent/understudy.3", 0, f"lacks {name}")
    needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", so))
    if not set(needed) <= {"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}:
        say(so, 0, f"needs {needed}; only libc is allowed")


def options():
    text = pathlib.Path("src/conf/options.def").read_text()
    row = r'X\((\w+),\s*(\w+),\s*"([^"]*)",[^"]*"(\w+)",\s*"([^"]*)"\)'
    return re.findall(row, text)


def check_readme():
    readme = pathlib.Path("README.md").read_text()
    for _, _, default, name, text in options():
        row = f"| `UNDERSTUDY_{name}` | {'`' + default + '`' if default else ''} | {text} |"
        if row not in readme:
            say("README.md", 0, f"the table of settings lacks the row: {row}")


def check_layout():
    tool = shutil.which("clang-format")
    if not tool or " 14." not in run(tool, "--version"):
        print("lint: layout not checked: it is that of clang-format 14")
        return
    files = [str(p) for p in sources()]
    files += [str(p) for p in pathlib.Path("tests").rglob("*.[ch]")]
    result = subprocess.run([tool, "--dry-run", *files], capture_output=True, text=True)
    for line in result.stderr.splitlines():
        if "warning:" in line:
            findings.append(line)


for source in sources():
    content = source.read_text()
    bare = without_comments(content)
    check_layers(source, content)
    check_banned(source, content, bare)
    check_sizes(source, content, bare)
    check_width(source, content)
check_preload()
check_library()
check_readme()
check_layout()
print("\n".join(findings) or "lint: clean")
sys.exit(1 if findings else 0)
