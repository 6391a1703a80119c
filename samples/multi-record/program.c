/* Looks where it may not and makes a folder where it may. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int main(void) {
	if (open("/etc/shadow", O_RDONLY) < 0) perror("/etc/shadow");
	if (mkdir("/srv/report", 0755) != 0) perror("/srv/report");
	return 0;
}
