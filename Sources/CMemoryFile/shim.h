#ifndef GATEPOST_CMEMORYFILE_SHIM_H
#define GATEPOST_CMEMORYFILE_SHIM_H

#include <linux/memfd.h>
#include <sys/syscall.h>
#include <unistd.h>

/* memfd_create(2), which Swift's module of glibc does not have. The file is closed when another program is executed. */
static inline int gatepost_memory_file(const char *name) {
    return (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC);
}

#endif
