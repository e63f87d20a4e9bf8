#!/usr/bin/env python3
"""test_hygiene_rough.py BUILD - places where it is hard to be a guest

hygiene/rough.c is linked with libcurl and asks from threads, small stacks, children, under signals
and where much is forbidden. With its provider well it must do what it does without the preload; with
its provider down it must be served, or, where we lack what we need, see its provider's failure.
"""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "hygiene"))
sys.dont_write_bytecode = True
import house as h  # noqa: E402

PRIVATE = "the breaker is this process's alone"
LOCALE = """LC_NUMERIC
decimal_point "<U002C>"
thousands_sep "<U002E>"
grouping 3;3
END LC_NUMERIC
"""


# --- threads, stacks, children -------------------------------------------------------------------


def a_thousand_threads_come_and_go(house, *way):
    _, lines = house.lines(
        [house.program(), house.primary.url + h.stage.PATHS["openai"], h.BODY, *way, "threads=1000"], timeout=60
    )
    h.need_equal(lines, ["1000 times: " + h.served()[0]])


def threads_of_a_healthy_provider(house, *way):
    house.ask(house.program(), *way, "threads=64")


def a_coroutine_of_64_kib(house, *way):
    h.not_sanitized("frames are larger")
    _, lines = house.ask(house.program(), *way, "coroutine=64", "coroutine=64")
    h.need_equal(lines, h.served(2))


def a_coroutine_uses_little_of_its_stack(house, *way):
    """The first call reads the settings too."""
    h.not_sanitized("frames are larger")
    program = house.program()
    _, bare = house.lines(
        [program, house.healthy.url + h.stage.PATHS["openai"], h.BODY, *way, "coroutine=256"], preload=False, STACK="1"
    )
    _, ours = house.lines(
        [program, house.primary.url + h.stage.PATHS["openai"], h.BODY, *way, "coroutine=256"], STACK="1"
    )
    used = [int(lines[-1].split()[1]) for lines in (bare, ours)]
    h.need(used[1] <= used[0] + (20 << 10), f"without us {used[0]} bytes of stack, with us {used[1]}")


def children(house, *way):
    h.not_cross("a child that execs is of this machine")
    _, lines = house.ask(house.program(), *way, "ask", "fork", "vfork", "spawn", "ask")
    h.need_equal(lines, [*h.served(2), "child 0", "by vfork", "child 0", "by spawn", "child 0", *h.served()])


def a_child_asks_first(house, *way):
    _, lines = house.ask(house.program(), *way, "fork", "ask")
    h.need_equal(lines, [*h.served(), "child 0", *h.served()])


def a_daemon_without_descriptors(house, *way):
    at, lines = house.ask(house.program(), *way, "daemon")
    h.need_equal(lines, ["daemon 0"])
    h.need_equal((at / "result").read_text().splitlines(), h.served(2), "the daemon's answers")


# --- signals -------------------------------------------------------------------------------------


def a_signal_every_millisecond(house, *way):
    _, lines = house.ask(house.program(), *way, "alarm", "ask", "ask", "ask")
    h.need_equal(lines, h.served(3))


def sigpipe_is_as_it_was(house, *way):
    _, lines = house.ask(house.program(), *way, "ask", "pipe")
    h.need_equal(lines[1:], ["SIGPIPE is default, open, not pending", "a write to nobody: signal 13"])


def a_log_that_nobody_reads_kills_nobody(house, *way):
    """What we write there is not the program's doing."""
    _, lines = house.ask(house.program(), *way, "deaf", "ask", "ask", "pipe", UNDERSTUDY_LOG="debug")
    h.need_equal(lines[:2], h.served(2))
    h.need_equal(lines[2:], ["SIGPIPE is default, open, not pending", "a write to nobody: signal 13"])


def exit_within_a_callback(house, *way):
    program = house.program()
    for provider in (house.healthy, house.primary):
        ask = [program, provider.url + h.stage.PATHS["openai"], h.BODY, *way, "exit"]
        _, bare = house.run([*ask[:1], house.healthy.url + h.stage.PATHS["openai"], *ask[2:]], preload=False)
        _, ours = house.run(ask)
        h.need_equal((ours.returncode, ours.stdout, ours.stderr), (bare.returncode, bare.stdout, bare.stderr))
        h.need_equal((ours.returncode, ours.stdout), (3, "goodbye\n"))


# --- what is missing or forbidden ----------------------------------------------------------------


def served_without_a_page(house, at, lines, n=2):
    h.need_equal(lines, h.served(n))
    h.need_equal(h.log_of(at).count(PRIVATE), 1, "how often the log says so")


def a_state_directory_without_parent(house):
    at, lines = house.ask(house.program(), "ask", "ask", UNDERSTUDY_STATE="/no/such/place/state")
    served_without_a_page(house, at, lines)


def a_state_directory_that_is_a_file(house):
    at, lines = house.ask(house.program(), "ask", "ask", UNDERSTUDY_STATE=str(house.config))
    served_without_a_page(house, at, lines)


def a_state_directory_open_to_all(house):
    place = house.directory / "public"
    place.mkdir(exist_ok=True)
    place.chmod(0o777)
    at, lines = house.ask(house.program(), "ask", "ask", UNDERSTUDY_STATE=str(place))
    served_without_a_page(house, at, lines)
    h.need_equal(list(place.iterdir()), [], "files in it")


def a_state_directory_by_symlink(house):
    place, link = house.directory / "mine", house.directory / "link"
    place.mkdir(mode=0o700, exist_ok=True)
    link.symlink_to(place)
    at, lines = house.ask(house.program(), "ask", "ask", UNDERSTUDY_STATE=str(link))
    served_without_a_page(house, at, lines)
    h.need_equal(list(place.iterdir()), [], "files in it")


def mounted(house, options, place):
    """A command's beginning: what follows runs where `place` is a file system of its own."""
    h.not_cross("it would be the emulator's")
    place.mkdir(mode=0o700, exist_ok=True)
    script = f'mount -t tmpfs -o {options},mode=700 none {place} && exec "$0" "$@"'
    command = ["unshare", "-m" if h.is_root() else "-rm", "sh", "-c", script]
    if subprocess.run([*command, "true"], capture_output=True, timeout=20).returncode:
        raise h.Skip("nothing can be mounted here")
    return command


def asked_where_mounted(house, options):
    place = house.directory / "mounted"
    command = mounted(house, options, place)
    ask = [house.program(), house.primary.url + h.stage.PATHS["openai"], h.BODY, "ask", "ask"]
    at, lines = house.lines([*command, *ask], UNDERSTUDY_STATE=str(place))
    served_without_a_page(house, at, lines)


def a_state_directory_that_is_full(house):
    asked_where_mounted(house, "size=4k")


def a_state_directory_without_room_for_a_name(house):
    asked_where_mounted(house, "nr_inodes=1")


def a_state_directory_that_is_read_only(house):
    asked_where_mounted(house, "ro")


def a_limit_on_the_size_of_files(house, size):
    """SIGXFSZ would be the program's death; its log has no room either."""
    at, lines = house.ask(house.program(), f"fsize={size}", "ask", "ask")
    h.need_equal(lines, h.served(2))
    left = [p.name for p in (at / "page").glob(".new*")] if (at / "page").exists() else []
    h.need_equal(left, [], "temporary files")


def chroot(house, *way):
    h.not_cross("it would be the emulator's")
    if not h.is_root():
        raise h.Skip("needs root")
    place = house.directory / "jail"
    place.mkdir(exist_ok=True)
    settings = {"UNDERSTUDY_CONFIG": "", "UNDERSTUDY_FALLBACKS": "anthropic@" + house.standin.url}
    _, lines = house.ask(house.program(), *way, f"chroot={place}", "ask", "ask", **settings)
    h.need_equal(lines, h.served(2))
    h.need_equal(list(place.iterdir()), [], "what it left there")
    _, lines = house.ask(house.program(), *way, "ask", f"chroot={place}", "ask", "fork", **settings)
    h.need_equal(lines, [*h.served(3), "child 0"])


def a_filter_that_refuses(house, *way):
    h.not_sanitized("the runtime wants what the filter forbids")
    h.not_cross("filters are not for the program")
    at, lines = house.ask(house.program(), *way, "forbid=errno", "ask", "ask")
    h.need_equal(lines, h.served(2))
    h.need_equal(h.log_of(at), "", "the log, which can't be made")
    h.need(not (at / "page").exists(), "the page was made")


def a_filter_that_kills(house, *way):
    h.not_sanitized("the runtime wants what the filter forbids")
    h.not_cross("filters are not for the program")
    _, lines = house.ask(house.program(), *way, "forbid=kill", "ask", "ask", "fork")
    h.need_equal(lines, [*h.served(3), "child 0"])


# --- a comma -------------------------------------------------------------------------------------


def make_locale(house):
    h.not_cross("locales are of another machine")
    place, source = house.directory / "locales", house.directory / "comma"
    source.write_text(LOCALE)
    place.mkdir(exist_ok=True)
    command = ["localedef", "--no-archive", "-c", "-i", source, place / "comma"]
    try:
        subprocess.run(command, capture_output=True, timeout=60)
    except FileNotFoundError:
        raise h.Skip("localedef is not installed") from None
    if not (place / "comma/LC_NUMERIC").exists():
        raise h.Skip("localedef can't make a locale here")
    return {"LOCPATH": str(place), "LC_ALL": "C"}


def a_locale_with_a_comma(house):
    """Numbers of the translated request, and of the answer, keep their points."""
    settings = make_locale(house)
    program = house.program()
    house.ask(program, "locale=comma", "ask", **settings)
    body = h.BODY[:-1] + ',"temperature":0.25,"top_p":0.5,"seed":12345678901234567890}'
    house.standin.new_requests()
    ask = [program, house.primary.url + h.stage.PATHS["openai"], body, "locale=comma", "ask"]
    _, lines = house.lines(ask, **settings)
    h.need_equal(lines, ["set: 0,5", *h.served()])
    (request,) = house.standin.new_requests()
    sent = request["body"] if isinstance(request["body"], dict) else json.loads(request["body"])
    h.need_equal(sent.get("temperature"), 0.25, "temperature")


EVERY_WAY = [
    a_thousand_threads_come_and_go, threads_of_a_healthy_provider, a_coroutine_of_64_kib,
    a_coroutine_uses_little_of_its_stack, children, a_child_asks_first, a_daemon_without_descriptors,
    a_signal_every_millisecond, sigpipe_is_as_it_was, a_log_that_nobody_reads_kills_nobody,
    exit_within_a_callback, a_filter_that_refuses, a_filter_that_kills, chroot,
]  # fmt: skip
ONCE = [
    a_state_directory_without_parent, a_state_directory_that_is_a_file,
    a_state_directory_open_to_all, a_state_directory_by_symlink, a_state_directory_that_is_full,
    a_state_directory_without_room_for_a_name, a_state_directory_that_is_read_only,
    a_locale_with_a_comma,
]  # fmt: skip


def cases():
    for test in EVERY_WAY:
        yield "", test, ()
        yield "by a multi", test, ("multi",)
    yield from (("", test, ()) for test in ONCE)
    for size in (0, 100, 3000):
        yield str(size), a_limit_on_the_size_of_files, (size,)


if __name__ == "__main__":
    sys.exit(h.main(cases()))
