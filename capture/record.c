// Records into a buffer, the buffer into a descriptor, and the account of what did not fit on the disk.
#include "record.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kBuffer = 256 * 1024, kRoom = 128 * 1024 };  // a record begins only where kRoom bytes are free

static char buffer[kBuffer];
static size_t used;
static int out = -1;
static uint64_t sequence;          // of the next record
static uint64_t losses;
static uint64_t unwritten;         // records dropped since the last loss record
static int unwritten_error;
static int mid_line;               // the last byte that reached the file is not a newline
static const char kDigits[] = "0123456789abcdef";

void record_open(int fd) { out = fd; }

int64_t record_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void put(const char *bytes, size_t length) {
  if (length > kBuffer - used) length = kBuffer - used;
  memcpy(buffer + used, bytes, length);
  used += length;
}
static void put_char(char c) { put(&c, 1); }

static void put_decimal(uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + value % 10);
  while ((value /= 10) != 0);
  put(digits + at, sizeof digits - at);
}

static void put_hex(uint64_t value) {
  char digits[16];
  size_t at = sizeof digits;
  do digits[--at] = kDigits[value & 15];
  while ((value >>= 4) != 0);
  put(digits + at, sizeof digits - at);
}

static void put_key(const char *key) {
  put_char(' ');
  put(key, strlen(key));
  put_char('=');
}

static void put_time(int64_t ns) {
  char fraction[9];
  int64_t rest = ns % 1000000000;
  for (int i = 8; i >= 0; --i, rest /= 10) fraction[i] = (char)('0' + rest % 10);
  put_decimal((uint64_t)(ns / 1000000000));
  put_char('.');
  put(fraction, sizeof fraction);
}

static void begin(const char *kind, int64_t ns, int tid) {
  put(kind, strlen(kind));
  put_char(' ');
  put_decimal(sequence++);
  put_char(' ');
  put_time(ns);
  put_char(' ');
  put_decimal((uint64_t)tid);
}

void record_begin(const char *kind, int64_t ns, int tid) {
  if (kBuffer - used < kRoom) record_flush();
  if (unwritten != 0) {
    begin("loss", ns, 0);
    record_word("what", "write");
    record_decimal("errno", unwritten_error);
    record_decimal("count", (int64_t)unwritten);
    record_end();
    unwritten = 0;
  }
  begin(kind, ns, tid);
}

void record_end(void) { put_char('\n'); }

void record_decimal(const char *key, int64_t value) {
  put_key(key);
  if (value < 0) put_char('-');
  put_decimal(value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void record_hex(const char *key, uint64_t value) {
  put_key(key);
  put_hex(value);
}

void record_hex_list(const char *key, const uint64_t *values, int count) {
  put_key(key);
  for (int i = 0; i < count; ++i) {
    if (i != 0) put_char(',');
    put_hex(values[i]);
  }
}

void record_word(const char *key, const char *word) {
  put_key(key);
  put(word, strlen(word));
}

void record_text(const char *key, const char *bytes, size_t length) {
  if (length == 0) return;
  const size_t kept = length > kRecordText ? kRecordText : length;
  put_key(key);
  for (size_t i = 0; i < kept; ++i) {
    const unsigned char c = (unsigned char)bytes[i];
    if (c > ' ' && c < 0x7f && c != '\\') {
      put_char((char)c);
    } else {
      const char escape[4] = {'\\', 'x', kDigits[c >> 4], kDigits[c & 15]};
      put(escape, sizeof escape);
    }
  }
  if (kept < length) put("\\+", 2);
}

void record_loss(const char *what, int tid, int error, uint64_t count) {
  record_begin("loss", record_now(), tid);
  record_word("what", what);
  if (error != 0) record_decimal("errno", error);
  if (count != 0) record_decimal("count", (int64_t)count);
  record_end();
  ++losses;
}

uint64_t record_losses(void) { return losses; }
uint64_t record_count(void) { return sequence; }

static uint64_t lines_in(const char *bytes, size_t length) {
  uint64_t lines = 0;
  for (size_t i = 0; i < length; ++i) lines += bytes[i] == '\n';
  return lines;
}

// The number of bytes written before an error that will not pass by waiting, which goes to *error.
static size_t write_out(const char *bytes, size_t length, int *error) {
  size_t done = 0;
  while (done < length) {
    const ssize_t step = write(out, bytes + done, length - done);
    if (step >= 0) {
      done += (size_t)step;
    } else if (errno == EAGAIN) {
      struct pollfd ready = {.fd = out, .events = POLLOUT};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      *error = errno;
      break;
    }
  }
  return done;
}

int record_flush(void) {
  int error = 0;
  if (used == 0) return 0;
  if (mid_line) {
    if (write_out("\n", 1, &error) == 1) mid_line = 0;
  }
  size_t done = error == 0 ? write_out(buffer, used, &error) : 0;
  if (done != 0) mid_line = buffer[done - 1] != '\n';
  if (done < used) {
    const uint64_t dropped = lines_in(buffer + done, used - done);
    unwritten += dropped;
    losses += dropped;
    unwritten_error = error;
  }
  used = 0;
  return error;
}
