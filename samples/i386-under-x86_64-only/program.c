/* Built with -m32. */
#include <stdio.h>

int main(void) {
	puts("thirty-two");
	return 0;
}
