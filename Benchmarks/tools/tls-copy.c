/* tls-copy: what a relay that ends TLS costs when it copies and does nothing else.
 *
 *   tls-copy CHAIN KEY PORT UPSTREAM-PORT
 *
 * One thread and epoll; each client gets a full handshake with one ticket, and a connection upstream in clear. What goes
 * upstream is written at once, however long that takes; replies are short.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct session;

/* One of the two connections of a session. */
struct side {
    struct session *session;
    int descriptor;
};

struct session {
    struct side client, upstream;
    SSL *tls;
    bool is_secured, is_over;
};

static int poller;
static unsigned short upstream_port;
static char octets[64 * 1024];

static void watch(struct session *session, struct side *side) {
    side->session = session;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = side};
    epoll_ctl(poller, EPOLL_CTL_ADD, side->descriptor, &event);
}

static int connected(unsigned short port) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

static bool send_all(int descriptor, size_t count) {
    for (size_t sent = 0; sent < count;) {
        ssize_t taken = send(descriptor, octets + sent, count - sent, MSG_NOSIGNAL);
        if (taken < 0 && errno != EINTR) return false;
        if (taken > 0) sent += (size_t)taken;
    }
    return true;
}

/* Whether the session goes on. */
static bool read_client(struct session *session) {
    if (!session->is_secured) {
        int result = SSL_do_handshake(session->tls);
        if (result != 1) return SSL_get_error(session->tls, result) == SSL_ERROR_WANT_READ;
        session->is_secured = true;
        if ((session->upstream.descriptor = connected(upstream_port)) < 0) return false;
        watch(session, &session->upstream);
    }
    for (;;) {
        int count = SSL_read(session->tls, octets, sizeof octets);
        if (count <= 0) return SSL_get_error(session->tls, count) == SSL_ERROR_WANT_READ;
        if (!send_all(session->upstream.descriptor, (size_t)count)) return false;
    }
}

static bool read_upstream(struct session *session) {
    ssize_t count = recv(session->upstream.descriptor, octets, sizeof octets, MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    return count > 0 && SSL_write(session->tls, octets, (int)count) == count;
}

static void take(int listener, SSL_CTX *context) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
    if (descriptor < 0) return;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct session *session = calloc(1, sizeof *session);
    session->client.descriptor = descriptor;
    session->upstream.descriptor = -1;
    session->tls = SSL_new(context);
    SSL_set_fd(session->tls, descriptor);
    SSL_set_accept_state(session->tls);
    watch(session, &session->client);
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1
        || SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1) return 66;
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    upstream_port = (unsigned short)atoi(argv[4]);

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[3]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) {
        perror("tls-copy");
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
            struct side *side = events[i].data.ptr;
            if (!side) {
                take(listener, context);
                continue;
            }
            struct session *session = side->session;
            if (session->is_over) continue;
            session->is_over = !(side == &session->client ? read_client(session) : read_upstream(session));
            if (!session->is_over) continue;
            SSL_free(session->tls);
            close(session->client.descriptor);
            if (session->upstream.descriptor >= 0) close(session->upstream.descriptor);
        }
        /* What is over may be among the events of one turn twice; it is small, and left to the end of the process. */
    }
}
