/* redis_server.h - a real redis-server, started by a test on a free port and ended with it */
#ifndef US_TEST_REDIS_SERVER_H
#define US_TEST_REDIS_SERVER_H

#include "state/redis.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct redis_server {
	pid_t pid;
	int port;
	char dir[64], socket[96], url[64];
};

static inline int free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t n = sizeof(at);

	if (bind(fd, (struct sockaddr *)&at, n) || getsockname(fd, (struct sockaddr *)&at, &n))
		at.sin_port = 0;
	close(fd);
	return ntohs(at.sin_port);
}

/* Starts it on s->port and returns when it says that it is ready; false: it does not. */
static inline int redis_server_start(struct redis_server *s)
{
	char port[16], line[512];
	int ends[2], ready = 0;
	FILE *said;

	snprintf(port, sizeof(port), "%d", s->port);
	if (pipe(ends))
		return 0;
	s->pid = fork();
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1",
		       "--save", "", "--appendonly", "no", "--unixsocket", s->socket, "--dir",
		       s->dir, "--daemonize", "no", "--logfile", "", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	said = fdopen(ends[0], "r");
	while (said && !ready && fgets(line, sizeof(line), said))
		ready = strstr(line, "eady to accept connections") != NULL;
	/* Its later words fill the pipe at most: there are few. */
	if (said && ready)
		return 1;
	if (said)
		fclose(said);
	return 0;
}

static inline int redis_server_make(struct redis_server *s)
{
	strcpy(s->dir, "/tmp/understudy-redis-XXXXXX");
	if (!mkdtemp(s->dir))
		return 0;
	s->port = free_port();
	snprintf(s->socket, sizeof(s->socket), "%s/socket", s->dir);
	snprintf(s->url, sizeof(s->url), "redis://127.0.0.1:%d", s->port);
	return redis_server_start(s);
}

/* One command in words; true: it was obeyed. */
static inline int redis_server_tell(struct redis_server *s, const char *words)
{
	struct us_redis *r;
	struct us_reply *reply = NULL;
	struct us_span word[8], rest = us_span_of(words);
	size_t n = 0;
	int rc;

	if (us_redis_new(&r, s->url, 5000, NULL))
		return 0;
	while (n < US_COUNT(word) && us_span_next(&rest, ' ', &word[n]))
		n++;
	rc = us_redis_ask(r, word, n, false, &reply);
	us_reply_free(reply);
	us_redis_free(r);
	return rc == 0;
}

static inline void redis_server_stop(struct redis_server *s)
{
	if (s->pid <= 0)
		return;
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

static inline void redis_server_drop(struct redis_server *s)
{
	redis_server_stop(s);
	unlink(s->socket);
	rmdir(s->dir);
}

#endif
