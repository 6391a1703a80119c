// Writing records: lines of printable ASCII, buffered, numbered without gaps. The format is
// man/seccomp-medic-capture.5. What cannot be written is counted, and known by a `loss` record as
// soon as writing works again.
#ifndef MEDIC_CAPTURE_RECORD_H
#define MEDIC_CAPTURE_RECORD_H

#include <stddef.h>
#include <stdint.h>

// Takes over the descriptor, which must be open for writing.
void record_open(int fd);

int64_t record_now(void);  // nanoseconds since 1970 UTC

// One record: begin, fields, end. tid 0: of no task. A record's fields must stay below 128 KiB in
// all, which kRecordText keeps.
void record_begin(const char* kind, int64_t ns, int tid);
void record_decimal(const char* key, int64_t value);
void record_hex(const char* key, uint64_t value);
void record_hex_list(const char* key, const uint64_t* values, int count);
void record_word(const char* key, const char* word);  // printable, no blanks: our own words
// Bytes of the traced world, escaped; cut after kRecordText bytes, with a mark. Nothing is written
// for an empty text.
void record_text(const char* key, const char* bytes, size_t length);
void record_end(void);
enum { kRecordText = 4096 };

// A whole `loss` record. what: one of the words of the man page. error: an errno, 0 for none.
void record_loss(const char* what, int tid, int error, uint64_t count);

uint64_t record_losses(void);  // loss records begun so far, and records that could not be written
uint64_t record_count(void);   // records begun so far
// Hands the buffer to the kernel. 0, or the errno of the first failure since the last call.
int record_flush(void);

#endif
