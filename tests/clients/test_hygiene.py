#!/usr/bin/env python3
"""test_hygiene.py BUILD - a guest in other people's processes leaves no mark

What the host's process is made of stays as it was, and programs that are none of our business, or
beyond our reach, run as they do without the preload.
"""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "hygiene"))
sys.dont_write_bytecode = True
import house as h  # noqa: E402

MUSL = ("musl-gcc", "-D_GNU_SOURCE", "-g", "-O1")
NARROW = ("gcc", "-m32", "-D_GNU_SOURCE", "-g", "-O1")


def host(house):
    return house.build("host", "host.c", "-rdynamic", "-ldl")


def plugin(house):
    return house.build("openssl.so", "plugin.c", "-shared", "-fPIC", "-l:libcurl.so.4")


def ask(house, *words):
    url = house.primary.url + h.stage.PATHS["openai"]
    return house.lines([host(house), url, h.BODY, *words])


def served(n=1):
    return ["openssl 0 200 Hello from standin."] * n


# --- the host's process --------------------------------------------------------------------------


def a_child_that_does_not_exec(house):
    _, lines = ask(house, plugin(house), "fork")
    h.need_equal(lines, [*served(2), "child 0", *served()])


def nothing_changes_in_the_process(house):
    _, lines = ask(house, plugin(house), "again", "again", "again", "quirks")
    h.need_equal(lines, [*served(4), "no quirks"])


def a_child_gets_no_descriptor(house):
    _, lines = ask(house, plugin(house), "again", "list")
    h.need_equal(lines[2:], ["0", "1", "2", "3"], "descriptors, one of them of the command itself")


def a_host_that_closes_all_descriptors(house):
    at, lines = ask(house, plugin(house), "close", "again", "again")
    h.need_equal(lines, served(3))
    h.need_equal((at / "mine").read_text(), "", "the host's own file")
    h.need_log(at, "call 3: ended")


def errno_stays(house):
    house.same([host(house), "", "", "errno"])


# --- programs without an LLM ---------------------------------------------------------------------


def a_process_without_libcurl(house, *command):
    try:
        house.run(command, preload=False)
    except subprocess.TimeoutExpired:
        raise h.Skip(f"{command[0]} hangs under a sanitizer's runtime") from None
    at, _ = house.same(command)
    h.need_equal(list(at.iterdir()), [], "files it made")


def turned_off_it_is_not_there(house):
    """Its provider is down, and the program sees that."""
    url = house.primary.url + h.stage.PATHS["openai"]
    for program, words in (
        (house.program(), ("ask", "threads=16", "fork", "vfork", "ask", "pipe")),
        (host(house), (plugin(house), "sym=libcurl.so.4", "deepbind", "again")),
        (host(house), ("errno",)),
    ):
        if "deepbind" not in words or not h.stage.is_sanitized(h.BUILD):
            at, _ = house.same([program, url, h.BODY, *words], UNDERSTUDY_OFF="1")
            h.need_equal(list(at.iterdir()), [], "files it made")


# --- programs beyond our reach -------------------------------------------------------------------


def stranger(house, name, *flags, compiler=h.CC):
    return house.build(name, "stranger.c", *flags, compiler=list(compiler))


def strange(house, *command, what="7"):
    h.not_sanitized("the runtime is not for such programs")
    at, ours = house.same([*command, what])
    h.need_equal(ours.returncode, 7, "exit status")
    h.need_equal(list(at.iterdir()), [], "files it made")
    return ours.stdout


def a_static_program(house):
    strange(house, stranger(house, "static", "-static", "-DSTATIC"))


def a_static_position_independent_program(house):
    strange(house, stranger(house, "static-pie", "-static-pie", "-DSTATIC"))


def a_setuid_program(house):
    """Its ld.so takes no preload from strangers, and says nothing."""
    if not h.is_root():
        raise h.Skip("needs root")
    program = stranger(house, "setuid")
    os.chown(program, 65534, 65534)
    os.chmod(program, 0o4755)
    out = strange(house, program)
    if not out.startswith("7 -"):
        raise h.Skip("the kernel ignores setuid here")


def a_musl_program(house):
    strange(house, stranger(house, "musl", compiler=MUSL))


def a_static_musl_program(house):
    strange(house, stranger(house, "musl-static", "-static", "-DSTATIC", compiler=MUSL))


def a_musl_program_with_a_libcurl_of_its_own(house):
    """The loader gives it our functions; they pass everything on."""
    soname = "-Wl,-soname,libcurl.so.4"
    library = stranger(house, "libcurl.so.4", "-DLIBRARY", "-shared", "-fPIC", soname, compiler=MUSL)
    linked = ("-DCURL", library, f"-Wl,-rpath,{house.directory}")
    out = strange(house, stranger(house, "musl-curl", *linked, compiler=MUSL))
    h.need("libcurl says 42 42 0" in out and "cleaned up: 1" in out, out)


def a_musl_shell_and_its_children(house):
    program = stranger(house, "musl", compiler=MUSL)
    out = strange(house, "sh", "-c", f'{program} 3; echo "$?"; ls / | wc -l; exit "$0"')
    h.need("\n3\n" in out, out)


def narrow(house):
    """A way to run a 32-bit program, and it; what its ld.so says goes to stderr."""
    program = stranger(house, "narrow", compiler=NARROW)
    for way in ((), ("qemu-i386", "-L", "/")):
        try:
            if subprocess.run([*way, program, "7"], capture_output=True, timeout=20).returncode == 7:
                return way, program
        except OSError:
            pass
    raise h.Skip("this kernel runs no 32-bit programs, and there is no qemu-i386")


def a_narrow_program(house):
    """ld.so ignores what does not fit, in one line; the program is as it was."""
    h.not_sanitized("the runtime does not fit either")
    way, program = narrow(house)
    ours = h.stage.preload(h.BUILD)
    command = [*way, program, "7"]
    _, bare = house.run(command, preload=False)
    command[len(way) : len(way)] = ["-E", f"LD_PRELOAD={ours}"] if way else ["env", f"LD_PRELOAD={ours}"]
    _, done = house.run(command, preload=False)
    h.need_equal((done.returncode, done.stdout), (bare.returncode, bare.stdout))
    said = [line for line in done.stderr.splitlines() if line not in bare.stderr.splitlines()]
    h.need_equal(len(said), 1, f"lines more on stderr: {said}")
    h.need(ours in said[0] and "ignored" in said[0], said[0])


def cases():
    for test in (
        a_child_that_does_not_exec,
        nothing_changes_in_the_process,
        a_child_gets_no_descriptor,
        a_host_that_closes_all_descriptors,
        errno_stays,
        turned_off_it_is_not_there,
        a_static_program,
        a_static_position_independent_program,
        a_setuid_program,
        a_musl_program,
        a_static_musl_program,
        a_musl_program_with_a_libcurl_of_its_own,
        a_musl_shell_and_its_children,
        a_narrow_program,
    ):
        yield "", test, ()
    for command in (
        ["ls", "-la", "/etc"],
        ["sh", "-c", "echo out; echo err >&2; ls /proc/self/fd; umask; exit 3"],
        ["sh", "-c", "cat /etc/hostname | tr a-z A-Z | (read x; echo $x)"],
        ["cat", "/no/such/file"],
        ["curl", "--version"],
        ["curl", "-sS", "file:///etc/hostname"],
        ["curl", "-sS", "http://127.0.0.1:1/v1/models"],
    ):
        yield " ".join(command), a_process_without_libcurl, command


if __name__ == "__main__":
    sys.exit(h.main(cases()))
