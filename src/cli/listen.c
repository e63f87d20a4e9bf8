/* listen.c - a socket that listens */
#include "cli/listen.h"

#include "cli/out.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, SOMAXCONN))
		return fd;
	close(fd);
	return -1;
}

int us_listen_open(const char *command, const char *bind, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(bind, port, &hints, &list), fd;

	if (rc) {
		us_out_tell(command, "cannot use the address '%s': %s", bind, gai_strerror(rc));
		return -1;
	}
	fd = listen_on(list);
	if (fd < 0)
		us_out_tell(command, "cannot listen on port '%s': %s", port, strerror(errno));
	freeaddrinfo(list);
	return fd;
}

int us_listen_announce(const char *command, int fd, uint64_t *port)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	char host[NI_MAXHOST], number[NI_MAXSERV];
	uint64_t v = 0;

	if (getsockname(fd, (struct sockaddr *)&a, &n) ||
	    getnameinfo((struct sockaddr *)&a, n, host, sizeof(host), number, sizeof(number),
	                NI_NUMERICHOST | NI_NUMERICSERV)) {
		us_out_tell(command, "cannot tell the port: %s", strerror(errno));
		return -1;
	}
	us_span_u64(us_span_of(number), &v);
	if (port)
		*port = v;
	printf(strchr(host, ':') ? "http://[%s]:%s\n" : "http://%s:%s\n", host, number);
	if (!fflush(stdout))
		return 0;
	us_out_tell(command, "cannot write to stdout: %s", strerror(errno));
	return -1;
}
