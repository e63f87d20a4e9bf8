/* mock_server.c - the listening socket, the threads, the end
 *
 * A thread per connection, because most of what the mock does is wait. The main thread accepts and
 * watches for signals; when one comes, stop_fd wakes every thread, whatever it waits for.
 */
#include "cli/mock_server.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cli/listen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1000
#define STACK_SIZE ((size_t)512 << 10)
#define SERIALS 1000000000u

struct guest {
	struct us_mock_server *server;
	int fd;
};

static int complain(const char *what, const char *value, const char *why)
{
	fprintf(stderr, "understudy mock: %s '%s': %s\n", what, value, why);
	return 1;
}

/* A connection's thread. The last to leave wakes a server that waits. */
static void *attend(void *argument)
{
	struct guest guest = *(struct guest *)argument;

	us_free(argument);
	us_mock_serve(guest.server, guest.fd);
	pthread_mutex_lock(&guest.server->lock);
	if (--guest.server->active == 0)
		pthread_cond_signal(&guest.server->idle);
	pthread_mutex_unlock(&guest.server->lock);
	return NULL;
}

/* More connections than this are closed at once, as by a server that is full. */
static bool admit(struct us_mock_server *s)
{
	bool ok;

	pthread_mutex_lock(&s->lock);
	ok = s->active < CONNECTIONS_MAX;
	s->active += ok;
	pthread_mutex_unlock(&s->lock);
	return ok;
}

/* Detached: they are counted, not joined. */
static int start_thread(void *(*f)(void *), void *argument)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	rc = pthread_create(&thread, &attr, f, argument);
	pthread_attr_destroy(&attr);
	return rc;
}

/* Accepts one connection. Whatever fails here costs this connection only. */
static void welcome(struct us_mock_server *s)
{
	int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	struct guest *guest;

	if (fd < 0)
		return;
	guest = us_calloc(1, sizeof(*guest));
	if (!guest || !admit(s)) {
		us_free(guest);
		close(fd);
		return;
	}
	*guest = (struct guest){ s, fd };
	if (!start_thread(attend, guest))
		return;
	close(fd);
	us_free(guest);
	pthread_mutex_lock(&s->lock);
	s->active--;
	pthread_mutex_unlock(&s->lock);
}

static void accept_until_signal(struct us_mock_server *s, int signal_fd)
{
	struct pollfd p[] = { { .fd = s->listen_fd, .events = POLLIN },
		              { .fd = signal_fd, .events = POLLIN } };

	while (!p[1].revents) {
		if (poll(p, US_COUNT(p), -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents)
			welcome(s);
	}
}

/* stop_fd stays readable, so nobody can miss it. */
static void wait_for_guests(struct us_mock_server *s)
{
	if (eventfd_write(s->stop_fd, 1))
		return;
	pthread_mutex_lock(&s->lock);
	while (s->active)
		pthread_cond_wait(&s->idle, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

/* Both signals are blocked before the first thread, so that only signalfd sees them. */
static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int open_socket(struct us_mock_server *s)
{
	s->listen_fd = us_listen_open("mock", s->options->bind, s->options->port);
	return s->listen_fd < 0;
}

static int announce(struct us_mock_server *s)
{
	uint64_t port;

	if (us_listen_announce("mock", s->listen_fd, &port))
		return 1;
	s->serials = port * SERIALS;
	return 0;
}

/* What fails is told on stderr. On failure close_server is still to be called. */
static int open_server(struct us_mock_server *s, const struct us_mock_options *o)
{
	struct us_buf why;
	int rc = 0;

	*s = (struct us_mock_server){ .options = o, .listen_fd = -1, .stop_fd = -1 };
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->idle, NULL);
	us_buf_init(&why, 4096);
	if (us_mock_journal_init(&s->journal, o->log, us_clock_ms())) {
		rc = complain("cannot write the log", o->log, strerror(errno));
	} else if (us_mock_script_init(&s->script, o->script, &why)) {
		fprintf(stderr, "understudy mock: --fault: %s\n", us_buf_cstr(&why));
		rc = 2;
	} else {
		s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		rc = s->stop_fd < 0 ? complain("cannot open", "eventfd", strerror(errno))
		                    : open_socket(s);
	}
	us_buf_fini(&why);
	return rc;
}

static void close_server(struct us_mock_server *s)
{
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	us_mock_script_fini(&s->script);
	us_mock_journal_fini(&s->journal);
	pthread_cond_destroy(&s->idle);
	pthread_mutex_destroy(&s->lock);
}

int us_mock_server_run(const struct us_mock_options *options)
{
	struct us_mock_server s;
	int rc = open_server(&s, options);
	int signal_fd = rc ? -1 : catch_signals();

	if (!rc && signal_fd < 0)
		rc = complain("cannot open", "signalfd", strerror(errno));
	if (!rc)
		rc = announce(&s);
	if (!rc) {
		accept_until_signal(&s, signal_fd);
		wait_for_guests(&s);
	}
	if (signal_fd >= 0)
		close(signal_fd);
	close_server(&s);
	return rc;
}
