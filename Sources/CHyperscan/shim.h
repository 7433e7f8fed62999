#ifndef GATEPOST_CHYPERSCAN_SHIM_H
#define GATEPOST_CHYPERSCAN_SHIM_H

#include <hs.h>

#endif
