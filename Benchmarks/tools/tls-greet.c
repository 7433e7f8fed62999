/* tls-greet: what a TLS server on sockets costs when it does next to nothing.
 *
 *   tls-greet CHAIN KEY PORT
 *
 * One thread and epoll. Each connection gets a full handshake with one ticket, a greeting, and 221 to whatever it says.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct session {
    int descriptor;
    SSL *tls;
    bool is_greeted;
};

static int poller;

static void say(struct session *session, const char *text) {
    SSL_write(session->tls, text, (int)strlen(text));
}

static void finish(struct session *session) {
    SSL_free(session->tls);
    close(session->descriptor);
    free(session);
}

static void serve(struct session *session) {
    if (!session->is_greeted) {
        int result = SSL_do_handshake(session->tls);
        if (result != 1) {
            if (SSL_get_error(session->tls, result) != SSL_ERROR_WANT_READ) finish(session);
            return;
        }
        session->is_greeted = true;
        say(session, "220 bench.example ESMTP\r\n");
    }
    char line[512];
    int count = SSL_read(session->tls, line, sizeof line);
    if (count > 0) say(session, "221 2.0.0 Bye\r\n");
    else if (SSL_get_error(session->tls, count) == SSL_ERROR_WANT_READ) return;
    finish(session);
}

static void take(int listener, SSL_CTX *context) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct session *session = calloc(1, sizeof *session);
    session->descriptor = descriptor;
    session->tls = SSL_new(context);
    SSL_set_fd(session->tls, descriptor);
    SSL_set_accept_state(session->tls);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = session};
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1
        || SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1) return 66;
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[3]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) {
        perror("tls-greet");
        return 1;
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event events[64];
        int ready = epoll_wait(poller, events, 64, -1);
        if (ready < 0 && errno != EINTR) return 1;
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr) serve(events[i].data.ptr);
            else take(listener, context);
        }
    }
}
