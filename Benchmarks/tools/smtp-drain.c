/* smtp-drain: the receiving end of a measurement. Accepts all mail, keeps none, counts.
 *
 *   smtp-drain PORT
 *
 * On SIGTERM it prints one line of JSON and ends. One thread and epoll, as little work for each mail as can be.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    int descriptor;
    bool receives_data;
    size_t chunk; /* octets of a last BDAT that have not come */
    char unread[1024]; /* the beginning of a command line, or the last octets of the data so far */
    size_t unread_count;
};

static long messages, connections;
static unsigned long long octets;
static volatile sig_atomic_t ended;
static char input[1 << 18];

static void end(int number) {
    (void)number;
    ended = 1;
}

/* What is to be said to what was read at once: it goes out together, as RFC 2920 asks of a server. */
static char output[1 << 16];
static size_t output_count;

static void flush_output(struct connection *connection) {
    if (output_count) send(connection->descriptor, output, output_count, MSG_NOSIGNAL);
    output_count = 0;
}

static void say(struct connection *connection, const char *text) {
    size_t count = strlen(text);
    if (output_count + count > sizeof output) flush_output(connection);
    memcpy(output + output_count, text, count);
    output_count += count;
}

/* Obeys one command line; false when the connection is to be closed. */
static bool obey(struct connection *connection, const char *line) {
    if (!strncasecmp(line, "EHLO", 4))
        say(connection, "250-drain.bench.example\r\n250-PIPELINING\r\n250-SIZE 209715200\r\n250-ENHANCEDSTATUSCODES\r\n"
                        "250-8BITMIME\r\n250 CHUNKING\r\n");
    else if (!strncasecmp(line, "DATA", 4)) {
        say(connection, "354 End data with <CR><LF>.<CR><LF>\r\n");
        connection->receives_data = true;
    } else if (!strncasecmp(line, "BDAT ", 5)) {
        connection->chunk = strtoul(line + 5, NULL, 10);
    } else if (!strncasecmp(line, "QUIT", 4)) {
        say(connection, "221 2.0.0 Bye\r\n");
        return false;
    } else
        say(connection, "250 2.0.0 Ok\r\n");
    return true;
}

/* Reads on from what was left unread; false when the connection is to be closed. */
static bool handle(struct connection *connection) {
    size_t count = connection->unread_count;
    memcpy(input, connection->unread, count);
    ssize_t received = recv(connection->descriptor, input + count, sizeof input - count, 0);
    if (received < 0 && errno == EAGAIN) return true;
    if (received <= 0) return false;
    const char *next = input, *limit = input + count + received;
    while (next < limit) {
        if (connection->chunk) {
            size_t taken = (size_t)(limit - next) < connection->chunk ? (size_t)(limit - next) : connection->chunk;
            octets += taken;
            next += taken;
            connection->chunk -= taken;
            if (connection->chunk) break;
            messages++;
            say(connection, "250 2.0.0 Ok\r\n");
        } else if (connection->receives_data) {
            /* The line end before the data stays in front of it, so that a "." right behind it is found as well. */
            const char *found = memmem(next, (size_t)(limit - next), "\r\n.\r\n", 5);
            if (!found) {
                const char *kept = limit - next > 4 ? limit - 4 : next;
                octets += (unsigned long long)(kept - next);
                next = kept;
                break;
            }
            octets += (unsigned long long)(found - next);
            next = found + 5;
            connection->receives_data = false;
            messages++;
            say(connection, "250 2.0.0 Ok\r\n");
        } else {
            const char *line_end = memchr(next, '\n', (size_t)(limit - next));
            if (!line_end) break;
            if (!obey(connection, next)) return false;
            next = line_end + 1;
            if (connection->receives_data && line_end > input && line_end[-1] == '\r') next -= 2;
        }
    }
    connection->unread_count = (size_t)(limit - next);
    if (connection->unread_count > sizeof connection->unread) return false;
    memcpy(connection->unread, next, connection->unread_count);
    return true;
}

static void accept_all(int listener, int poller) {
    int descriptor;
    while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection *connection = calloc(1, sizeof *connection);
        connection->descriptor = descriptor;
        connections++;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
        say(connection, "220 drain.bench.example ESMTP\r\n");
        flush_output(connection);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: smtp-drain PORT\n");
        return 64;
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) {
        perror("smtp-drain");
        return 1;
    }
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN}, events[256];
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    while (!ended) {
        int ready = epoll_wait(poller, events, 256, 1000);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!connection)
                accept_all(listener, poller);
            else {
                bool goes_on = handle(connection);
                flush_output(connection);
                if (goes_on) continue;
                close(connection->descriptor);
                free(connection);
            }
        }
    }
    printf("{\"messages\": %ld, \"octets\": %llu, \"connections\": %ld}\n", messages, octets, connections);
    return 0;
}
