/* Starts a thread; the C library asks for it by clone3 and, told that there is none, by clone. */
#include <pthread.h>
#include <stdio.h>

static void *work(void *nothing) { return nothing; }

int main(void) {
	pthread_t worker;
	if (pthread_create(&worker, 0, work, 0) != 0) {
		puts("no thread");
		return 1;
	}
	pthread_join(worker, 0);
	puts("thread done");
	return 0;
}
