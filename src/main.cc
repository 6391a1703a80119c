#include "cli/cli.h"

int main(int argc, char** argv) { return medic::cli::run(argc, argv); }
