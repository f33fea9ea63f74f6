/*
 * Records what a process does to the files below POWER_FOLDER in the file POWER_TRACE, in order: for LD_PRELOAD. disk.ts makes
 * of it what a disk would hold after a power cut. A record is one line, and for W the bytes that were written after it:
 *
 *   O <handle> <new> <path>       opened or made (new = 1)        B <handle> <n>   sync n begins (fsync, fdatasync)
 *   S <handle> <n>                and has ended: what was written before it began is on the disk
 *   W <handle> <offset> <length>  written                         T <handle> <length>  cut or made longer
 *   M <path>  folder made                   U <path>     removed
 *
 * What the gateway does not use with its database is not recorded, and ends the process: better than a false picture.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FD 65536
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int handles[MAX_FD];
static int next_handle = 1;
static int syncs;
static int trace = -1;
static const char *folder;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  folder = getenv("POWER_FOLDER");
  const char *file = getenv("POWER_TRACE");
  if (folder && file) trace = REAL(open64)(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int is_ours(const char *path) { return trace >= 0 && path && strncmp(path, folder, strlen(folder)) == 0; }
static int handle_of(int fd) { return trace >= 0 && fd >= 0 && fd < MAX_FD ? handles[fd] : 0; }

/* One write, so that records of several threads and of the test do not mix. */
static void record(const void *bytes, size_t length, const char *format, ...) {
  char line[4096];
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  struct iovec parts[2] = {{line, (size_t)size}, {(void *)bytes, length}};
  if (REAL(writev)(trace, parts, length ? 2 : 1) != (ssize_t)(size + length)) abort();
}

static void refuse(const char *what) {
  dprintf(2, "recorder: %s is not recorded\n", what);
  abort();
}

static int opened(int fd, const char *path, int is_new) {
  if (fd < 0 || fd >= MAX_FD) return fd;
  handles[fd] = 0;
  if (!is_ours(path)) return fd;
  pthread_mutex_lock(&mutex);
  handles[fd] = next_handle++;
  record(NULL, 0, "O %d %d %s\n", handles[fd], is_new, path);
  pthread_mutex_unlock(&mutex);
  return fd;
}

static int open_any(__typeof__(&open64) real, const char *path, int flags, mode_t mode) {
  int is_new = is_ours(path) && (flags & O_CREAT) && access(path, F_OK) != 0;
  int fd = opened(real(path, flags, mode), path, is_new);
  if (fd >= 0 && !is_new && (flags & O_TRUNC) && handle_of(fd)) record(NULL, 0, "T %d 0\n", handles[fd]);
  return fd;
}

static mode_t mode_of(int flags, va_list arguments) { return flags & O_CREAT ? va_arg(arguments, mode_t) : 0; }

#define OPEN(name)                                        \
  int name(const char *path, int flags, ...) {            \
    va_list arguments;                                    \
    va_start(arguments, flags);                           \
    mode_t mode = mode_of(flags, arguments);              \
    va_end(arguments);                                    \
    return open_any(REAL(name), path, flags, mode);       \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  if (fd >= 0 && fd < MAX_FD) handles[fd] = 0;
  return REAL(close)(fd);
}

#define PWRITE(name, offset_type)                                                               \
  ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) {                  \
    ssize_t done = REAL(name)(fd, bytes, length, offset);                                       \
    if (done > 0 && handle_of(fd))                                                              \
      record(bytes, (size_t)done, "W %d %lld %lld\n", handles[fd], (long long)offset, (long long)done); \
    return done;                                                                                \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t length) {
  if (handle_of(fd)) refuse("write");
  return REAL(write)(fd, bytes, length);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (handle_of(fd)) refuse("writev");
  return REAL(writev)(fd, parts, count);
}
int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
  if (handle_of(fd)) refuse("fallocate");
  return REAL(fallocate64)(fd, mode, offset, length);
}

#define TRUNCATE(name, length_type)                                                             \
  int name(int fd, length_type length) {                                                        \
    int failed = REAL(name)(fd, length);                                                        \
    if (!failed && handle_of(fd)) record(NULL, 0, "T %d %lld\n", handles[fd], (long long)length); \
    return failed;                                                                              \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name)                                                              \
  int name(int fd) {                                                            \
    int sync = __atomic_add_fetch(&syncs, 1, __ATOMIC_SEQ_CST);                  \
    int handle = handle_of(fd);                                                 \
    if (handle) record(NULL, 0, "B %d %d\n", handle, sync);                     \
    int failed = REAL(name)(fd);                                                \
    if (!failed && handle) record(NULL, 0, "S %d %d\n", handle, sync);          \
    return failed;                                                              \
  }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
  int failed = REAL(unlink)(path);
  if (!failed && is_ours(path)) record(NULL, 0, "U %s\n", path);
  return failed;
}
int mkdir(const char *path, mode_t mode) {
  int failed = REAL(mkdir)(path, mode);
  if (!failed && is_ours(path)) record(NULL, 0, "M %s\n", path);
  return failed;
}
int rename(const char *from, const char *to) {
  if (is_ours(from) || is_ours(to)) refuse("rename");
  return REAL(rename)(from, to);
}
