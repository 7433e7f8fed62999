#ifndef GATEPOST_COPENSSL_SHIM_H
#define GATEPOST_COPENSSL_SHIM_H

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#endif
