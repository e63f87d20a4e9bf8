#!/usr/bin/env python3
"""test_hygiene_doors.py BUILD - whose libcurl, and by which door?

hygiene/host.c is a program without libcurl: plugins (RTLD_LOCAL, RTLD_DEEPBIND), dlsym, dlvsym and
dlmopen bring one in, or several. Each answer is told with the flavour of the handle that got it.
"""
import itertools
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "hygiene"))
sys.dont_write_bytecode = True
import house as h  # noqa: E402

LIBRARIES = {"openssl": "libcurl.so.4", "gnutls": "libcurl-gnutls.so.4", "nss": "libcurl-nss.so.4"}
PAIRS = list(itertools.permutations(LIBRARIES, 2))
TOO_OLD = "this libcurl has no curl_multi_poll: it is too old, nothing is managed"


def host(house):
    return house.build("host", "host.c", "-rdynamic", "-ldl")


def library(name):
    h.find_library(LIBRARIES[name])
    return LIBRARIES[name]


def plugin(house, name):
    return house.build(f"{name}.so", "plugin.c", "-shared", "-fPIC", f"-l:{library(name)}")


def ask(house, *words, **how):
    url = house.primary.url + h.stage.PATHS["openai"]
    return house.lines([host(house), url, h.BODY, *words], **how)


def served(*names):
    return [f"{name} 0 200 Hello from standin." for name in names]


def unmanaged(*names):
    return [f"{name} 0 503 nothing" for name in names]


def can_bind(flags):
    if flags == "deepbind":
        h.not_sanitized("the runtime allows no RTLD_DEEPBIND")


# --- plugins -------------------------------------------------------------------------------------


def a_plugin(house, flags, name):
    can_bind(flags)
    _, lines = ask(house, flags, plugin(house, name), "again")
    h.need_equal(lines, served(name, name))


def plugins_with_their_own_libcurls(house, flags, *names):
    can_bind(flags)
    _, lines = ask(house, flags, *[plugin(house, name) for name in names], "again", "again")
    h.need_equal(lines, served(*names * 3))


def a_plugin_that_is_closed(house, name):
    """With it goes its libcurl, as far as the process knows; ours is asked again all the same."""
    _, lines = ask(house, plugin(house, name), "unload", plugin(house, name), "unload", "again", plugin(house, name))
    h.need_equal(lines, served(name, name, name))


def a_plugin_that_is_closed_after_another(house, first, second):
    words = [plugin(house, first), "unload", plugin(house, second), "unload", plugin(house, first), "again"]
    _, lines = ask(house, *words)
    h.need_equal(lines, served(first, second, first, first))


# --- lookups -------------------------------------------------------------------------------------


def a_libcurl_by_dlsym(house, name):
    _, lines = ask(house, "sym=" + library(name), "again")
    h.need_equal(lines, served(name, name))


def two_libcurls_by_dlsym(house, *names):
    """One program can't be told from itself: at most one of them is served, both are themselves."""
    _, lines = ask(house, *["sym=" + library(name) for name in names], "again")
    h.need_equal([line.split()[0] for line in lines], [*names, *names], "whose handles")
    h.need_equal(lines[0::2], served(names[0], names[0]), "the first")
    h.need_equal({line.split()[1] for line in lines}, {"0"}, "codes")


def a_plugin_and_dlsym(house, of_plugin, by_name):
    _, lines = ask(house, plugin(house, of_plugin), "sym=" + library(by_name), "again")
    h.need_equal([line.split()[0] for line in lines], [of_plugin, by_name] * 2, "whose handles")
    h.need_equal(lines[0::2], served(of_plugin, of_plugin), "the plugin")


def a_libcurl_by_dlvsym(house, name):
    """Who asks for a version gets just that, and is not covered."""
    _, lines = ask(house, "vsym=" + library(name), "again")
    h.need_equal(lines, unmanaged(name, name))


def a_handle_by_dlvsym_and_the_rest_by_dlsym(house, name):
    _, lines = ask(house, "mixed=" + library(name), "again")
    h.need_equal(lines, unmanaged(name, name))


def spaced(house, wanted, *words):
    """Some libraries in two namespaces crash at the end, without us too: then that is no matter."""
    h.not_sanitized("the runtime is not made for two namespaces")
    command = [host(house), house.primary.url + h.stage.PATHS["openai"], h.BODY, *words, "again"]
    _, bare = house.run(command, preload=False)
    at, ours = house.run(command)
    h.need_equal(ours.stdout.splitlines(), wanted)
    if bare.returncode == 0:
        h.need_equal((ours.returncode, ours.stderr), (0, ""), "how it ended")
    return at


def a_namespace(house, name):
    """A preload is not in it. What is outside is covered, before and after."""
    spaced(house, [*served(name), *unmanaged(name)] * 2, plugin(house, name), "space=" + library(name))
    spaced(house, [*unmanaged(name), *served(name)] * 2, "space=" + library(name), plugin(house, name))


def a_namespace_and_dlsym(house, name):
    spaced(house, [*unmanaged(name), *served(name)] * 2, "space=" + library(name), "sym=" + library(name))


def the_loader_sees_who_asks(house):
    """RUNPATH, RTLD_NEXT, RTLD_DEFAULT and what dlerror says are those of the caller."""
    h.not_sanitized("the runtime's dlopen is no tail call")
    at = house.directory
    (at / "apart").mkdir(exist_ok=True)
    shared = ("tails.c", "-shared", "-fPIC")
    house.build("apart/libinner.so", *shared, "-DINNER")
    outer = house.build("libouter.so", *shared, "-DOUTER", f"-Wl,-rpath,{at}/apart", "-Wl,--enable-new-dtags")
    order = [house.build(f"lib{name.lower()}.so", *shared, f"-D{name}") for name in ("FIRST", "SECOND")]
    program = house.build("tails", "tails.c", "-Wl,--no-as-needed", *order, f"-Wl,-rpath,{at}")
    _, ours = house.same([program, outer])
    h.need("first, then second" in ours.stdout, ours.stdout)
    h.need("by its own path: 42\nin its own scope: 7\nouter: 0\nnot from here: 0" in ours.stdout, ours.stdout)


def no_libcurl_is_not_found(house):
    program = house.build("absent", "absent.c", "-ldl")
    _, ours = house.same([program, "looked"])
    h.need("by default curl_easy_init: why not is told" in ours.stdout, ours.stdout)


def a_libcurl_that_is_there_is_found(house):
    program = house.build("present", "absent.c", "-ldl", "-Wl,--no-as-needed", *h.WITH_CURL)
    _, ours = house.same([program, "looked"])
    h.need("by default curl_easy_init: there" in ours.stdout, ours.stdout)
    house.same([program, "called"])


def no_libcurl_by_weak_references(house):
    """They are resolved before anybody can say no; then each call fails."""
    _, lines = house.lines([house.build("absent", "absent.c", "-ldl"), "called"])
    h.need_equal(lines, ["handles: none none", "failed: 1 1 1 1", "failed: 1 1 1"])


# --- a libcurl that lacks what we need -----------------------------------------------------------


def old(house):
    """A directory with a libcurl.so.4 of old."""
    h.not_sanitized("the runtime is not made for two namespaces")
    library("gnutls")
    (house.directory / "versions").write_text("CURL_OPENSSL_4 { global: curl_*; local: *; };\n")
    place = house.directory / "old"
    place.mkdir(exist_ok=True)
    script = f"-Wl,--version-script={house.directory}/versions"
    return house.build("old/libcurl.so.4", "old.c", "-shared", "-fPIC", "-Wl,-soname,libcurl.so.4", script, "-ldl")


def said_once(at):
    h.need_equal(h.log_of(at).count(TOO_OLD), 1, "how often the log says so")


def an_old_libcurl_is_left_alone(house):
    directory = str(pathlib.Path(old(house)).parent)
    ask = [house.program(), house.primary.url + h.stage.PATHS["openai"], h.BODY]
    at, ours = house.same([*ask, "ask", "threads=16", "fork", "ask"], LD_LIBRARY_PATH=directory)
    h.need_equal(ours.stdout.splitlines()[0], "0 503 nothing")
    h.need(h.log_of(at).count(TOO_OLD) >= 1, h.log_of(at))
    at, _ = house.same([*ask, "ask", "ask", "ask"], LD_LIBRARY_PATH=directory)
    said_once(at)
    h.need(not (at / "page").exists(), "the page was made")


def an_old_libcurl_by_dlsym(house):
    at, lines = ask(house, "sym=" + old(house), "again")
    h.need_equal(lines, unmanaged("gnutls", "gnutls"))
    said_once(at)


def an_old_libcurl_beside_another(house):
    wanted = [*unmanaged("gnutls"), *served("nss")] * 2
    said_once(spaced(house, wanted, "sym=" + old(house), plugin(house, "nss")))


def cases():
    for flags in ("local", "deepbind"):
        for name in LIBRARIES:
            yield f"{flags}, {name}", a_plugin, (flags, name)
        for names in (*PAIRS, tuple(LIBRARIES)):
            yield f"{flags}, {', '.join(names)}", plugins_with_their_own_libcurls, (flags, *names)
    for name in LIBRARIES:
        for test in (
            a_plugin_that_is_closed,
            a_libcurl_by_dlsym,
            a_libcurl_by_dlvsym,
            a_handle_by_dlvsym_and_the_rest_by_dlsym,
            a_namespace,
            a_namespace_and_dlsym,
        ):
            yield name, test, (name,)
    for names in PAIRS:
        for test in (two_libcurls_by_dlsym, a_plugin_and_dlsym, a_plugin_that_is_closed_after_another):
            yield " and ".join(names), test, names
    for test in (
        the_loader_sees_who_asks,
        no_libcurl_is_not_found,
        a_libcurl_that_is_there_is_found,
        no_libcurl_by_weak_references,
        an_old_libcurl_is_left_alone,
        an_old_libcurl_by_dlsym,
        an_old_libcurl_beside_another,
    ):
        yield "", test, ()


if __name__ == "__main__":
    sys.exit(h.main(cases()))
