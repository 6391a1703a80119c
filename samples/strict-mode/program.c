/* Enters strict mode and then does what strict mode does not know. */
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	write(1, "strict\n", 7);
	syscall(SYS_getpid);
	syscall(SYS_exit, 0);
}
