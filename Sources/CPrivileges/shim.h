#ifndef GATEPOST_CPRIVILEGES_SHIM_H
#define GATEPOST_CPRIVILEGES_SHIM_H

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* prctl(2) has a variable number of arguments, which Swift does not call, and glibc has no capset(2).
   All of this concerns the calling thread, and what it executes. */

/* Takes away what no program that is executed can have again; without CAP_SETPCAP nothing happens. */
static inline void gatepost_drop_capability_bound(void) {
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

/* Gives up every capability: ambient, inheritable, permitted, effective. What is left, the kernel tells. */
static inline void gatepost_drop_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    syscall(SYS_capset, &header, none);
}

/* From now on no program that is executed has more rights than this one: no setuid bit, no file capability. */
static inline int gatepost_set_no_new_privileges(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

#endif
