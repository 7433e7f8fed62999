#ifndef GATEPOST_COPENSSL_SHIM_H
#define GATEPOST_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* What OpenSSL writes as macros with arguments, which Swift does not see. */

static inline int gatepost_ctx_set_min_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline void gatepost_ctx_set_mode(SSL_CTX *context, long mode) {
    SSL_CTX_set_mode(context, mode);
}

static inline void gatepost_ctx_set_session_cache_mode(SSL_CTX *context, long mode) {
    SSL_CTX_set_session_cache_mode(context, mode);
}

static inline int gatepost_ctx_set1_groups_list(SSL_CTX *context, const char *list) {
    return (int)SSL_CTX_set1_groups_list(context, list);
}

static inline int gatepost_ctx_set_dh_auto(SSL_CTX *context, int on) {
    return (int)SSL_CTX_set_dh_auto(context, on);
}

static inline int gatepost_ctx_set_max_proto_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_max_proto_version(context, version);
}

static inline int gatepost_set_server_name(SSL *connection, const char *name) {
    return (int)SSL_set_tlsext_host_name(connection, name);
}

static inline void gatepost_bio_will_retry_read(BIO *bio) {
    BIO_clear_retry_flags(bio);
    BIO_set_retry_read(bio);
}

static inline void gatepost_bio_clear_retry(BIO *bio) {
    BIO_clear_retry_flags(bio);
}

static inline int gatepost_error_reason(unsigned long error) {
    return ERR_GET_REASON(error);
}

static inline int gatepost_error_is_library_ssl(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_SSL;
}

static inline long gatepost_bio_memory(BIO *bio, char **octets) {
    return BIO_get_mem_data(bio, octets);
}

/* HMAC-SHA-256 for a session ticket. */
static inline int gatepost_mac_begin(EVP_MAC_CTX *mac, const unsigned char *key, size_t count) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key, count),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters);
}

/* Options of a context, one name for what both roles want and one for a server's alone. */
static const uint64_t gatepost_options_of_both =
    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION;
static const uint64_t gatepost_options_of_servers =
    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;

static const int gatepost_utf8 = MBSTRING_UTF8;

/* A name as RFC 4514 writes it, characters beyond ASCII as they are. */
static const unsigned long gatepost_name_flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;

#endif
