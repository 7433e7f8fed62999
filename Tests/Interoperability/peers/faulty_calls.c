/*
 * Put before the C library (LD_PRELOAD), it lets one call of a process fail, or do less than it was asked to.
 *
 * The file that $FAULTY_CALLS names says which: it is mapped, so that the one who ordered the fault sees how many of
 * those calls there were. Calls on what is neither a socket nor a file are left alone: a kernel that fails an eventfd
 * or a timer is none that anybody could live with.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { NONE, ACCEPT, READ, WRITE, OPEN, PREAD, PWRITE, CONNECT, SOCKET, EPOLL, LOG, RESULTS };
/* The kinds of fault beside the numbers of errors. */
enum { SHORT = 1000, END = 1001 };

struct order {
    _Atomic int pid;   /* of the process that is to fail; 0: nobody */
    _Atomic int call;
    _Atomic int fault; /* an error, SHORT or END */
    _Atomic int place; /* the first is 1 */
    _Atomic int seen;
};

static struct order *order;

/* Its other end is closed: writing to it fails. */
static int broken_socket = -1;

__attribute__((constructor)) static void map_order(void) {
    const char *path = getenv("FAULTY_CALLS");
    int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (descriptor < 0) return;
    void *mapped = mmap(NULL, sizeof(struct order), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (mapped != MAP_FAILED) order = mapped;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends)) return;
    close(ends[1]);
    broken_socket = ends[0];
}

/* What becomes of this call: 0 nothing, an error, SHORT or END. */
static int fault_of(enum call call) {
    if (!order || atomic_load(&order->pid) != getpid() || atomic_load(&order->call) != (int)call) return 0;
    return atomic_fetch_add(&order->seen, 1) + 1 == atomic_load(&order->place) ? atomic_load(&order->fault) : 0;
}

static int is_of_kind(int descriptor, mode_t kind) {
    int before = errno;
    struct stat status;
    int found = fstat(descriptor, &status) == 0 && (status.st_mode & S_IFMT) == kind;
    errno = before;
    return found;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define FAIL(fault) return errno = (fault), -1

int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags) {
    REAL(accept4);
    int fault = fault_of(ACCEPT);
    if (fault) FAIL(fault);
    return real(socket, address, length, flags);
}

int accept(int socket, struct sockaddr *address, socklen_t *length) {
    REAL(accept);
    int fault = fault_of(ACCEPT);
    if (fault) FAIL(fault);
    return real(socket, address, length);
}

/* Where the peer has ended its side, reads go on to the end: no kernel has one of them wait. */
static int is_at_end(int socket) {
    int before = errno;
    struct pollfd asked = {socket, POLLIN | POLLRDHUP, 0};
    poll(&asked, 1, 0);
    errno = before;
    return asked.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

ssize_t read(int descriptor, void *octets, size_t count) {
    REAL(read);
    int fault = is_of_kind(descriptor, S_IFSOCK) ? fault_of(READ) : 0;
    if (fault == SHORT) count = count ? 1 : 0;
    else if (fault && !(fault == EAGAIN && is_at_end(descriptor))) FAIL(fault);
    return real(descriptor, octets, count);
}

ssize_t write(int descriptor, const void *octets, size_t count) {
    REAL(write);
    int fault = is_of_kind(descriptor, S_IFSOCK) ? fault_of(WRITE) : is_of_kind(descriptor, S_IFREG) ? fault_of(LOG) : 0;
    if (fault == SHORT) count = count ? 1 : 0;
    else if (fault && !(fault == EAGAIN && is_at_end(descriptor))) FAIL(fault);
    return real(descriptor, octets, count);
}

ssize_t send(int socket, const void *octets, size_t count, int flags) {
    REAL(send);
    int fault = fault_of(WRITE);
    if (fault == SHORT) count = count ? 1 : 0;
    else if (fault && !(fault == EAGAIN && is_at_end(socket))) FAIL(fault);
    return real(socket, octets, count, flags);
}

/* Of writes that are asked for in one call each is one that may fail, with EPIPE, or be short. */
static void strike_requests(long count, struct iocb **requests) {
    for (long i = 0; i < count; i++) {
        int fault = fault_of(WRITE);
        if (fault == SHORT && requests[i]->aio_nbytes) requests[i]->aio_nbytes = 1;
        else if (fault) requests[i]->aio_fildes = broken_socket;
    }
}

long syscall(long number, ...) {
    REAL(syscall);
    va_list list;
    va_start(list, number);
    long given[6];
    for (int i = 0; i < 6; i++) given[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_io_setup && getenv("WITHOUT_BATCHES")) FAIL(EPERM);
    int fault = number == SYS_io_getevents ? fault_of(RESULTS) : 0;
    if (fault) FAIL(fault);
    if (number == SYS_io_submit) strike_requests(given[1], (struct iocb **)given[2]);
    return real(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

ssize_t writev(int descriptor, const struct iovec *pieces, int count) {
    REAL(writev);
    int fault = is_of_kind(descriptor, S_IFSOCK) ? fault_of(WRITE) : 0;
    if (fault == SHORT && count > 0) {
        struct iovec first = {pieces[0].iov_base, pieces[0].iov_len ? 1 : 0};
        return real(descriptor, &first, 1);
    }
    if (fault) FAIL(fault);
    return real(descriptor, pieces, count);
}

static mode_t mode_of(int flags, va_list list) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
    REAL(open);
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    int fault = fault_of(OPEN);
    if (fault) FAIL(fault);
    return real(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    REAL(openat);
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    int fault = fault_of(OPEN);
    if (fault) FAIL(fault);
    return real(folder, path, flags, mode);
}

ssize_t pread(int descriptor, void *octets, size_t count, off_t place) {
    REAL(pread);
    int fault = fault_of(PREAD);
    if (fault == SHORT) count = count ? 1 : 0;
    else if (fault == END) return 0;
    else if (fault) FAIL(fault);
    return real(descriptor, octets, count, place);
}

ssize_t pwrite(int descriptor, const void *octets, size_t count, off_t place) {
    REAL(pwrite);
    int fault = fault_of(PWRITE);
    if (fault == SHORT) count = count ? 1 : 0;
    else if (fault) FAIL(fault);
    return real(descriptor, octets, count, place);
}

int connect(int socket, const struct sockaddr *address, socklen_t length) {
    REAL(connect);
    int fault = fault_of(CONNECT);
    if (fault) FAIL(fault);
    return real(socket, address, length);
}

int socket(int domain, int type, int protocol) {
    REAL(socket);
    int fault = fault_of(SOCKET);
    if (fault) FAIL(fault);
    return real(domain, type, protocol);
}

int epoll_ctl(int selector, int operation, int descriptor, struct epoll_event *event) {
    REAL(epoll_ctl);
    /* Taking a descriptor out cannot fail. */
    int fault = operation == EPOLL_CTL_DEL ? 0 : fault_of(EPOLL);
    if (fault) FAIL(fault);
    return real(selector, operation, descriptor, event);
}
