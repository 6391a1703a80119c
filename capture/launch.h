// Starting the program to be recorded.
#ifndef MEDIC_CAPTURE_LAUNCH_H
#define MEDIC_CAPTURE_LAUNCH_H

#include <sys/types.h>

// Finds the program along PATH, forks, and lets the child wait until it is traced with these
// options; returns its id, seized, stopped once and running with its calls reported, about to
// execve. -1 and *error when the program is not there or the child cannot be traced. Should execve
// fail after all, the child says so on its standard error and exits with 127 or 126.
pid_t launch(char** arguments, long options, int* error);

#endif
