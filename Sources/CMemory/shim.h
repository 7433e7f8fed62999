#ifndef GATEPOST_CMEMORY_SHIM_H
#define GATEPOST_CMEMORY_SHIM_H

#include <errno.h>
#include <linux/memfd.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* memfd_create(2), which Swift's module of glibc does not have. The file is closed when another program is executed, and
   can be executed by nobody, where the kernel knows of that. */
static inline int gatepost_memory_file(const char *name) {
    int descriptor = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
    if (descriptor < 0 && errno == EINVAL) descriptor = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC);
    return descriptor;
}

#endif
