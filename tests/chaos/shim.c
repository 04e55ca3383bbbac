/*
 * Calls that write files in, a ledger of what is on disk for sure out; on demand, a disk that is full. For LD_PRELOAD.
 *
 * CHAOS_LEDGER  file that gets one line for every fact, whatever process it comes from:
 *                 S dev:ino size              the file's first `size` bytes are on disk (fsync, fdatasync)
 *                 T dev:ino size              the file was cut to `size`
 *                 D dev:ino name=dev:ino/..   these names of the folder are on disk (fsync of a folder)
 *                 U dev:ino                   the file is gone, its number may be used again
 * CHAOS_NOSYNC  names a part of paths whose fsync does nothing and is not recorded: for the control
 * CHAOS_SLOW    microseconds that a sync takes longer, so that a power cut finds something unsynced on a fast disk
 * CHAOS_FULL    folder of flags: while FLAGS/PART exists, files with /PART/ in their path cannot grow (ENOSPC). The
 *               first byte of the flag: "l" instead lies, what is written is dropped and reported as written
 *
 * The size of a file is taken before it is synced: what another thread adds meanwhile may not be on disk.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static void record(const char *line, size_t size) {
    int before = errno;
    const char *path = getenv("CHAOS_LEDGER");
    if (!path) return;
    /* Opened anew each time: a daemon closes descriptors that it does not know. */
    int ledger = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (ledger >= 0) {
        syscall(SYS_write, ledger, line, size);
        syscall(SYS_close, ledger);
    }
    errno = before;
}

static void fact(char kind, const struct stat *file, long long size) {
    char line[96];
    int n = snprintf(line, sizeof line, "%c %llu:%llu %lld\n", kind, (unsigned long long)file->st_dev,
                     (unsigned long long)file->st_ino, size);
    record(line, (size_t)n);
}

static void folder(int fd, const struct stat *self) {
    char line[65536], path[64];
    size_t n = (size_t)snprintf(line, sizeof line, "D %llu:%llu ", (unsigned long long)self->st_dev,
                                (unsigned long long)self->st_ino);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    DIR *listing = opendir(path);
    if (!listing) return;
    for (struct dirent *entry; (entry = readdir(listing)) && n < sizeof line - 400;)
        if (entry->d_name[0] != '.')
            n += (size_t)snprintf(line + n, sizeof line - n, "%s=%llu:%llu/", entry->d_name,
                                  (unsigned long long)self->st_dev, (unsigned long long)entry->d_ino);
    closedir(listing);
    line[n++] = '\n';
    record(line, n);
}

static const char *path_of(int fd, char *buffer) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, buffer, PATH_MAX - 1);
    if (n < 0) return NULL;
    buffer[n] = 0;
    return buffer;
}

/* 0: there is room, 'f': the disk is full, 'l': it lies. */
static char full(int fd) {
    const char *flags = getenv("CHAOS_FULL");
    if (!flags) return 0;
    int before = errno;
    char kind = 0, path[PATH_MAX];
    struct stat file;
    DIR *listing;
    if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && (listing = opendir(flags))) {
        if (path_of(fd, path))
            for (struct dirent *entry; !kind && (entry = readdir(listing));) {
                char part[300], flag[PATH_MAX];
                snprintf(part, sizeof part, "/%s/", entry->d_name);
                if (entry->d_name[0] == '.' || !strstr(path, part)) continue;
                snprintf(flag, sizeof flag, "%s/%s", flags, entry->d_name);
                int handle = open(flag, O_RDONLY | O_CLOEXEC);
                kind = 'f';
                if (handle >= 0) {
                    syscall(SYS_read, handle, &kind, 1);
                    syscall(SYS_close, handle);
                }
            }
        closedir(listing);
    }
    errno = before;
    return kind;
}

#define UNLESS_FULL(fd, done) \
    switch (full(fd)) { \
    case 0: break; \
    case 'l': return done; \
    default: errno = ENOSPC; return -1; \
    }

/* The last bit of room takes part of a write, as it does on a real disk: every other one is cut short. */
ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    static int turn;
    switch (full(fd)) {
    case 0: return real(fd, data, size);
    case 'l': return (ssize_t)size;
    }
    if (size > 1 && turn++ % 2 == 0) return real(fd, data, size / 2);
    errno = ENOSPC;
    return -1;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    ssize_t size = 0;
    for (int i = 0; i < count; i++) size += (ssize_t)parts[i].iov_len;
    UNLESS_FULL(fd, size)
    return real(fd, parts, count);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(pwrite64);
    UNLESS_FULL(fd, (ssize_t)size)
    return real(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

static int synced(int fd, int (*real)(int)) {
    struct stat file;
    char path[PATH_MAX];
    const char *off = getenv("CHAOS_NOSYNC");
    if (off && path_of(fd, path) && strstr(path, off)) return 0;
    UNLESS_FULL(fd, 0)
    if (fstat(fd, &file)) return real(fd);
    if (getenv("CHAOS_SLOW")) usleep((useconds_t)atoi(getenv("CHAOS_SLOW")));
    int failed = real(fd);
    if (!failed && S_ISREG(file.st_mode)) fact('S', &file, (long long)file.st_size);
    if (!failed && S_ISDIR(file.st_mode)) folder(fd, &file);
    return failed;
}

int fsync(int fd) {
    REAL(fsync);
    return synced(fd, real);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    return synced(fd, real);
}

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    struct stat file;
    int failed = real(fd, size);
    if (!failed && !fstat(fd, &file)) fact('T', &file, (long long)size);
    return failed;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static void gone(const char *path) {
    struct stat file;
    int before = errno;
    if (!lstat(path, &file) && S_ISREG(file.st_mode)) fact('U', &file, 0);
    errno = before;
}

int unlink(const char *path) {
    REAL(unlink);
    gone(path);
    return real(path);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    gone(to);
    return real(from, to);
}
