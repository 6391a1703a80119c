/* The plain loop over a log that a user of libauparse writes: every record of every event, SECCOMP ones counted. */
#include <auparse.h>
#include <libaudit.h>
#include <stdio.h>

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  auparse_state_t *state = auparse_init(AUSOURCE_FILE, argv[1]);
  if (state == NULL) return 3;
  unsigned long seccomp = 0;
  while (auparse_next_event(state) > 0) {
    auparse_first_record(state);
    do {
      if (auparse_get_type(state) == AUDIT_SECCOMP) ++seccomp;
    } while (auparse_next_record(state) > 0);
  }
  auparse_destroy(state);
  printf("%lu\n", seccomp);
  return 0;
}
