// The feeder of language: native: this program run again as the process that loads the user's shared object, so that a
// crash there is the child's. It speaks container/helpers/PROTOCOL.md.
#pragma once

#include <optional>

namespace af {

// First thing in main(): the exit status when the program was started as a feeder, else nullopt.
//   PROGRAM native-feeder map --script PATH --format FORMAT -- ARGUMENTS...
std::optional<int> run_native_feeder(int argc, char** argv);

}  // namespace af
