/* tls-raw: what a TLS server costs when there is nothing but OpenSSL.
 *
 *   tls-raw CHAIN KEY SECONDS
 *
 * A client and a server in one thread, with memory between them; only the server's processor time is counted. Prints one
 * line of JSON: full handshakes (each with one ticket), and mebibytes decrypted, per second of processor time.
 */
#define _GNU_SOURCE
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double spent;

static double processor(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void pair(SSL_CTX *server_context, SSL_CTX *client_context, SSL **server, SSL **client) {
    BIO *to_server = BIO_new(BIO_s_mem()), *to_client = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(to_server, -1);
    BIO_set_mem_eof_return(to_client, -1);
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    *client = SSL_new(client_context);
    SSL_set_bio(*client, to_client, to_server);
    SSL_set_connect_state(*client);
    double before = processor();
    *server = SSL_new(server_context);
    SSL_set_bio(*server, to_server, to_client);
    SSL_set_accept_state(*server);
    spent += processor() - before;
    for (int turn = 0; turn < 4; turn++) {
        SSL_do_handshake(*client);
        before = processor();
        SSL_do_handshake(*server);
        spent += processor() - before;
    }
    if (!SSL_is_init_finished(*server) || !SSL_is_init_finished(*client)) {
        fprintf(stderr, "tls-raw: no handshake\n");
        exit(1);
    }
}

static void end(SSL *server, SSL *client) {
    double before = processor();
    SSL_free(server);
    spent += processor() - before;
    SSL_free(client);
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    SSL_CTX *server_context = SSL_CTX_new(TLS_server_method()), *client_context = SSL_CTX_new(TLS_client_method());
    if (SSL_CTX_use_certificate_chain_file(server_context, argv[1]) != 1
        || SSL_CTX_use_PrivateKey_file(server_context, argv[2], SSL_FILETYPE_PEM) != 1) return 66;
    SSL_CTX_set_num_tickets(server_context, 1);
    SSL_CTX_set_session_cache_mode(server_context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(server_context, SSL_MODE_RELEASE_BUFFERS);
    double limit = atof(argv[3]);
    SSL *server, *client;
    long handshakes = 0;
    for (; spent < limit; handshakes++) {
        pair(server_context, client_context, &server, &client);
        end(server, client);
    }
    double per_handshake = spent / (double)handshakes;

    pair(server_context, client_context, &server, &client);
    static char plain[64 * 1024];
    size_t count;
    long pieces = 0;
    for (spent = 0; spent < limit; pieces++) {
        SSL_write_ex(client, plain, sizeof plain, &count);
        double before = processor();
        for (size_t read = 0; read < sizeof plain; read += count)
            if (SSL_read_ex(server, plain, sizeof plain, &count) != 1) return 1;
        spent += processor() - before;
    }
    printf("{\"handshakes\": %.0f, \"mib\": %.0f}\n", 1 / per_handshake,
           (double)pieces * sizeof plain / (1024 * 1024) / spent);
    return 0;
}
