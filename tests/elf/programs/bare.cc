// A program without any library: each kind of system call site that a compiler or a person writes,
// x86_64 and aarch64. Built as it stands here; tests/elf/reach_test.cc says what of it can be
// reached.
extern "C" {

#if defined(__x86_64__)
#define SITE(number) asm volatile("syscall" : : "a"(number) : "rcx", "r11", "memory")
#elif defined(__aarch64__)
#define SITE(number)                                     \
  do {                                                   \
    register long x8 asm("x8") = (number);               \
    asm volatile("svc #0" : : "r"(x8) : "x0", "memory"); \
  } while (0)
#endif
#define APART __attribute__((noinline, used))

volatile int choice;
volatile long from_memory = 5;

// Number 39 or 110, by a condition.
APART void either() {
  long one = 39, other = 110;
  asm("" : "+r"(one), "+r"(other));
  SITE(choice ? one : other);
}

// The caller gives the number: 102 and 104 are known.
APART void wrapper(long number) { SITE(number); }
APART void calls_wrapper() {
  wrapper(102);
  asm volatile("");
  wrapper(104);
  asm volatile("");
}

// In data alone.
APART void by_pointer() { SITE(107); }
void (*volatile pointer)() = by_pointer;

// Nobody calls it.
APART void never_called() { SITE(175); }

// Called, with a number that only the run knows.
APART void unknown_number() { SITE(from_memory); }

// A stack slot in between, as unoptimised code has it.
APART __attribute__((optimize("O0"))) void through_stack() {
  long number = 96;
  if (choice) number = 201;
  SITE(number);
}

// The number is the zero that a comparison has found, as musl reads.
APART void zero_by_comparison() {
#if defined(__x86_64__)
  asm volatile("mov choice(%%rip), %%eax\n test %%eax, %%eax\n jne 1f\n syscall\n 1:"
               :
               :
               : "rax", "rcx", "r11", "memory");
#else
  SITE(63);
#endif
}

APART void leave() {
#if defined(__x86_64__)
  asm volatile("push $60\n pop %%rax\n syscall" : : : "rax", "rcx", "r11", "memory");
#else
  SITE(93);
#endif
}

void _start() {
  either();
  calls_wrapper();
  pointer();
  through_stack();
  zero_by_comparison();
#ifdef WITH_HOLE
  unknown_number();
#endif
  leave();
  for (;;) asm volatile("");
}
}
