#!/usr/bin/env python3
"""test_hygiene.py BUILD - a guest in other people's processes leaves no mark

hygiene/host.c is a program without libcurl; plugins and dlsym bring it in, or two of them. What it
prints is known, or compared with what it prints without the preload.
"""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "scenario"))
import stage  # noqa: E402

BUILD = sys.argv[1]
LIBRARIES = {"openssl": "libcurl.so.4", "gnutls": "libcurl-gnutls.so.4"}
CC = "gcc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -Werror -g -O1".split()
BODY = '{"model":"gpt-4o","messages":[{"role":"user","content":"Are you there?"}]}'
CONFIG = """{
	// read by a cJSON of ours, not by the host's
	"fallbacks": ["anthropic:claude-haiku-4-5@%s"],
	"breaker": "5/60s" /* the usual */
}
"""


class Wrong(Exception):
    pass


class Skip(Exception):
    pass


def need_equal(got, wanted, what="what it printed"):
    if got != wanted:
        raise Wrong(f"{what}: {got}"[:4000], f"but it should be: {wanted}"[:4000])


class House:
    """A directory with the host and its plugins, a provider that is down, one that stands in."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.host = str(self.directory / "host")
        source = HERE / "hygiene/host.c"
        subprocess.run([*CC, "-rdynamic", "-o", self.host, source, "-ldl"], check=True)
        self.plugins = {}
        for name, library in LIBRARIES.items():
            path = str(self.directory / f"{name}.so")
            source = HERE / "hygiene/plugin.c"
            command = [*CC, "-shared", "-fPIC", "-o", path, source, f"-l:{library}"]
            if subprocess.run(command, capture_output=True).returncode == 0:
                self.plugins[name] = path
        self.primary = stage.Provider(BUILD, "primary", "503")
        self.standin = stage.Provider(BUILD, "standin")
        self.config = self.directory / "understudy.json"
        self.config.write_text(CONFIG % self.standin.url)
        self.runs = 0

    def close(self):
        self.primary.close()
        self.standin.close()

    def plugin(self, name):
        if name not in self.plugins:
            raise Skip(f"{LIBRARIES[name]} is not installed")
        return self.plugins[name]

    def library(self, name):
        self.plugin(name)
        return LIBRARIES[name]

    def run(self, command, preload=True, **settings):
        """Each run has a state of its own."""
        self.runs += 1
        at = self.directory / f"run{self.runs}"
        at.mkdir()
        env = stage.environment(
            BUILD,
            at,
            UNDERSTUDY_CONFIG=str(self.config),
            UNDERSTUDY_LOG=f"debug:{at}/log",
            **settings,
        )
        env["LD_PRELOAD"] = stage.preload(BUILD) if preload else stage.runtime(BUILD)
        return at, subprocess.run(
            command, env=env, cwd=at, stdin=subprocess.DEVNULL, capture_output=True, timeout=20
        )

    def ask(self, *words, preload=True):
        """(directory, lines) of the host; it must end well."""
        url = self.primary.url + stage.PATHS["openai"]
        at, done = self.run([self.host, url, BODY, *words], preload)
        if done.returncode or done.stderr:
            raise Wrong(f"exit {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return at, done.stdout.decode().splitlines()


def served(*names):
    return [f"{name} 0 200 Hello from standin." for name in names]


# --- whose libcurl -------------------------------------------------------------------------------


def can_bind(flags):
    if flags == "deepbind" and stage.is_sanitized(BUILD):
        raise Skip("a sanitizer's runtime allows no RTLD_DEEPBIND")


def a_plugin(house, flags, name):
    can_bind(flags)
    _, lines = house.ask(flags, house.plugin(name), "again")
    need_equal(lines, served(name, name))


def plugins_with_two_libcurls(house, flags, *names):
    can_bind(flags)
    _, lines = house.ask(flags, *[house.plugin(name) for name in names], "again", "again")
    need_equal(lines, served(*names * 3))


def a_libcurl_by_dlsym(house, name):
    _, lines = house.ask("sym=" + house.library(name), "again")
    need_equal(lines, served(name, name))


def two_libcurls_by_dlsym(house, *names):
    """One program can't be told from itself: at most one of them is served, both are themselves."""
    words = ["sym=" + house.library(name) for name in names]
    _, lines = house.ask(*words, "again")
    need_equal([line.split()[0] for line in lines], [*names, *names], "whose handles")
    need_equal(lines[0::2], served(names[0], names[0]), "the first")
    need_equal({line.split()[1] for line in lines}, {"0"}, "codes")


def a_plugin_and_dlsym(house, plugin, library):
    _, lines = house.ask(house.plugin(plugin), "sym=" + house.library(library), "again")
    need_equal([line.split()[0] for line in lines], [plugin, library] * 2, "whose handles")
    need_equal(lines[0::2], served(plugin, plugin), "the plugin")


# --- the host's process --------------------------------------------------------------------------


def a_child_that_does_not_exec(house):
    plugin = house.plugin("openssl")
    _, lines = house.ask(plugin, "fork")
    need_equal(lines, [*served("openssl"), *served("openssl"), "child 0", *served("openssl")])


def nothing_changes_in_the_process(house):
    _, lines = house.ask(house.plugin("openssl"), "again", "again", "again", "quirks")
    need_equal(lines, [*served(*["openssl"] * 4), "no quirks"])


def a_child_gets_no_descriptor(house):
    _, lines = house.ask(house.plugin("openssl"), "again", "list")
    need_equal(lines[2:], ["0", "1", "2", "3"], "descriptors, one of them of the command itself")


def a_host_that_closes_all_descriptors(house):
    at, lines = house.ask(house.plugin("openssl"), "close", "again", "again")
    need_equal(lines, served(*["openssl"] * 3))
    need_equal((at / "mine").read_text(), "", "the host's own file")
    if "call 3: ended" not in (at / "log").read_text():
        raise Wrong("the log has ended")


def errno_stays(house):
    house.plugin("openssl")
    _, bare = house.ask("errno", preload=False)
    _, ours = house.ask("errno")
    need_equal(ours, bare)


def a_process_without_libcurl(house, command):
    try:
        _, bare = house.run(command, preload=False)
    except subprocess.TimeoutExpired:
        raise Skip(f"{command[0]} hangs under a sanitizer's runtime") from None
    if bare.returncode < 0:
        raise Skip(f"{command[0]} dies under a sanitizer's runtime")
    at, ours = house.run(command)
    for name in ("returncode", "stdout", "stderr"):
        need_equal(getattr(ours, name), getattr(bare, name), name)
    need_equal(list(at.iterdir()), [], "files it made")


def cases():
    for flags in ("local", "deepbind"):
        for name in LIBRARIES:
            yield f"{flags}, {name}", a_plugin, (flags, name)
        for names in (("openssl", "gnutls"), ("gnutls", "openssl")):
            yield f"{flags}, {', '.join(names)}", plugins_with_two_libcurls, (flags, *names)
    for name in LIBRARIES:
        yield name, a_libcurl_by_dlsym, (name,)
    for names in (("openssl", "gnutls"), ("gnutls", "openssl")):
        yield " and ".join(names), two_libcurls_by_dlsym, names
        yield " and ".join(names), a_plugin_and_dlsym, names
    yield "", a_child_that_does_not_exec, ()
    yield "", nothing_changes_in_the_process, ()
    yield "", a_child_gets_no_descriptor, ()
    yield "", a_host_that_closes_all_descriptors, ()
    yield "", errno_stays, ()
    for command in (
        ["ls", "-la", "/etc"],
        ["sh", "-c", "echo out; echo err >&2; ls /proc/self/fd; umask; exit 3"],
        ["sh", "-c", "cat /etc/hostname | tr a-z A-Z | (read x; echo $x)"],
        ["cat", "/no/such/file"],
        ["curl", "--version"],
        ["curl", "-sS", "file:///etc/hostname"],
    ):
        yield " ".join(command), a_process_without_libcurl, (command,)


def main():
    tap = stage.Tap()
    with tempfile.TemporaryDirectory(prefix="understudy-hygiene-") as directory:
        house = House(directory)
        for label, test, args in cases():
            name = test.__name__.replace("_", " ") + (f": {label}" if label else "")
            if len(sys.argv) > 2 and sys.argv[2] not in name:
                continue
            try:
                test(house, *args)
                tap.result(name)
            except Wrong as e:
                tap.result(name, e.args)
            except Skip as e:
                tap.result(name, skip=e)
        house.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
