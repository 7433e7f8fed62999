/* smtp-load: sends mail over many sessions at once and reports what that took.
 *
 *   smtp-load --to HOST:PORT [--sessions N] [--size OCTETS] [--seconds T | --messages N] [--kept] [--parts] [--sources N]
 *   smtp-load --to HOST:PORT --empty [--sessions N] [--seconds T | --messages N] [--sources N]
 *   smtp-load --to HOST:PORT --idle N
 *   … --tls
 *
 * Prints one line of JSON. A latency is the time from the moment a session was free for a mail to the reply to its
 * final dot; with a connection for each mail it includes connect, greeting and EHLO.
 *
 * --kept     sends all mails of a session over one connection
 * --empty    sends no mail: hears the greeting and says QUIT; the reply to that counts as a message
 * --sources  spreads the connections over that many addresses from 127.0.1.1 on
 * --tls      speaks TLS from the first octet, believes any certificate, and resumes no session
 * --idle     opens N connections, says EHLO on each, prints its line, and holds them until standard input ends
 *
 * One thread and epoll: what the generator itself costs stays small beside a relay.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What a session waits for. */
enum step { CLOSED, GREETING, EHLO, MAIL, RCPT, DATA, END_OF_DATA, QUIT, HELD };

struct session {
    int descriptor;
    SSL *tls;
    bool is_secured;
    enum step step;
    double free_since;
    const char *unsent;
    size_t unsent_count;
    bool waits_for_room;
    char reply[2048];
    size_t reply_count;
};

static struct sockaddr_in target;
static int poller;
static bool keeps_connections, holds, is_empty;
static SSL_CTX *tls_context;
static unsigned sources = 1;
static double started_at, last_reply_at, seconds;
static long wanted = -1, begun, completed, failed, connections, held;
static char *message;
static size_t message_count;
static float *latencies;
static size_t latency_capacity;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static bool may_begin(void) {
    if (wanted >= 0) return begun < wanted;
    return now() - started_at < seconds;
}

static void finish(struct session *session) {
    if (session->tls) SSL_free(session->tls);
    session->tls = NULL;
    close(session->descriptor);
    session->descriptor = -1;
    session->step = CLOSED;
}

static void fail(struct session *session, const char *reason) {
    if (failed++ < 3)
        fprintf(stderr, "smtp-load: %s at step %d: %.*s\n", reason, session->step, (int)session->reply_count, session->reply);
    finish(session);
}

static void watch(struct session *session, int operation, bool for_room) {
    struct epoll_event event = {.events = EPOLLIN | (for_room ? EPOLLOUT : 0u), .data.ptr = session};
    epoll_ctl(poller, operation, session->descriptor, &event);
    session->waits_for_room = for_room;
}

/* -1 with EAGAIN when the socket takes no more. */
static ssize_t transmit(struct session *session) {
    if (!session->tls) return send(session->descriptor, session->unsent, session->unsent_count, MSG_NOSIGNAL);
    int count = SSL_write(session->tls, session->unsent, (int)session->unsent_count);
    if (count > 0) return count;
    errno = SSL_get_error(session->tls, count) == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
    return -1;
}

/* -1 with EAGAIN when nothing has come. */
static ssize_t fetch(struct session *session, char *octets, size_t room) {
    if (!session->tls) return recv(session->descriptor, octets, room, 0);
    if (!session->is_secured) {
        int result = SSL_do_handshake(session->tls);
        if (result != 1) {
            int why = SSL_get_error(session->tls, result);
            errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
            return -1;
        }
        session->is_secured = true;
    }
    int count = SSL_read(session->tls, octets, (int)room);
    if (count > 0) return count;
    int why = SSL_get_error(session->tls, count);
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    errno = why == SSL_ERROR_WANT_READ ? EAGAIN : EPROTO;
    return -1;
}

static void send_unsent(struct session *session) {
    while (session->unsent_count > 0) {
        ssize_t count = transmit(session);
        if (count < 0 && errno == EAGAIN) break;
        if (count < 0) {
            fail(session, strerror(errno));
            return;
        }
        session->unsent += count;
        session->unsent_count -= (size_t)count;
    }
    bool for_room = session->unsent_count > 0;
    if (for_room != session->waits_for_room) watch(session, EPOLL_CTL_MOD, for_room);
}

static void say(struct session *session, const char *octets, size_t count, enum step next) {
    session->unsent = octets;
    session->unsent_count = count;
    session->step = next;
    send_unsent(session);
}

#define SAY(session, text, next) say(session, text, sizeof(text) - 1, next)

static void open_connection(struct session *session) {
    int on = 1;
    session->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    session->reply_count = session->unsent_count = 0;
    if (session->descriptor < 0) {
        perror("smtp-load: socket");
        exit(1);
    }
    setsockopt(session->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (sources > 1) {
        struct sockaddr_in source = {.sin_family = AF_INET};
        source.sin_addr.s_addr = htonl(0x7f000101u + (unsigned)connections % sources);
        setsockopt(session->descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        if (bind(session->descriptor, (struct sockaddr *)&source, sizeof source) < 0) {
            fail(session, strerror(errno));
            return;
        }
    }
    connections++;
    session->step = GREETING;
    int result = connect(session->descriptor, (struct sockaddr *)&target, sizeof target);
    if (tls_context) {
        session->tls = SSL_new(tls_context);
        session->is_secured = false;
        SSL_set_fd(session->tls, session->descriptor);
        SSL_set_connect_state(session->tls);
    }
    if (result < 0 && errno != EINPROGRESS)
        fail(session, strerror(errno));
    else
        // A hello leaves when the socket is connected.
        watch(session, EPOLL_CTL_ADD, tls_context != NULL);
}

static void begin_mail(struct session *session) {
    SAY(session, "MAIL FROM:<sender@bench.example>\r\n", MAIL);
}

static void note_delivery(struct session *session) {
    last_reply_at = now();
    if ((size_t)completed == latency_capacity) {
        latency_capacity = latency_capacity ? latency_capacity * 2 : 65536;
        latencies = realloc(latencies, latency_capacity * sizeof *latencies);
    }
    latencies[completed++] = (float)(last_reply_at - session->free_since);
    session->free_since = last_reply_at;
}

static void handle_reply(struct session *session, int code) {
    static const int expected[] = {[GREETING] = 220, [EHLO] = 250, [MAIL] = 250, [RCPT] = 250, [DATA] = 354,
                                   [END_OF_DATA] = 250, [QUIT] = 221, [HELD] = -1};
    if (code != expected[session->step]) {
        fail(session, "unexpected reply");
        return;
    }
    switch (session->step) {
    case GREETING:
        if (is_empty) SAY(session, "QUIT\r\n", QUIT);
        else SAY(session, "EHLO load.bench.example\r\n", EHLO);
        break;
    case EHLO:
        if (holds) {
            session->step = HELD;
            held++;
        } else {
            begin_mail(session);
        }
        break;
    case MAIL: SAY(session, "RCPT TO:<recipient@bench.example>\r\n", RCPT); break;
    case RCPT: SAY(session, "DATA\r\n", DATA); break;
    case DATA: say(session, message, message_count, END_OF_DATA); break;
    case END_OF_DATA:
        note_delivery(session);
        if (keeps_connections && may_begin()) {
            begun++;
            begin_mail(session);
        } else {
            SAY(session, "QUIT\r\n", QUIT);
        }
        break;
    case QUIT:
        if (is_empty) note_delivery(session);
        finish(session);
        break;
    case CLOSED: case HELD: break;
    }
}

static void receive(struct session *session) {
    ssize_t count = fetch(session, session->reply + session->reply_count, sizeof session->reply - session->reply_count);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        if (session->step == QUIT) finish(session);
        else fail(session, count ? strerror(errno) : "connection closed");
        return;
    }
    session->reply_count += (size_t)count;
    char *line = session->reply, *end = line + session->reply_count, *line_end;
    while (session->descriptor >= 0 && (line_end = memchr(line, '\n', (size_t)(end - line)))) {
        if (line_end - line >= 4 && line[3] != '-') handle_reply(session, atoi(line));
        line = line_end + 1;
    }
    session->reply_count = (size_t)(end - line);
    memmove(session->reply, line, session->reply_count);
    if (session->reply_count == sizeof session->reply) fail(session, "endless reply");
}

static void handle_event(const struct epoll_event *event) {
    struct session *session = event->data.ptr;
    if (session->descriptor >= 0 && (event->events & EPOLLOUT)) {
        if (session->tls && !session->is_secured) receive(session);
        if (session->descriptor >= 0) send_unsent(session);
    }
    if (session->descriptor >= 0 && (event->events & ~(unsigned)EPOLLOUT)) receive(session);
}

/* A mail as they pass through mail servers: twenty header fields, then lines of text. */
static void make_message(size_t size, bool has_parts) {
    static const char multipart[] = "Content-Type: multipart/mixed; boundary=\"=_bench_boundary\"\r\n"
        "Subject: With attachments\r\nFrom: sender@bench.example\r\nMIME-Version: 1.0\r\n\r\n"
        "--=_bench_boundary\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee the documents.\r\n";
    static const char part[] = "--=_bench_boundary\r\nContent-Type: application/pdf; name=\"minutes.pdf\"\r\n"
        "Content-Disposition: attachment; filename=\"minutes.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    static const char end[] = "--=_bench_boundary--\r\n.\r\n";
    static const char base64[] = "JVBERi0xLjcKJeLjz9MKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRv\r\n";
    /* An attachment of a megabyte and a half after the other, as a mail program writes them. */
    if (has_parts) {
        message = malloc(size + sizeof multipart + sizeof part * (size / 1500000 + 1) + sizeof base64 + sizeof end);
        memcpy(message, multipart, message_count = sizeof multipart - 1);
        for (size_t next = message_count; message_count < size; message_count += sizeof base64 - 1) {
            if (message_count >= next) {
                memcpy(message + message_count, part, sizeof part - 1);
                message_count += sizeof part - 1;
                next = message_count + 1500000;
            }
            memcpy(message + message_count, base64, sizeof base64 - 1);
        }
        memcpy(message + message_count, end, sizeof end - 1);
        message_count += sizeof end - 1;
        return;
    }
    static const char header[] =
        "Return-Path: <sender@bench.example>\r\n"
        "Received: from out.sender.example (out.sender.example [192.0.2.25])\r\n"
        "\tby in.sender.example (Postfix) with ESMTPS id 6C1D27A40F\r\n"
        "\tfor <recipient@bench.example>; Tue, 4 Mar 2025 08:15:31 +0100 (CET)\r\n"
        "Received: from desk.sender.example (desk.sender.example [192.0.2.80])\r\n"
        "\tby out.sender.example (Postfix) with ESMTPSA id 30B9F2E871;\r\n"
        "\tTue, 4 Mar 2025 08:15:30 +0100 (CET)\r\n"
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=sender.example; s=march;\r\n"
        "\tt=1741072530; h=from:to:cc:subject:date:message-id:mime-version;\r\n"
        "\tbh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;\r\n"
        "\tb=bm90aGluZyBpcyBzaWduZWQgaGVyZSwgYnV0IHRoZSBmaWVsZCBpcyBhcyBsb25nIGFzIG9uZSB0aGF0IGlz\r\n"
        "Authentication-Results: in.sender.example; spf=pass smtp.mailfrom=bench.example\r\n"
        "From: \"Load Generator\" <sender@bench.example>\r\n"
        "To: \"First Recipient\" <recipient@bench.example>\r\n"
        "Cc: everyone@bench.example\r\n"
        "Reply-To: sender@bench.example\r\n"
        "Subject: Minutes of the meeting on Monday, and what is to be done until the next one\r\n"
        "Date: Tue, 4 Mar 2025 08:15:29 +0100\r\n"
        "Message-ID: <30B9F2E871.20250304081529@sender.example>\r\n"
        "In-Reply-To: <7A0C11D2B3.20250303170102@bench.example>\r\n"
        "References: <7A0C11D2B3.20250303170102@bench.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "Content-Language: en\r\n"
        "User-Agent: Bench/1.0 (X11; Linux x86_64)\r\n"
        "X-Originating-IP: [192.0.2.80]\r\n"
        "X-Spam-Status: No, score=-1.9 required=5.0\r\n"
        "\r\n";
    static const char line[] = "Whoever wants to know what a relay costs has to send a lot of mail through it.\r\n";
    message = malloc(size + sizeof header + sizeof line);
    memcpy(message, header, message_count = sizeof header - 1);
    for (; message_count + sizeof line - 1 <= size; message_count += sizeof line - 1)
        memcpy(message + message_count, line, sizeof line - 1);
    memcpy(message + message_count, ".\r\n", 3);
    message_count += 3;
}

static int ascending(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static double latency_milliseconds(double share) {
    return completed ? latencies[(size_t)(share * (double)(completed - 1))] * 1e3 : 0;
}

static void hold_connections(struct session *sessions, long count) {
    long opened = 0;
    double deadline = now() + 60;
    while (held + failed < count && now() < deadline) {
        while (opened < count && opened - held - failed < 64) open_connection(&sessions[opened++]);
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, 100);
        for (int i = 0; i < ready; i++) handle_event(&events[i]);
    }
    printf("{\"held\": %ld, \"failed\": %ld, \"seconds\": %.3f}\n", held, failed, now() - started_at);
    fflush(stdout);
    while (getchar() != EOF) {}
}

static void send_mail(struct session *sessions, long count) {
    for (;;) {
        long active = 0;
        for (long i = 0; i < count; i++) {
            if (sessions[i].descriptor < 0 && failed < 100 && may_begin()) {
                begun++;
                sessions[i].free_since = now();
                open_connection(&sessions[i]);
            }
            active += sessions[i].descriptor >= 0;
        }
        if (active == 0 || (wanted < 0 && now() - started_at > seconds + 30)) break;
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, 1000);
        for (int i = 0; i < ready; i++) handle_event(&events[i]);
    }
    qsort(latencies, (size_t)completed, sizeof *latencies, ascending);
    printf("{\"messages\": %ld, \"octets\": %zu, \"failed\": %ld, \"connections\": %ld, \"seconds\": %.4f, "
           "\"latency\": {\"median\": %.3f, \"p99\": %.3f}}\n",
           completed, message_count, failed + (begun - completed - failed > 0 ? begun - completed - failed : 0),
           connections, last_reply_at - started_at, latency_milliseconds(0.5), latency_milliseconds(0.99));
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"to", required_argument, NULL, 't'},      {"sessions", required_argument, NULL, 's'},
        {"size", required_argument, NULL, 'l'},    {"seconds", required_argument, NULL, 'T'},
        {"messages", required_argument, NULL, 'm'}, {"kept", no_argument, NULL, 'k'},
        {"tls", no_argument, NULL, 'S'},           {"empty", no_argument, NULL, 'e'},
        {"sources", required_argument, NULL, 'a'}, {"parts", no_argument, NULL, 'p'},     {"idle", required_argument, NULL, 'i'}, {0}};
    long count = 20, size = 4096;
    bool has_parts = false;
    char *colon = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) switch (option) {
        case 't':
            if (!(colon = strrchr(optarg, ':'))) return 64;
            *colon = 0;
            target.sin_family = AF_INET;
            target.sin_port = htons((unsigned short)atoi(colon + 1));
            if (inet_pton(AF_INET, optarg, &target.sin_addr) != 1) return 64;
            break;
        case 's': count = atol(optarg); break;
        case 'l': size = atol(optarg); break;
        case 'T': seconds = atof(optarg); break;
        case 'm': wanted = atol(optarg); break;
        case 'p': has_parts = true; break;
        case 'k': keeps_connections = true; break;
        case 'e': is_empty = true; break;
        case 'S':
            tls_context = SSL_CTX_new(TLS_client_method());
            SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                              | SSL_MODE_RELEASE_BUFFERS);
            break;
        case 'a': sources = (unsigned)atoi(optarg); break;
        case 'i': count = atol(optarg); holds = true; break;
        default: return 64;
        }
    if (!colon || count < 1 || size < 1 || (!holds && wanted < 0 && seconds <= 0)) {
        fprintf(stderr, "usage: smtp-load --to HOST:PORT [--sessions N] [--size OCTETS] [--seconds T | --messages N] "
                        "[--kept] [--parts] [--empty] [--sources N] [--tls] | --idle N [--tls]\n");
        return 64;
    }
    struct session *sessions = calloc((size_t)count, sizeof *sessions);
    for (long i = 0; i < count; i++) sessions[i].descriptor = -1;
    poller = epoll_create1(EPOLL_CLOEXEC);
    make_message((size_t)size, has_parts);
    started_at = last_reply_at = now();
    if (holds) hold_connections(sessions, count);
    else send_mail(sessions, count);
    return failed ? 1 : 0;
}
