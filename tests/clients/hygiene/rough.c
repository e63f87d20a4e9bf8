/* rough.c - a program linked with libcurl that is a hard place for a guest
 *
 *   rough URL BODY WORD...
 *
 *   multi             from now on asks by a multi of its own: perform, poll, info_read
 *   ask               asks, and prints code, status and the greeting
 *   threads=N         N threads one after the other, eight at a time, each asks once and is gone
 *   coroutine=KIB     asks on a stack of that size with nothing behind it
 *   alarm             from now on a signal every millisecond, which interrupts what it can
 *   pipe              tells whether SIGPIPE is what it was, and still kills
 *   deaf              stderr is a pipe that nobody reads, from now on
 *   fork vfork spawn  asks in a child; runs a command by vfork and exec, by posix_spawn
 *   daemon            goes on in a child without terminal and descriptors; the answer is in a file
 *   chroot=DIR        lives there from now on
 *   fsize=N           may write files of N bytes at most
 *   forbid=HOW        a seccomp filter: "errno" for what changes files, "kill" for what is exotic
 *   locale=NAME       sets it, and tells the decimal point
 *   exit              asks, and ends within the write callback
 */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define AT_ONCE 8

static const char *url, *body;
static bool exits, by_multi;

/* --- asking ---------------------------------------------------------------------------------- */

struct answer {
	CURLcode code;
	long status;
	char hello[32];
};

static size_t take(char *p, size_t size, size_t n, void *data)
{
	char *hello = data;
	const char *at = memmem(p, size * n, "Hello from ", 11);

	if (at)
		snprintf(hello, 20, "%.*s", (int)(p + size * n - at), at);
	if (exits)
		exit(3);
	return size * n;
}

static CURLcode perform_in_multi(CURL *h)
{
	CURLM *m = curl_multi_init();
	CURLcode code = CURLE_FAILED_INIT;
	int running = 1, left;
	CURLMsg *msg;

	curl_multi_add_handle(m, h);
	while (running && curl_multi_perform(m, &running) == CURLM_OK)
		if (running)
			curl_multi_poll(m, NULL, 0, 1000, NULL);
	while ((msg = curl_multi_info_read(m, &left)))
		if (msg->easy_handle == h && msg->msg == CURLMSG_DONE)
			code = msg->data.result;
	curl_multi_remove_handle(m, h);
	curl_multi_cleanup(m);
	return code;
}

static struct answer get(void)
{
	CURL *h = curl_easy_init();
	struct curl_slist *key = curl_slist_append(NULL, "Authorization: Bearer sk-key-of-openai");
	struct answer a = { CURLE_FAILED_INIT, 0, "nothing" };

	key = curl_slist_append(key, "Content-Type: application/json");
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, key);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, a.hello);
	a.code = by_multi ? perform_in_multi(h) : curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &a.status);
	curl_easy_cleanup(h);
	curl_slist_free_all(key);
	return a;
}

static void tell(FILE *to, struct answer a)
{
	fprintf(to, "%d %ld %s\n", (int)a.code, a.status, a.hello);
	fflush(to);
}

static void ask(const char *arg) { tell(stdout, get()); }

static void use_multi(const char *arg) { by_multi = true; }

/* --- threads and stacks ---------------------------------------------------------------------- */

static void *ask_in_thread(void *answer)
{
	*(struct answer *)answer = get();
	return NULL;
}

/* Prints each answer that was given, and how often. */
static void ask_in_threads(const char *arg)
{
	int n = atoi(arg), same = 0;
	struct answer first = { CURLE_OK, 0, "" }, a[AT_ONCE];
	pthread_t t[AT_ONCE];

	for (int done = 0; done < n; done += AT_ONCE) {
		for (int i = 0; i < AT_ONCE; i++)
			pthread_create(&t[i], NULL, ask_in_thread, &a[i]);
		for (int i = 0; i < AT_ONCE; i++) {
			pthread_join(t[i], NULL);
			if (done + i == 0)
				first = a[i];
			if (a[i].code == first.code && strcmp(a[i].hello, first.hello) == 0)
				same++;
			else
				tell(stdout, a[i]);
		}
	}
	printf("%d times: ", same);
	tell(stdout, first);
}

static ucontext_t outside, inside;

static void ask_inside(void) { ask(NULL); }

static void tell_used(const unsigned char *stack, size_t size)
{
	size_t unused = 0;

	while (unused < size && stack[unused] == 0xa5)
		unused++;
	if (getenv("STACK"))
		printf("used %zu\n", size - unused);
}

/* The page below the stack can't be touched. How much was used is told when STACK says so. */
static void ask_in_coroutine(const char *arg)
{
	size_t size = (size_t)atoi(arg) << 10, page = 4096;
	unsigned char *stack =
		mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(stack, page, PROT_NONE);
	memset(stack + page, 0xa5, size);
	getcontext(&inside);
	inside.uc_stack.ss_sp = stack + page;
	inside.uc_stack.ss_size = size;
	inside.uc_link = &outside;
	makecontext(&inside, ask_inside, 0);
	swapcontext(&outside, &inside);
	tell_used(stack + page, size);
	munmap(stack, size + page);
}

/* --- signals --------------------------------------------------------------------------------- */

static volatile sig_atomic_t alarms;

static void on_alarm(int n) { alarms++; }

static void start_alarms(const char *arg)
{
	struct sigaction a = { .sa_handler = on_alarm }; /* no SA_RESTART */
	struct itimerval every_ms = { { 0, 1000 }, { 0, 1000 } };

	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &every_ms, NULL);
	while (!alarms)
		pause();
}

static void tell_pipe(const char *arg)
{
	struct sigaction now;
	sigset_t mask, pending;
	int ends[2], status = 0;
	pid_t child;

	sigaction(SIGPIPE, NULL, &now);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	sigpending(&pending);
	printf("SIGPIPE is %s, %s, %s\n", now.sa_handler == SIG_DFL ? "default" : "handled",
	       sigismember(&mask, SIGPIPE) ? "blocked" : "open",
	       sigismember(&pending, SIGPIPE) ? "pending" : "not pending");
	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (pipe(ends) == 0 && close(ends[0]) == 0)
			_exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
		_exit(2);
	}
	waitpid(child, &status, 0);
	printf("a write to nobody: signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* Nobody reads what is said on stderr from now on. */
static void lose_stderr(const char *arg)
{
	int ends[2];

	if (pipe(ends) == 0 && close(ends[0]) == 0)
		dup2(ends[1], STDERR_FILENO);
}

/* --- children -------------------------------------------------------------------------------- */

static void ask_in_child(const char *arg)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		ask(NULL);
		_exit(0);
	}
	waitpid(child, &status, 0);
	printf("child %d\n", status);
}

static void run_by_vfork(const char *arg)
{
	pid_t child = vfork();
	int status = 0;

	if (child == 0) {
		execl("/bin/echo", "echo", "by vfork", (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	printf("child %d\n", status);
}

static void run_by_spawn(const char *arg)
{
	extern char **environ;
	char *words[] = { "echo", "by spawn", NULL };
	pid_t child;
	int status = 0;

	if (posix_spawn(&child, "/bin/echo", NULL, NULL, words, environ) == 0)
		waitpid(child, &status, 0);
	printf("child %d\n", status);
}

static void become_daemon(const char *arg)
{
	pid_t child = fork();
	int status = 0;
	FILE *f;

	if (child) {
		waitpid(child, &status, 0);
		printf("daemon %d\n", status);
		return;
	}
	setsid();
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	for (int fd = 0; fd < 3; fd++)
		open("/dev/null", O_RDWR);
	f = fopen("result", "w");
	tell(f, get());
	tell(f, get());
	_exit(0);
}

/* --- what is not allowed --------------------------------------------------------------------- */

static void live_in(const char *arg)
{
	if (chroot(arg) || chdir("/"))
		printf("chroot: %s\n", strerror(errno));
}

static void limit_files(const char *arg)
{
	struct rlimit limit = { (rlim_t)atol(arg), (rlim_t)atol(arg) };

	setrlimit(RLIMIT_FSIZE, &limit);
}

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, what))
#define IS(value, then) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), 0, 1), then
#define HAS(bits, then) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (unsigned)(bits), 0, 1), then
#define ANSWER(a) BPF_STMT(BPF_RET | BPF_K, (a))
#define REFUSE ANSWER(SECCOMP_RET_ERRNO | EPERM)

static const struct sock_filter refuse[] = {
	LOAD(nr),
	IS(SYS_mkdirat, REFUSE),
	IS(SYS_linkat, REFUSE),
	IS(SYS_renameat2, REFUSE),
	IS(SYS_renameat, REFUSE),
	IS(SYS_unlinkat, REFUSE),
	IS(SYS_fallocate, REFUSE),
#ifdef SYS_mkdir
	IS(SYS_mkdir, REFUSE),
#endif
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4),
	LOAD(args[2]),
	HAS(O_CREAT, REFUSE),
	LOAD(nr),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
	LOAD(args[3]),
	HAS(MAP_SHARED, REFUSE),
	ANSWER(SECCOMP_RET_ALLOW),
};

#define KILL(name) IS(SYS_##name, ANSWER(SECCOMP_RET_KILL_PROCESS))

static const struct sock_filter kill_exotic[] = {
	LOAD(nr),
	KILL(memfd_create),
	KILL(io_uring_setup),
	KILL(userfaultfd),
	KILL(inotify_init1),
	KILL(fanotify_init),
	KILL(signalfd4),
	KILL(timerfd_create),
	KILL(perf_event_open),
	KILL(bpf),
	KILL(ptrace),
	KILL(process_vm_readv),
	KILL(pidfd_open),
	KILL(clone3),
	KILL(unshare),
	KILL(setns),
	KILL(shmget),
	KILL(msgget),
	KILL(semget),
	KILL(mq_open),
	KILL(mlock),
	KILL(personality),
	KILL(sched_setaffinity),
	KILL(execve),
	ANSWER(SECCOMP_RET_ALLOW),
};

static void forbid(const char *how)
{
	bool kills = strcmp(how, "kill") == 0;
	struct sock_fprog program = {
		.len = (unsigned short)(kills ? COUNT(kill_exotic) : COUNT(refuse)),
		.filter = (struct sock_filter *)(kills ? kill_exotic : refuse),
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		printf("seccomp: %s\n", strerror(errno));
}

/* --- and the rest ---------------------------------------------------------------------------- */

static void set_locale(const char *name)
{
	printf("%s: %.1f\n", setlocale(LC_NUMERIC, name) ? "set" : "no such locale", 0.5);
}

static void say_goodbye(void) { printf("goodbye\n"); }

static void ask_and_exit(const char *arg)
{
	atexit(say_goodbye);
	exits = true;
	ask(NULL);
}

static const struct {
	const char *word;
	void (*does)(const char *arg);
} words[] = {
	{ "ask", ask },
	{ "multi", use_multi },
	{ "threads=", ask_in_threads },
	{ "coroutine=", ask_in_coroutine },
	{ "alarm", start_alarms },
	{ "pipe", tell_pipe },
	{ "deaf", lose_stderr },
	{ "fork", ask_in_child },
	{ "vfork", run_by_vfork },
	{ "spawn", run_by_spawn },
	{ "daemon", become_daemon },
	{ "chroot=", live_in },
	{ "fsize=", limit_files },
	{ "forbid=", forbid },
	{ "locale=", set_locale },
	{ "exit", ask_and_exit },
};

int main(int argc, char **argv)
{
	url = argc > 2 ? argv[1] : "";
	body = argc > 2 ? argv[2] : "";
	for (int i = 3; i < argc; i++) {
		size_t k = 0, n = strcspn(argv[i], "=");

		n += argv[i][n] == '=';
		while (k < COUNT(words) &&
		       (strlen(words[k].word) != n || strncmp(argv[i], words[k].word, n)))
			k++;
		if (k < COUNT(words))
			words[k].does(argv[i] + n);
		else
			printf("what is %s?\n", argv[i]);
		fflush(stdout);
	}
	return 0;
}
