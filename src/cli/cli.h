#pragma once

namespace medic::cli {

// The whole program: the command line in, the exit code out. Catches what would otherwise end the
// process without a word.
int run(int argc, char** argv);

}  // namespace medic::cli
