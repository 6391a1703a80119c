// Reads /proc/TID. Every text in there is the traced program's own and is handed on escaped.
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

enum { kStatusRoom = 8192, kFlagSignaled = 0x400 };  // PF_SIGNALED, include/linux/sched.h
static const uint64_t kInitUserNamespace = 0xEFFFFFFD;  // PROC_USER_INIT_INO, include/linux/proc_ns.h

static int usable;
static int uids_are_initial;

static int read_file(int tid, const char *name, char *text, int room) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", tid, name);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  int length = 0;
  for (ssize_t step; length < room - 1 && (step = read(fd, text + length, (size_t)(room - 1 - length))) > 0;) length += (int)step;
  close(fd);
  text[length] = 0;
  return length;
}

static int read_link(int tid, const char *name, char *text, int room) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", tid, name);
  const ssize_t length = readlink(path, text, (size_t)(room - 1));
  text[length < 0 ? 0 : length] = 0;
  return (int)length;
}

static uint64_t namespace_inode(int tid, const char *name) {
  char link[64];
  if (read_link(tid, name, link, sizeof link) <= 0) return 0;
  const char *bracket = strchr(link, '[');
  return bracket ? strtoull(bracket + 1, NULL, 10) : 0;
}

int facts_open(void) {
  char self[32];
  const ssize_t length = readlink("/proc/self", self, sizeof self - 1);
  if (length < 0) return errno;
  self[length] = 0;
  if (atoi(self) != getpid()) return ESTALE;
  usable = 1;
  uids_are_initial = namespace_inode(getpid(), "ns/user") == kInitUserNamespace;
  return 0;
}

// The text behind `key:` and its blanks in a status file, to the line's end; null when there is none.
static const char *status_value(const char *status, const char *key) {
  const size_t length = strlen(key);
  for (const char *line = status; line != NULL && *line != 0;) {
    if (strncmp(line, key, length) == 0 && line[length] == ':') return line + length + 1 + strspn(line + length + 1, " \t");
    line = strchr(line, '\n');
    if (line != NULL) ++line;
  }
  return NULL;
}

static void status_number(const char *status, const char *their_key, const char *our_key) {
  const char *value = status_value(status, their_key);
  if (value != NULL) record_decimal(our_key, strtoll(value, NULL, 10));
}
static void status_hex(const char *status, const char *their_key, const char *our_key) {
  const char *value = status_value(status, their_key);
  if (value != NULL) record_hex(our_key, strtoull(value, NULL, 16));
}

// Field n (from 3 on) of a stat file: counted behind the command, which may hold blanks and parentheses.
static uint64_t stat_field(int tid, int n) {
  char stat[1024];
  if (read_file(tid, "stat", stat, sizeof stat) < 0) return 0;
  const char *at = strrchr(stat, ')');
  for (int field = 2; at != NULL && field < n; ++field) {
    at = strchr(at, ' ');
    if (at != NULL) ++at;
  }
  return at == NULL ? 0 : strtoull(at, NULL, 10);
}

int facts_tgid(int tid) {
  char status[kStatusRoom];
  if (!usable || read_file(tid, "status", status, sizeof status) < 0) return -1;
  const char *value = status_value(status, "Tgid");
  return value == NULL ? -1 : atoi(value);
}

int facts_died_of_signal(int tid) {
  char stat[8];
  if (!usable || read_file(tid, "stat", stat, sizeof stat) <= 0) return -1;
  return (stat_field(tid, 9) & kFlagSignaled) != 0;
}

int facts_exe(int tid, char *path, int room) { return usable ? read_link(tid, "exe", path, room) : -1; }

int facts_argv0(int tid, char *text, int room) {
  if (!usable || read_file(tid, "cmdline", text, room) <= 0) return -1;
  return (int)strlen(text);
}

static void record_file(int tid, const char *name, const char *key) {
  char text[kRecordText + 64];
  int length = read_file(tid, name, text, sizeof text);
  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == 0)) --length;
  if (length > 0) record_text(key, text, (size_t)length);
}

static void record_namespaces(int tid) {
  static const char *const kNames[][2] = {{"ns/pid", "pidns"}, {"ns/mnt", "mntns"}, {"ns/user", "userns"}, {"ns/net", "netns"}};
  for (int i = 0; i < 4; ++i) {
    const uint64_t inode = namespace_inode(tid, kNames[i][0]);
    if (inode != 0) record_decimal(kNames[i][1], (int64_t)inode);
  }
}

static void record_inner_pids(const char *status) {
  const char *value = status_value(status, "NSpid");
  if (value == NULL) return;
  char list[256];
  size_t length = 0;
  for (; length < sizeof list - 1 && value[length] != '\n' && value[length] != 0; ++length) {
    list[length] = value[length] == '\t' ? ',' : value[length];
  }
  list[length] = 0;
  record_word("nspid", list);
}

static void record_process(int tid, const char *status) {
  char exe[kRecordText];
  const int length = facts_exe(tid, exe, sizeof exe);
  if (length > 0) record_text("exe", exe, (size_t)length);
  record_decimal("start", (int64_t)stat_field(tid, 22));
  record_namespaces(tid);
  status_hex(status, "CapEff", "capeff");
  status_hex(status, "CapBnd", "capbnd");
  record_file(tid, "attr/current", "label");
  record_file(tid, "loginuid", "auid");
  record_file(tid, "sessionid", "ses");
  record_file(tid, "cgroup", "cgroup");
}

int facts_record(int tid) {
  char status[kStatusRoom];
  if (!usable || read_file(tid, "status", status, sizeof status) < 0) return -1;
  const char *group = status_value(status, "Tgid");
  const char *filters = status_value(status, "Seccomp_filters");
  const char *mode = status_value(status, "Seccomp");
  record_begin("task", record_now(), tid);
  status_number(status, "Tgid", "tgid");
  status_number(status, "PPid", "ppid");
  record_inner_pids(status);
  record_file(tid, "comm", "comm");
  if (uids_are_initial) status_number(status, "Uid", "uid");
  status_number(status, "NoNewPrivs", "nnp");
  status_number(status, "Seccomp", "seccomp");
  status_number(status, "Seccomp_filters", "filters");
  if (group != NULL && atoi(group) == tid) record_process(tid, status);
  record_end();
  if (mode == NULL) return -1;
  return filters != NULL ? atoi(filters) : atoi(mode) == 2;
}
