/* A program whose worker asks for its memory policy; the main thread goes on without it. */
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *work(void *done) {
	syscall(SYS_get_mempolicy, 0, 0, 0, 0, 0);
	*(int *)done = 1;
	return 0;
}

int main(void) {
	pthread_t worker;
	int done = 0;
	pthread_create(&worker, 0, work, &done);
	pthread_join(worker, 0);
	puts(done ? "worker done" : "worker vanished");
	return !done;
}
