#ifndef GATEPOST_CBATCHEDWRITES_SHIM_H
#define GATEPOST_CBATCHEDWRITES_SHIM_H

#include <linux/aio_abi.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* io_setup(2), io_submit(2), io_getevents(2) and io_destroy(2), which glibc does not have. Each returns what the call
   does, and -1 with `errno`. */

static inline int gatepost_batch_open(unsigned int size, aio_context_t *batch) {
    *batch = 0;
    return (int)syscall(SYS_io_setup, size, batch);
}

static inline void gatepost_batch_close(aio_context_t batch) {
    syscall(SYS_io_destroy, batch);
}

/* A request to write; `index` comes back with its result. */
static inline void gatepost_batch_prepare(struct iocb *request, uint64_t index, int socket, const void *octets,
                                          size_t count) {
    *request = (struct iocb){
        .aio_data = index,
        .aio_lio_opcode = IOCB_CMD_PWRITE,
        .aio_fildes = (uint32_t)socket,
        .aio_buf = (uint64_t)(uintptr_t)octets,
        .aio_nbytes = count,
    };
}

/* How many requests were taken, from the first on. */
static inline long gatepost_batch_submit(aio_context_t batch, long count, struct iocb **requests) {
    return syscall(SYS_io_submit, batch, count, requests);
}

/* Waits for `count` results, which are there already where sockets do not block. */
static inline long gatepost_batch_results(aio_context_t batch, long count, struct io_event *results) {
    return syscall(SYS_io_getevents, batch, count, count, results, NULL);
}

#endif
